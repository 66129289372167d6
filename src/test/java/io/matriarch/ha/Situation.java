package io.matriarch.ha;

import io.matriarch.cluster.ClusterStatus;
import io.matriarch.cluster.ClusterView;
import io.matriarch.cluster.DynamicConfig;
import io.matriarch.cluster.FailoverRequest;
import io.matriarch.cluster.LeaderLock;
import io.matriarch.cluster.LeaseId;
import io.matriarch.cluster.Lsn;
import io.matriarch.cluster.Member;
import io.matriarch.cluster.Member.MemberRecord;
import io.matriarch.cluster.MemberName;
import io.matriarch.cluster.PostgresRole;
import io.matriarch.cluster.PostgresState;
import io.matriarch.cluster.Revision;
import io.matriarch.cluster.SyncState;
import io.matriarch.cluster.Timeline;
import io.matriarch.cluster.TimelineHistory;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * An observation by member a of a cluster of a, b and c, built from a named beginning and changed step by step. The
 * moment "now" is at 100 seconds.
 */
public final class Situation {

    public static final MemberName A = new MemberName("a");
    public static final MemberName B = new MemberName("b");
    public static final MemberName C = new MemberName("c");
    public static final String SYSTEM = "7000000000000000001";
    public static final Tick NOW = new Tick(Duration.ofSeconds(100).toNanos());
    public static final Instant WALL = Instant.parse("2026-11-20T06:00:00Z");
    public static final LeaseId LEASE = new LeaseId(77);

    Tick now = NOW;
    boolean storeAnswers = true;
    Optional<String> initialize = Optional.of(SYSTEM);
    Optional<LeaderLock> leader = Optional.empty();
    final TreeMap<MemberName, Member> members = new TreeMap<>();
    Map<String, Object> config = Map.of("ttl", 30);
    Revision configRevision = new Revision(3);
    Optional<FailoverRequest> failover = Optional.empty();
    TimelineHistory history = new TimelineHistory(true, List.of());
    Lsn optime = new Lsn(5000);
    Optional<SyncState> sync = Optional.empty();
    Map<String, String> failsafe = Map.of();
    LockHold lock = LockHold.NONE;
    PostgresStatus postgres;
    final Map<MemberName, PeerReport> peers = new HashMap<>();
    final Map<MemberName, CutVote> cuts = new HashMap<>();
    Optional<LongTaskStatus> task = Optional.empty();
    OperatorIntent intent = OperatorIntent.NONE;
    HaSettings settings = new HaSettings(A, Duration.ofSeconds(10), Duration.ofSeconds(30), Duration.ofSeconds(10),
            Duration.ofMillis(2500), 1048576, Duration.ofSeconds(300), Duration.ofSeconds(60), false, true, true, false,
            1, false, Optional.empty(), Map.of("ttl", 30));
    HaMemory memory = HaMemory.EMPTY.withSync(SyncMemory.NONE.withUnsure(false)).withStarted()
            .withUpkeep(HaMemory.Upkeep.NONE.withConfigApplied(new Revision(3)).withStatus(NOW, new Lsn(5000)));

    private Situation() {
    }

    /** a is primary with a proven lock; b and c stream from it. */
    public static Situation leading() {
        Situation s = new Situation().withMembers(PostgresRole.PRIMARY, PostgresRole.REPLICA, PostgresRole.REPLICA);
        s.leader = Optional.of(new LeaderLock(A, LEASE, new Revision(5)));
        s.memory = s.memory.withFormerLeader(A);
        s.postgres = primary();
        return s.holding();
    }

    /** b holds the lock; a streams from it. */
    public static Situation following() {
        Situation s = new Situation().withMembers(PostgresRole.REPLICA, PostgresRole.PRIMARY, PostgresRole.REPLICA);
        s.leader = Optional.of(new LeaderLock(B, new LeaseId(88), new Revision(6)));
        s.memory = s.memory.withFormerLeader(B);
        s.postgres = replica();
        return s;
    }

    /** b held the lock and nobody does now; a is a running replica and has not asked anybody yet. */
    public static Situation unlocked() {
        Situation s = following();
        s.leader = Optional.empty();
        return s;
    }

    /** As {@link #unlocked}; c has answered that it is as far as a. */
    public static Situation racing() {
        return unlocked().asked(HaMemory.Purpose.RACE).answer(C, replicaAt(5000));
    }

    /** a has no data, nobody has founded the cluster. */
    public static Situation nothingYet() {
        Situation s = new Situation();
        s.initialize = Optional.empty();
        s.config = Map.of();
        s.configRevision = Revision.ABSENT;
        s.history = TimelineHistory.ABSENT;
        s.optime = Lsn.ZERO;
        s.memory = HaMemory.EMPTY.withSync(SyncMemory.NONE.withUnsure(false)).withStarted()
                .withUnlockedSince(Optional.of(NOW.plus(Duration.ofSeconds(-1))));
        s.postgres = directory(PostgresStatus.DataDirectory.EMPTY);
        return s;
    }

