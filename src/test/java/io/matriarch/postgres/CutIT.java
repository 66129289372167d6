package io.matriarch.postgres;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.matriarch.cluster.MemberName;
import io.matriarch.cluster.Revision;
import io.matriarch.ha.CutVote;
import io.matriarch.ha.Operation;
import io.matriarch.ha.Operation.StopMode;
import io.matriarch.ha.PostgresStatus;
import io.matriarch.ha.SlotName;
import io.matriarch.ha.StandbyNames;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/**
 * The cut on real PostgreSQL: what the voter says it has holds every commit that was acknowledged, and nothing is
 * acknowledged after it has spoken.
 */
class CutIT {

    private static final Revision EPOCH = new Revision(7);
    private static final Duration PATIENCE = Duration.ofSeconds(5);
    private static final long MIB = 1L << 20;

    @TempDir
    Path directory;

    private TestMember a;
    private TestMember b;

    @BeforeEach
    void pair() throws Exception {
        TestMember.giveToPostgres(directory);
        a = TestMember.of("a", directory);
        b = TestMember.of("b", directory);
        a.mustRun(new Operation.Bootstrap());
        assertTrue(a.postgres.syncSlots(Set.of(SlotName.of(new MemberName("b")))));
        a.sql("CREATE TABLE t (i bigint)");
        a.sql("CREATE TABLE held (i bigint)");
        a.sql("INSERT INTO held SELECT generate_series(1, 100)");
        b.mustRun(new Operation.CloneFrom(a.asUpstream(), true));
        b.awaitStreamingFrom(a);
        assertTrue(a.postgres.setStandbyNames("b"));
        a.awaitStatus("commits wait for b", s -> s.standbyNames().equals(new StandbyNames("b", "b", true))
                && s.replicas().stream().anyMatch(r -> r.syncState().equals("sync")));
    }

    @AfterEach
    void end() {
        a.close();
        b.close();
    }

    /** Commits one row after the other until it is closed; an acknowledged commit is counted. */
    private static final class Writer implements AutoCloseable {

        private final AtomicLong acknowledged = new AtomicLong();
        private final List<Connection> connections = new ArrayList<>();
        private final List<Thread> threads = new ArrayList<>();

        Writer(TestMember primary, int clients) throws SQLException {
            for (int i = 0; i < clients; i++) {
                Connection connection = primary.connect();
                connections.add(connection);
                Thread thread = new Thread(() -> write(connection), "writer");
                threads.add(thread);
                thread.start();
            }
            TestMember.await("first commits", () -> acknowledged.get() > 20);
        }

        private void write(Connection connection) {
            try (Statement s = connection.createStatement()) {
                while (true) {
                    s.execute("INSERT INTO t VALUES (1)");
                    acknowledged.incrementAndGet();
                }
            } catch (SQLException e) {
                return; // the end of the writer, or of the server
            }
        }

        long acknowledged() {
            return acknowledged.get();
        }

        @Override
        public void close() throws Exception {
            for (Connection connection : connections) {
                connection.abort(Runnable::run);
            }
            for (Thread thread : threads) {
                thread.join(5_000);
            }
        }
    }

