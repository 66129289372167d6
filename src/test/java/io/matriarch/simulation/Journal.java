package io.matriarch.simulation;

import io.matriarch.cluster.MemberName;
import io.matriarch.ha.Decision;
import io.matriarch.ha.Rule;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;

/** The last decisions and faults of one simulation, and how often each rule decided. */
final class Journal {

    private static final int KEPT = 100;

    private final ArrayDeque<Line> lines = new ArrayDeque<>();
    private final Map<Rule, Long> rules = new EnumMap<>(Rule.class);
    private final EventLoop loop;
    private final Consumer<String> printer;
    private long digest = 1;

    /** @param printer is given every line at once; for a run that is looked at */
    Journal(EventLoop loop, Consumer<String> printer) {
        this.loop = loop;
        this.printer = printer;
    }

    /** @param news whether it differs from the member's last decision; only then it is kept */
    void decided(MemberName member, Decision decision, boolean news) {
        rules.merge(decision.rule(), 1L, Long::sum);
        mix(decision.rule().name().hashCode());
        mix(decision.effects().size());
        if (news) {
            add(new Line(loop.now(), member.value(), decision, ""));
        }
    }

    void happened(String what) {
        mix(what.hashCode());
        add(new Line(loop.now(), "world", null, what));
    }

    private void add(Line line) {
        if (lines.size() == KEPT) {
            lines.removeFirst();
        }
        lines.addLast(line);
        if (printer != null) {
            printer.accept(line.text());
        }
    }

    /** Takes something into the fingerprint of the run. */
    void mix(long value) {
        digest = (digest ^ value ^ loop.now()) * 0x100000001b3L;
    }

    long digest() {
        return digest;
    }

    Map<Rule, Long> rules() {
        return rules;
    }

    List<String> lines() {
        List<String> texts = new ArrayList<>();
        lines.forEach(line -> texts.add(line.text()));
        return texts;
    }

    private record Line(long at, String who, Decision decision, String what) {

        private String text() {
            String said = decision == null ? what
                    : decision.rule() + " \"" + decision.reason() + "\" " + decision.effects();
            return String.format(Locale.ROOT, "%10.3f %-6s %s", at / 1e9, who, said);
        }
    }
}
