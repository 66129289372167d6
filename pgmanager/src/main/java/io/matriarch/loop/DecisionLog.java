package io.matriarch.loop;

import io.matriarch.cluster.ClusterView;
import io.matriarch.cluster.LeaderLock;
import io.matriarch.ha.Decision;
import io.matriarch.ha.Decision.Note;
import io.matriarch.ha.Effect;
import io.matriarch.ha.Observation;
import io.matriarch.ha.Tick;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Says what was decided, once when it changes and again every {@code loop_wait}. The loop's thread alone. */
final class DecisionLog {

    private static final Logger LOG = LoggerFactory.getLogger("io.matriarch.ha");
    private static final int SENTENCES = 64;

    private final Map<String, Tick> said = new HashMap<>();
    private String last = "";

    void decided(Observation seen, Decision decision) {
        String prefix = decision.memory().paused() ? "PAUSE: " : "";
        for (Note note : decision.notes()) {
            if (isDue(seen, note.text())) {
                if (note.warning()) {
                    LOG.warn(note.text());
                } else {
                    LOG.info(note.text());
                }
            }
        }
        String sentence = prefix + decision.reason();
        boolean changed = !withoutNumbers(sentence).equals(last);
        last = withoutNumbers(sentence);
        if (changed ? remember(seen, sentence) : isDue(seen, sentence)) {
            LOG.info("Lock owner: {}; I am {}", owner(seen), seen.settings().me());
            LOG.info(sentence);
        }
        LOG.debug("rule {} effects {}", decision.rule(), decision.effects());
    }

    void failed(Effect effect, String why) {
        LOG.warn("{} did not succeed: {}", effect.getClass().getSimpleName(), why);
    }

    private static String owner(Observation seen) {
        return seen.cluster().flatMap(ClusterView::leader).map(LeaderLock::holder).map(Object::toString)
                .orElse("None");
    }

    private boolean remember(Observation seen, String text) {
        if (said.size() >= SENTENCES) {
            said.clear();
        }
        said.put(withoutNumbers(text), seen.now());
        return true;
    }

    private boolean isDue(Observation seen, String text) {
        Optional<Tick> before = Optional.ofNullable(said.get(withoutNumbers(text)));
        if (before.isPresent() && seen.now().since(before.get()).compareTo(seen.settings().loopWait()) < 0) {
            return false;
        }
        return remember(seen, text);
    }

    private static String withoutNumbers(String text) {
        return text.replaceAll("\\d+ seconds", "# seconds");
    }
}
