package io.matriarch.ha;

import io.matriarch.cluster.ClusterView;
import io.matriarch.cluster.Lsn;
import io.matriarch.cluster.Member;
import io.matriarch.cluster.TimelineHistory;
import io.matriarch.ha.HaMemory.Upkeep;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** What a healthy primary with the lock does besides serving. */
final class PrimaryDuties {

    private static final Duration HISTORY_AGAIN = Duration.ofSeconds(10);

    private PrimaryDuties() {
    }

    static Decision decide(Facts f) {
        Facts calm = f.with(m -> m.withRaced(false).withAsked(Optional.empty()));
        Rule rule = f.memory().raced() ? Rule.ACQUIRED_AS_PRIMARY : Rule.LEADING;
        if (rule == Rule.LEADING && f.view().isEmpty() && f.seen().lock().isPromisedAt(f.now())) {
            return f.decide(Rule.FAILSAFE, "continue to run as a leader because failsafe mode is enabled and all members are"
                    + " accessible", Facts.CALM);
        }
        String reason = f.memory().raced() ? "acquired session lock as a leader"
                : "no action. I am (" + f.me() + "), the leader with the lock";
        List<Effect> effects = new ArrayList<>();
        HaMemory memory = settings(calm, calm.memory(), effects);
        if (f.view().isPresent()) {
            ClusterView view = f.view().get();
            restore(f, view, effects);
            memory = memory.withUpkeep(status(calm, memory.upkeep(), effects));
            memory = memory.withUpkeep(history(calm, view, memory.upkeep(), effects));
            slots(f, view, effects);
            failsafe(f, view, effects);
        }
        Facts done = new Facts(f.seen(), memory);
        Optional<SyncReplication.Move> sync = SyncReplication.next(done);
        if (sync.isEmpty()) {
            return new Decision(rule, reason, effects, memory, Facts.CALM);
        }
        effects.addAll(sync.get().effects());
        return new Decision(sync.get().effects().isEmpty() ? rule : Rule.SYNC_STEP, reason, effects, sync.get().memory(),
                sync.get().next(), sync.get().notes());
    }

    /** Takes over a config key that changed, and what the operator's reload brought. */
    static HaMemory settings(Facts f, HaMemory memory, List<Effect> effects) {
        boolean changed = f.view().map(view -> view.config().isPresent()
                && !view.config().modified().equals(memory.upkeep().configApplied())).orElse(false);
        if (!changed && !f.seen().intent().reload()) {
            return memory;
        }
        effects.add(new Effect.ApplySettings());
        return changed ? memory.withUpkeep(memory.upkeep().withConfigApplied(
                f.view().orElseThrow().config().modified())) : memory;
    }

    private static void restore(Facts f, ClusterView view, List<Effect> effects) {
        if (f.clusterIdentifier().isEmpty()) {
            f.systemIdentifier().ifPresent(id ->
                    effects.add(new Effect.WriteInitialize(id, view.initialize().isEmpty())));
        }
        if (!view.config().isPresent() && !Founding.configToRestore(f).isEmpty()) {
            effects.add(new Effect.RestoreConfig(Founding.configToRestore(f)));
        }
    }

    private static Upkeep status(Facts f, Upkeep upkeep, List<Effect> effects) {
        Lsn flushed = f.postgres().flushed();
        boolean due = upkeep.statusAt().map(at -> f.now().since(at).compareTo(f.settings().loopWait()) >= 0)
                .orElse(true);
        if (!flushed.isKnown() || flushed.equals(upkeep.statusWritten()) || !due) {
            return upkeep;
        }
        effects.add(new Effect.WriteStatus(f.statusAt(flushed)));
        return upkeep.withStatus(f.now(), flushed);
    }

    private static Upkeep history(Facts f, ClusterView view, Upkeep upkeep, List<Effect> effects) {
        TimelineHistory known = view.history();
        int timeline = f.postgres().timeline().value();
        boolean stale = timeline > 1 ? known.current().value() != timeline
                : timeline == 1 && !known.entries().isEmpty();
        boolean due = upkeep.historyAt().map(at -> f.now().since(at).compareTo(HISTORY_AGAIN) >= 0).orElse(true);
        if (!stale || !due) {
            return upkeep;
        }
        effects.add(new Effect.WriteHistory(known));
        return upkeep.withHistoryAt(f.now());
    }

    private static void failsafe(Facts f, ClusterView view, List<Effect> effects) {
        Map<String, String> members = new TreeMap<>();
        view.members().forEach((name, member) -> member.record().apiUrl().ifPresent(url -> members.put(name.value(), url)));
        if (f.settings().failsafe() && members.containsKey(f.me().value()) && !members.equals(view.failsafe())) {
            effects.add(new Effect.WriteFailsafe(members));
        }
    }

    /** Slots of members that may stream from here. What exists stays, so that a member that is away finds its slot. */
    private static void slots(Facts f, ClusterView view, List<Effect> effects) {
        if (!f.settings().useSlots() || !view.config().isPresent()) {
            return;
        }
        Set<String> wanted = new TreeSet<>();
        for (Member member : view.members().values()) {
            Optional<String> from = Optional.ofNullable(member.record().tags().get("replicatefrom"))
                    .map(String::valueOf);
            boolean elsewhere = from.filter(name -> !name.equals(f.me().value())
                    && !name.equals(member.name().value())
                    && view.members().keySet().stream().anyMatch(n -> n.value().equals(name))).isPresent();
            boolean nostream = Optional.ofNullable(member.record().tags().get("nostream")).map(TagReader::isTrue)
                    .orElse(false);
            if (!member.name().equals(f.me()) && !elsewhere && !nostream) {
                wanted.add(SlotName.of(member.name()));
            }
        }
        if (!f.postgres().slots().containsAll(wanted)) {
            wanted.addAll(f.postgres().slots());
            effects.add(new Effect.SyncSlots(wanted));
        }
    }
}