    /** The agent of a has just been started; its PostgreSQL runs as primary; the store still says it leads. */
    public static Situation agentBack() {
        Situation s = leading();
        s.lock = LockHold.NONE;
        s.memory = HaMemory.EMPTY;
        return s;
    }

    private Situation withMembers(PostgresRole a, PostgresRole b, PostgresRole c) {
        return member(A, a, Map.of()).member(B, b, Map.of()).member(C, c, Map.of());
    }

    public Situation member(MemberName name, PostgresRole role, Map<String, Object> tags) {
        members.put(name, new Member(name, new Revision(4), new MemberRecord(
                Optional.of("postgres://host-" + name + ":5432/postgres"),
                Optional.of("http://host-" + name + ":8008/patroni"), "running", role, "4.1.4",
                Optional.of(new Lsn(5000)), Optional.empty(), Optional.empty(), Optional.empty(),
                Optional.of(new Timeline(1)), false, tags, Map.of())));
        return this;
    }

    public Situation holding() {
        return holdingUntil(NOW.plus(Duration.ofSeconds(2)));
    }

    public Situation holdingUntil(Tick until) {
        lock = new LockHold(Optional.of(new LeaderLock(A, LEASE, new Revision(5))), Optional.of(until));
        return this;
    }

    public Situation noHold() {
        lock = LockHold.NONE;
        return this;
    }

    public Situation lockedBy(MemberName name) {
        leader = Optional.of(new LeaderLock(name, name.equals(A) ? LEASE : new LeaseId(88), new Revision(6)));
        return this;
    }

    public Situation nobodyLeads() {
        leader = Optional.empty();
        return this;
    }

    public Situation storeSilent() {
        storeAnswers = false;
        return this;
    }

    public Situation postgres(PostgresStatus status) {
        postgres = status;
        return this;
    }

    public Situation pausedCluster() {
        config = Map.of("ttl", 30, "pause", true);
        memory = memory.withPaused(true);
        return this;
    }

    public Situation asked(HaMemory.Purpose purpose) {
        memory = memory.withAsked(Optional.of(new HaMemory.Asked(purpose, NOW.plus(Duration.ofMillis(-200)))));
        return this;
    }

    public Situation answer(MemberName name, PeerReport report) {
        peers.put(name, report);
        return this;
    }

    public Situation failover(MemberName from, MemberName to) {
        failover = Optional.of(new FailoverRequest(Optional.ofNullable(from), Optional.ofNullable(to),
                Optional.empty(), new Revision(9)));
        return this;
    }

    public Situation scheduled(String at) {
        failover = Optional.of(new FailoverRequest(Optional.of(A), Optional.of(B), Optional.of(at), new Revision(9)));
        return this;
    }

    public Situation moving(MemberName to, Optional<Tick> deadline) {
        memory = memory.withSwitchover(Optional.of(new HaMemory.Move(to, "switchover", new Revision(9), deadline)));
        return this;
    }

    public Situation running(Operation operation) {
        task = Optional.of(new LongTaskStatus(operation, NOW.plus(Duration.ofSeconds(-1)), Optional.empty()));
        return this;
    }

    public Situation ended(Operation operation, boolean success) {
        task = Optional.of(new LongTaskStatus(operation, NOW.plus(Duration.ofSeconds(-1)),
                Optional.of(new LongTaskStatus.Outcome(success, "done"))));
        return this;
    }

    /** Synchronous replication is on, and the sync key names these. */
    public Situation synchronous(SyncSettings wanted, MemberName keyLeader, int quorum, MemberName... standbys) {
        settings = new HaSettings(settings.me(), settings.loopWait(), settings.ttl(), settings.retryTimeout(),
                settings.leaderLease(), settings.maximumLagOnFailover(), settings.primaryStartTimeout(),
                settings.pgCtlTimeout(), false, true, true, false, 1, false, Optional.empty(), settings.initialConfig(),
                wanted);
        sync = keyLeader == null ? Optional.empty()
                : Optional.of(new SyncState(Optional.of(keyLeader), quorum, java.util.Set.of(standbys), new Revision(7)));
        return this;
    }

    /** {@code synchronous_standby_names} is in effect. */
    public Situation names(String text) {
        postgres = postgres.withSync(new StandbyNames(text, text, true), postgres.cutEpoch());
        return this;
    }

    /** A member has cut itself for the lock of a and is this far. */
    public Situation vote(MemberName name, int timeline, long position) {
        cuts.put(name, new CutVote(new Revision(5), new Timeline(timeline), new Lsn(position)));
        return this;
    }

