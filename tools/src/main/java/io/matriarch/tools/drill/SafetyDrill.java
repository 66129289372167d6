package io.matriarch.tools.drill;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * The faults that tempt a cluster to have two primaries, or to give up a healthy one: a frozen node that comes back, an
 * agent that dies alone, Raft leaders that die one after the other. Before each fault the cluster is whole. One thread.
 */
public final class SafetyDrill {

    /** What supervisors such as systemd are told to wait before they start an agent again. */
    private static final Duration SUPERVISOR = Duration.ofSeconds(1);
    private static final Duration STAYS_FROZEN = Duration.ofSeconds(2);
    private static final Duration LAST_WORDS = Duration.ofSeconds(5);
    private static final Duration LEADER_ELSEWHERE = Duration.ofSeconds(90);
    private static final Duration POLL = Duration.ofMillis(500);
    private static final int PINNED = 4;

    private final DrillStage stage;
    private long lost;

    SafetyDrill(DrillStage stage) {
        this.stage = stage;
    }

    /** Commits that frozen primaries acknowledged, before or after, and that their successors do not have. */
    public long lost() {
        return lost;
    }

    /**
     * Freezes everything on the primary's node, resumes it after the failover, and counts what its clients still got
     * acknowledged from it.
     *
     * @return the gap of the writer, and for how long after its resumption the old primary acknowledged commits
     */
    public List<Measurement> freezeNode() {
        LocalAgent primary = stage.whole();
        try (PinnedClients pinned = PinnedClients.on(primary, PINNED)) {
            stage.tell("SIGSTOP to everything on " + primary.name() + ": the agent, its guard and PostgreSQL");
            Measurement gap = stage.measure(Figure.NODE_FROZEN, primary::freeze);
            Wait.pause(STAYS_FROZEN);
            long resumed = System.nanoTime();
            primary.thaw();
            pinned.awaitEnd(LAST_WORDS);
            long late = pinned.acknowledgedSince(resumed).size();
            Duration span = pinned.acknowledgedFor(resumed);
            LocalAgent now = stage.whole();
            long missing = pinned.lostOn(now);
            lost += missing;
            stage.tell("resumed " + primary.name() + ": it acknowledged " + late + " commits more"
                    + (late == 0 ? "" : ", the last one after " + span.toMillis() + " ms") + "; of all that it acknowledged "
                    + now.name() + " lacks " + missing);
            Measurement last = new Measurement(Figure.LATE_COMMITS, span.toNanos() / DrillStage.NANOS, gap.acknowledged(), gap.primary());
            return stage.cluster().replication().losesNothing() ? List.of(gap, last,
                    new Measurement(Figure.LATE_COMMITS_LOST, missing, gap.acknowledged(), gap.primary())) : List.of(gap, last);
        }
    }

    /** Kills the primary's agent alone and starts it again after a second, as a supervisor does. */
    public List<Measurement> killAgent() {
        LocalAgent primary = stage.whole();
        stage.tell("kill -9 of the agent of " + primary.name() + " alone; started again after "
                + SUPERVISOR.toSeconds() + " s");
        Measurement gap = stage.measureCalm(Figure.AGENT_KILLED, () -> {
            primary.kill9();
            Wait.pause(SUPERVISOR);
            primary.start();
            stage.whole();
        });
        double failovers = gap.primary().equals(primary.name()) ? 0 : 1;
        return List.of(gap, new Measurement(Figure.AGENT_FAILOVERS, failovers, gap.acknowledged(), gap.primary()));
    }

    /**
     * Kills the agent that leads the Raft group, while it is not the primary's, and starts it again after a second.
     *
     * @return the gap of the writer, and 1 if the primary changed
     */
    public List<Measurement> killRaftLeader() {
        LocalAgent primary = stage.whole();
        Optional<LocalAgent> leader = leaderElsewhere(primary);
        if (leader.isEmpty()) {
            throw stage.cluster().failure("the Raft leader stayed on the primary's node for "
                    + LEADER_ELSEWHERE.toSeconds() + " s");
        }
        stage.tell("kill -9 of the agent of " + leader.get().name() + ", which leads the Raft group");
        Measurement gap = stage.measureCalm(Figure.RAFT_LEADER_KILLED, () -> {
            leader.get().kill9();
            Wait.pause(SUPERVISOR);
            leader.get().start();
            stage.whole();
        });
        double demotions = gap.primary().equals(primary.name()) ? 0 : 1;
        return List.of(gap, new Measurement(Figure.RAFT_LEADER_DEMOTIONS, demotions, gap.acknowledged(), gap.primary()));
    }

    private Optional<LocalAgent> leaderElsewhere(LocalAgent primary) {
        LocalCluster cluster = stage.cluster();
        if (!Wait.until(() -> cluster.raftLeader().filter(leader -> leader != primary).isPresent(), POLL, LEADER_ELSEWHERE)) {
            return Optional.empty();
        }
        return cluster.raftLeader().filter(leader -> leader != primary);
    }
}