    private CutVote cut(TestMember member, Revision epoch) {
        long t = System.nanoTime();
        Optional<CutVote> vote = member.postgres.cut(epoch, PATIENCE);
        System.out.printf("CutIT: cut in %d ms: %s%n", TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - t), vote);
        assertTrue(vote.isPresent(), "the cut was not made sure");
        assertEquals(epoch, vote.get().epoch());
        return vote.get();
    }

    /** Cuts b while commits go on, sees that they stop, and that b has them all once it is promoted. */
    private void cutUnderLoad() throws Exception {
        long acknowledged;
        try (Writer writer = new Writer(a, 4)) {
            CutVote vote = cut(b, EPOCH);
            long atVote = writer.acknowledged();
            Thread.sleep(300); // nothing to wait for: this is to stay as it is
            acknowledged = writer.acknowledged();
            assertTrue(acknowledged - atVote <= 4, "answers on their way to the clients are no new acknowledgements: "
                    + (acknowledged - atVote));
            assertEquals(EPOCH, b.look().cutEpoch());
            assertEquals(Optional.empty(), b.look().following());
            assertEquals(Optional.empty(), b.look().receiver());
            assertTrue(b.look().position().compareTo(vote.position()) <= 0, "b got more after it had voted");
        }
        promoteAndCount(acknowledged);
    }

    private void promoteAndCount(long acknowledged) throws Exception {
        a.postgres.fence(PATIENCE);
        resumeReplay();
        b.mustRun(new Operation.Promote());
        long rows = Long.parseLong(b.ask("SELECT count(*) FROM t"));
        assertTrue(rows >= acknowledged, acknowledged + " commits were acknowledged, " + rows + " are there");
    }

    private void resumeReplay() throws SQLException {
        if (b.ask("SELECT pg_is_wal_replay_paused()").equals("t")) {
            b.sql("SELECT pg_wal_replay_resume()");
        }
    }

    @Test
    void aStreamingVoter() throws Exception {
        cutUnderLoad();
    }

    @Test
    void aVoterWhoseReplayIsPaused() throws Exception {
        b.sql("SELECT pg_wal_replay_pause()");
        b.awaitStatus("paused", PostgresStatus::replayPaused);
        cutUnderLoad();
    }

    @Test
    void aVoterInARecoveryConflict() throws Exception {
        b.sql("ALTER SYSTEM SET max_standby_streaming_delay = '-1'");
        b.sql("SELECT pg_reload_conf()");
        try (Connection reader = b.connect(); Statement s = reader.createStatement()) {
            reader.setAutoCommit(false);
            s.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ");
            s.executeQuery("SELECT count(*) FROM held").close();
            a.sql("DELETE FROM held");
            a.sql("VACUUM held");
            TestMember.await("the startup process waits for the reader", () -> waitsForConflict());
            try (Writer writer = new Writer(a, 4)) {
                cut(b, EPOCH);
                long atVote = writer.acknowledged();
                Thread.sleep(300);
                assertTrue(writer.acknowledged() - atVote <= 4);
            }
            reader.rollback();
        }
        assertEquals(Optional.empty(), b.awaitStatus("replay goes on", s -> s.replayed().equals(s.received())).receiver(),
                "the startup process has asked for no other receiver");
    }

    private boolean waitsForConflict() {
        try {
            return "RecoveryConflictSnapshot".equals(b.ask(
                    "SELECT wait_event FROM pg_stat_activity WHERE backend_type = 'startup'"))
                    || b.ask("SELECT pg_last_wal_receive_lsn() > pg_last_wal_replay_lsn()").equals("t");
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void aVoterWithALotToReplay() throws Exception {
        backlog(200 * MIB);
    }

    @Test
    @EnabledIfSystemProperty(named = "matriarch.test.long", matches = "true")
    void aVoterWithAGigabyteToReplay() throws Exception {
        backlog(1024 * MIB);
    }

    private void backlog(long bytes) throws Exception {
        b.sql("SELECT pg_wal_replay_pause()");
        b.awaitStatus("paused", PostgresStatus::replayPaused);
        a.sql("SET synchronous_commit = local; CREATE TABLE big AS SELECT repeat('x', 1000) FROM generate_series(1, "
                + bytes / 1000 + ")");
        a.awaitStatus("b has it on disk", s -> s.replicas().stream().anyMatch(r -> r.flushed().equals(s.flushed())));
        PostgresStatus behind = b.look();
        assertTrue(behind.received().value() - behind.replayed().value() > bytes * 9 / 10);
        CutVote first = cut(b, EPOCH);

        // killed and started again it has received nothing, and replays still what it has on disk
        b.postgres.fence(PATIENCE);
        assertEquals(first.position(), end(cut(b, new Revision(8)), first));
        b.mustRun(new Operation.StartReplica(Optional.empty(), Duration.ofSeconds(30)));
        assertEquals(first.position(), end(cut(b, new Revision(9)), first));
    }

    /** The log on disk is known by whole records; the stream may have ended within one. */
    private static io.matriarch.cluster.Lsn end(CutVote vote, CutVote streamed) {
        long missing = streamed.position().value() - vote.position().value();
        assertTrue(missing >= 0 && missing < 16 * 1024, "lost sight of " + missing + " bytes");
        return streamed.position();
    }

    @Test
    void aVoterThatIsDown() throws Exception {
        long acknowledged;
        try (Writer writer = new Writer(a, 4)) {
            b.postgres.fence(PATIENCE);
            CutVote vote = cut(b, EPOCH);
            acknowledged = writer.acknowledged();
            assertTrue(vote.position().isKnown());
        }
        assertEquals(EPOCH, b.look().cutEpoch());
        b.mustRun(new Operation.StartReplica(Optional.empty(), Duration.ofSeconds(30)));
        promoteAndCount(acknowledged);
    }

    @Test
    void theCutOutlivesAgentAndServer() throws Exception {
        cut(b, EPOCH);
        b.postgres.close();
        b.postgres = b.reopen();
        assertEquals(EPOCH, b.look().cutEpoch());
        assertTrue(b.postgres.applySettings(java.util.Map.of("postgresql", java.util.Map.of("parameters",
                java.util.Map.of("work_mem", "5MB")))), "settings that change do not bring the source back");
        assertEquals(Optional.empty(), b.look().following());
        b.mustRun(new Operation.Restart(Duration.ofSeconds(30)));
        assertEquals(Optional.empty(), b.look().following());
        assertEquals(Optional.empty(), b.postgres.cut(new Revision(6), PATIENCE), "an earlier holder gets no vote");

        b.mustRun(new Operation.Follow(Optional.of(a.asUpstream())));
        b.awaitStreamingFrom(a);
        assertEquals(EPOCH, b.look().cutEpoch(), "who may be followed is not the server's to decide");
    }

    @Test
    void anInterruptedCutCanBeRepeated() throws Exception {
        // as if the agent had been killed right after the first durable step
        new CutFile(new DataDirectory(b.config.dataDir())).store(EPOCH);
        b.postgres.close();
        b.postgres = b.reopen();
        assertEquals(EPOCH, b.look().cutEpoch());
        assertTrue(b.look().following().isPresent(), "it has not voted, and so it still streams");
        cutUnderLoad();
    }

    @Test
    void aFreshCopyCarriesNoCutOfItsSource() throws Exception {
        cut(b, EPOCH);
        TestMember c = TestMember.of("c", directory);
        try {
            b.mustRun(new Operation.Follow(Optional.of(a.asUpstream())));
            c.mustRun(new Operation.CloneFrom(b.asUpstream(), false));
            assertEquals(Revision.ABSENT, c.look().cutEpoch());
            b.mustRun(new Operation.Reinitialize(a.asUpstream(), true));
            assertEquals(EPOCH, b.look().cutEpoch(), "its own cut stays with a member that is made anew");
        } finally {
            c.close();
        }
    }

    @Test
    void aPrimaryIsNeverCut() throws Exception {
        assertFalse(a.postgres.cut(EPOCH, PATIENCE).isPresent());
        assertEquals(Revision.ABSENT, a.look().cutEpoch());
        a.mustRun(new Operation.Stop(StopMode.FAST, true, PATIENCE));
        CutVote stopped = cut(a, EPOCH);
        long beyondCheckpoint = stopped.position().value() - a.look().position().value();
        assertTrue(beyondCheckpoint > 0 && beyondCheckpoint < 1024, "the log ends after the record of the shutdown");
    }

    @Test
    void namesStayUntilTheyAreReleased() throws Exception {
        a.postgres.close();
        a.postgres = a.reopen();
        assertEquals(new StandbyNames("b", "b", true), a.look().standbyNames());
        a.postgres.fence(PATIENCE);
        assertEquals(new StandbyNames("b", "b", true), a.look().standbyNames());
        a.mustRun(new Operation.StartPrimary(Duration.ofSeconds(30)));
        assertEquals("b", a.ask("SHOW synchronous_standby_names"));
        try (Connection connection = a.connect(); Statement s = connection.createStatement()) {
            s.execute("ALTER SYSTEM SET synchronous_standby_names = 'somebody'");
        }
        assertTrue(a.postgres.setStandbyNames("ANY 1 (b,\"c d\")"));
        a.awaitStatus("in effect in spite of ALTER SYSTEM", s -> s.standbyNames().text().equals("ANY 1 (b,\"c d\")"));
        assertTrue(a.postgres.releaseStandbyNames());
        a.awaitStatus("the user's own value", s -> s.standbyNames().equals(StandbyNames.NONE));
    }

    @Test
    void filesOfTheCutLieBesideTheData() throws Exception {
        cut(b, EPOCH);
        assertTrue(Files.exists(b.home.resolve("data.cut")));
    }
}