    public Situation failures(int count, Tick until) {
        memory = memory.withBackoff(new HaMemory.Backoff(count, Optional.of(until)));
        return this;
    }

    public Situation intent(boolean shutdown, boolean reload) {
        intent = new OperatorIntent(shutdown, Optional.empty(), Optional.empty(), reload);
        return this;
    }

    public Observation seen() {
        ClusterView view = new ClusterView(new Revision(10), initialize, leader, members,
                new DynamicConfig(config, configRevision), failover, history,
                new ClusterStatus(optime, Map.of(), List.of()), sync, failsafe);
        return new Observation(now, WALL, storeAnswers ? Optional.of(view) : Optional.empty(), lock, postgres, peers,
                task, intent, settings, memory, cuts);
    }

    public Decision decision() {
        return Decider.decide(seen());
    }

    public static PeerReport replicaAt(long position) {
        return report(PostgresRole.REPLICA, position, 1, Map.of());
    }

    public static PeerReport report(PostgresRole role, long position, int timeline, Map<String, Object> tags) {
        return new PeerReport(NOW.plus(Duration.ofMillis(-100)), position != 0, role, new Lsn(position),
                new Timeline(timeline), false, tags);
    }

    public static PostgresStatus primary() {
        return server(PostgresRole.PRIMARY, true, 1);
    }

    public static PostgresStatus replica() {
        return server(PostgresRole.REPLICA, true, 1);
    }

    public static PostgresStatus replicaOnTimeline(int timeline) {
        return server(PostgresRole.REPLICA, true, timeline);
    }

    /** Runs and does not answer. */
    public static PostgresStatus silent(PostgresRole role) {
        return server(role, false, 1);
    }

    private static PostgresStatus server(PostgresRole role, boolean connectable, int timeline) {
        boolean primary = role == PostgresRole.PRIMARY;
        Lsn at = connectable ? new Lsn(5000) : Lsn.ZERO;
        Optional<PostgresStatus.Receiver> receiver = primary || !connectable ? Optional.empty()
                : Optional.of(new PostgresStatus.Receiver("streaming", at, at, new Timeline(timeline), "host-b", 5432));
        return new PostgresStatus(PostgresStatus.DataDirectory.PRESENT, Optional.of(SYSTEM), PostgresState.RUNNING,
                primary, true, connectable, role, new Timeline(timeline), primary ? at : Lsn.ZERO,
                primary ? Lsn.ZERO : at, primary ? Lsn.ZERO : at, Optional.empty(), false, Optional.empty(), receiver,
                List.of(), primary ? Optional.empty() : Optional.of("host-b:5432"), List.of("b", "c"),
                Optional.of("2026-11-20 05:00:00.000000+00:00"), Map.of(), 150000);
    }

    /** A replica that has lost its WAL receiver, or follows another address. */
    public static PostgresStatus replicaFollowing(Optional<String> address, boolean streams) {
        PostgresStatus r = replica();
        return new PostgresStatus(r.dataDirectory(), r.systemIdentifier(), r.state(), r.mayWrite(), r.alive(),
                r.connectable(), r.role(), r.timeline(), r.flushed(), r.received(), r.replayed(),
                r.replayedTimestamp(), r.replayPaused(), r.control(), streams ? r.receiver() : Optional.empty(),
                r.replicas(), address, r.slots(), r.startTime(), r.pendingRestart(), r.serverVersion());
    }

    /** Does not run. {@code leftovers}: backends outlived the postmaster. */
    public static PostgresStatus stopped(PostgresRole role, String clusterState, boolean leftovers) {
        ControlData control = new ControlData(SYSTEM, clusterState, new Timeline(1), new Lsn(6000), Lsn.ZERO,
                Timeline.UNKNOWN, true, true);
        return new PostgresStatus(PostgresStatus.DataDirectory.PRESENT, Optional.of(SYSTEM), PostgresState.STOPPED,
                leftovers, false, false, role, new Timeline(1), Lsn.ZERO, Lsn.ZERO, Lsn.ZERO, Optional.empty(), false,
                Optional.of(control), Optional.empty(), List.of(), Optional.empty(), List.of(), Optional.empty(),
                Map.of(), 0);
    }

    public static PostgresStatus directory(PostgresStatus.DataDirectory kind) {
        return new PostgresStatus(kind, Optional.empty(), PostgresState.STOPPED, false, false, false,
                PostgresRole.UNINITIALIZED, Timeline.UNKNOWN, Lsn.ZERO, Lsn.ZERO, Lsn.ZERO, Optional.empty(), false,
                Optional.empty(), Optional.empty(), List.of(), Optional.empty(), List.of(), Optional.empty(), Map.of(),
                0);
    }
}
