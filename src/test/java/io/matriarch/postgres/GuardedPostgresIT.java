package io.matriarch.postgres;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.matriarch.cluster.LeaderLock;
import io.matriarch.cluster.LeaseId;
import io.matriarch.cluster.MemberName;
import io.matriarch.cluster.PostgresState;
import io.matriarch.cluster.Revision;
import io.matriarch.config.WatchdogConfig;
import io.matriarch.ha.GuardState;
import io.matriarch.ha.Operation;
import io.matriarch.ha.PostgresStatus;
import io.matriarch.ha.Tick;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The agent's side of the guard, with both guards. */
class GuardedPostgresIT {

    private static final Duration START = Duration.ofSeconds(30);
    private static final int RESTARTS = 5;

    @TempDir(factory = TestMember.InMemory.class)
    Path directory;

    private TestMember a;

    @AfterEach
    void end() {
        if (a != null) {
            a.close();
        }
    }

    private void member(String guard, WatchdogConfig.Mode mode, String device) throws IOException {
        TestMember.giveToPostgres(directory);
        Path home = GuardFiles.copy(directory, List.of(guard));
        assumeTrue(Files.exists(home.resolve(guard)), "this guard was not built here");
        a = TestMember.of("a", directory, true, Optional.empty(), GuardFiles.of(home, mode, device));
    }

    private void founded(String guard) throws IOException {
        member(guard, WatchdogConfig.Mode.OFF, "/dev/watchdog");
        a.mustRun(new Operation.Bootstrap());
        assertEquals(GuardState.OFF, a.look().guard(), "before the first lock it does not watch");
    }

    private static LeaderLock lock(long epoch) {
        return new LeaderLock(new MemberName("a"), new LeaseId(epoch), new Revision(epoch));
    }

    private void feed(long epoch, long millis) {
        a.postgres.feed(lock(epoch), new Tick(TimeUnit.MILLISECONDS.toNanos(Uptime.millis() + millis)));
    }

    private boolean arm(long epoch) {
        return a.postgres.arm(new LeaseId(epoch), new Revision(epoch));
    }

    private void mustDieBy(long deadline) {
        a.awaitStatus("dead", s -> !s.alive() && !s.mayWrite());
        assertTrue(Uptime.millis() >= deadline, "killed before its time");
        assertTrue(Uptime.millis() - deadline < 2000, "killed long after its time");
    }

    @ParameterizedTest
    @ValueSource(strings = {GuardFiles.BINARY, GuardFiles.SHELL})
    void aPrimaryIsArmedFedReleasedAndKilledAtItsDeadline(String guard) throws Exception {
        founded(guard);
        feed(5, 600);
        assertTrue(arm(5));
        assertEquals(GuardState.armed(new Revision(5)), a.look().guard());
        for (int i = 0; i < 8; i++) {
            feed(5, 600);
            TimeUnit.MILLISECONDS.sleep(120);
        }
        assertTrue(a.look().isRunningPrimary(), "alive while it is fed");
        assertTrue(a.postgres.disarm());
        assertEquals(GuardState.OFF, a.look().guard());
        feed(5, 100);
        TimeUnit.MILLISECONDS.sleep(700);
        assertTrue(a.look().isRunningPrimary(), "nothing is watched after that");
        feed(6, 700);
        long deadline = Uptime.millis() + 690;
        assertTrue(arm(6));
        mustDieBy(deadline);
        assertEquals(PostgresState.CRASHED, a.look().state());
        assertEquals(GuardState.NONE, a.look().guard());
    }

    @ParameterizedTest
    @ValueSource(strings = {GuardFiles.BINARY, GuardFiles.SHELL})
    void anEarlierDeadlineCountsOnlyAfterArmingAnew(String guard) throws Exception {
        founded(guard);
        feed(5, 60_000);
        assertTrue(arm(5));
        feed(5, 300);
        TimeUnit.MILLISECONDS.sleep(600);
        assertTrue(a.look().isRunningPrimary(), "a deadline never moves back by itself");
        feed(5, 400);
        long deadline = Uptime.millis() + 390;
        assertTrue(arm(5));
        mustDieBy(deadline);
    }

    @ParameterizedTest
    @ValueSource(strings = {GuardFiles.BINARY, GuardFiles.SHELL})
    void theNextAgentTakesTheGuardOverAndPostgresDoesNotNotice(String guard) throws Exception {
        founded(guard);
        feed(5, 3000);
        assertTrue(arm(5));
        long pid = a.postmasterPid();
        a.postgres.close();
        a.postgres = a.reopen();
        PostgresStatus adopted = a.awaitStatus("adopted", PostgresStatus::isRunningPrimary);
        assertEquals(GuardState.UNKNOWN, adopted.guard(), "it has acknowledged nothing to this agent");
        assertTrue(arm(5), "before any proof: it keeps its deadline");
        assertEquals(GuardState.armed(new Revision(5)), a.look().guard());
        feed(5, 6000);
        TimeUnit.MILLISECONDS.sleep(3500);
        assertEquals(pid, a.postmasterPid());
        assertTrue(a.look().isRunningPrimary(), "fed by the new agent beyond the deadline of the old one");
    }

    @ParameterizedTest
    @ValueSource(strings = {GuardFiles.BINARY, GuardFiles.SHELL})
    void aServerWithoutAGuardGetsOneWhenItIsArmed(String guard) throws Exception {
        member(guard, WatchdogConfig.Mode.OFF, "/dev/watchdog");
        a.postgres.close();
        a.postgres = a.reopen(GuardSetup.NONE);
        a.mustRun(new Operation.Bootstrap());
        assertEquals(GuardState.NONE, a.look().guard());
        long pid = a.postmasterPid();
        a.postgres.close();
        a.postgres = a.reopen();
        assertEquals(GuardState.LOST, a.awaitStatus("adopted", PostgresStatus::isRunningPrimary).guard());
        feed(5, 800);
        long deadline = Uptime.millis() + 790;
        assertTrue(arm(5));
        assertEquals(GuardState.armed(new Revision(5)), a.look().guard());
        assertEquals(pid, a.postmasterPid(), "adopting does not disturb");
        mustDieBy(deadline);
    }

    @ParameterizedTest
    @ValueSource(strings = {GuardFiles.BINARY, GuardFiles.SHELL})
    void aServerIsStartedArmedAndARefusedOneIsNot(String guard) throws Exception {
        founded(guard);
        a.mustRun(new Operation.Stop(Operation.StopMode.FAST, false, START));
        feed(5, 1500);
        long deadline = Uptime.millis() + 1490;
        assertTrue(arm(5));
        assertFalse(a.run(new Operation.StartPrimary(START), () -> false).success());
        assertFalse(a.look().alive());
        a.mustRun(new Operation.StartPrimary(START));
        assertEquals(GuardState.armed(new Revision(5)), a.look().guard(), "from its first moment");
        mustDieBy(deadline);
        // What the lock that has ended allowed, allows nothing any more.
        assertFalse(a.run(new Operation.StartPrimary(START), () -> true).success());
        assertFalse(a.look().mayWrite());
        // A replica's guard does not watch.
        a.mustRun(new Operation.StartReplica(Optional.empty(), START));
        assertEquals(GuardState.OFF, a.awaitStatus("replica", PostgresStatus::isRunningReplica).guard());
    }

    @ParameterizedTest
    @ValueSource(strings = {GuardFiles.BINARY, GuardFiles.SHELL})
    void aKilledPostmasterIsReplacedInPlace(String guard) throws Exception {
        founded(guard);
        a.sql("CREATE TABLE t (i int)");
        long[] millis = new long[RESTARTS];
        for (int i = 0; i < RESTARTS; i++) {
            feed(5, 20_000);
            assertTrue(arm(5));
            long begun = System.nanoTime();
            TestMember.signal("KILL", a.postmasterPid());
            a.awaitStatus("noticed", s -> !s.alive());
            assertTrue(arm(5));
            a.mustRun(new Operation.StartPrimary(START));
            a.sql("INSERT INTO t VALUES (1)");
            millis[i] = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begun);
        }
        System.out.printf("GuardedPostgresIT: %s: postmaster killed until first write: %s ms%n", guard, Arrays.toString(millis));
        // The same when it is the guard that was killed.
        long killed = a.postmasterPid();
        TestMember.signal("KILL", ProcessHandle.of(killed).orElseThrow().parent().orElseThrow().pid());
        a.awaitStatus("died with its guard", s -> !s.alive() && !s.mayWrite());
        assertTrue(arm(5));
        a.mustRun(new Operation.StartPrimary(START));
        a.sql("INSERT INTO t VALUES (1)");
    }

    @ParameterizedTest
    @ValueSource(strings = {GuardFiles.BINARY, GuardFiles.SHELL})
    void theFenceDoesNotWaitForAFrozenGuard(String guard) throws Exception {
        founded(guard);
        feed(5, 60_000);
        assertTrue(arm(5));
        long frozen = ProcessHandle.of(a.postmasterPid()).orElseThrow().parent().orElseThrow().pid();
        TestMember.signal("STOP", frozen);
        long begun = System.nanoTime();
        assertTrue(a.postgres.fence(Duration.ofSeconds(5)));
        System.out.printf("GuardedPostgresIT: %s: fence under a frozen guard: %d ms%n", guard,
                TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begun));
        assertFalse(a.look().mayWrite());
        assertTrue(arm(5));
        a.mustRun(new Operation.StartPrimary(START));
        assertTrue(a.awaitStatus("primary", PostgresStatus::isRunningPrimary).mayWrite());
    }

    @ParameterizedTest
    @ValueSource(strings = {GuardFiles.BINARY, GuardFiles.SHELL})
    void theWatchdogIsHeldWhileTheGuardWatches(String guard) throws Exception {
        Path device = directory.resolve("device");
        Files.createFile(device);
        Files.setPosixFilePermissions(device, java.nio.file.attribute.PosixFilePermissions.fromString("rw-rw-rw-"));
        member(guard, WatchdogConfig.Mode.AUTOMATIC, device.toString());
        a.mustRun(new Operation.Bootstrap());
        assertEquals("", Files.readString(device));
        feed(5, 3000);
        assertTrue(arm(5));
        assertEquals("1", Files.readString(device));
        TimeUnit.MILLISECONDS.sleep(1100);
        feed(5, 3000);
        TestMember.await("second ping", () -> read(device).equals("11"));
        assertTrue(a.postgres.disarm());
        assertEquals("11V", read(device));
        assertEquals(Optional.empty(), a.look().guard().trouble());
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {GuardFiles.BINARY, GuardFiles.SHELL})
    void withoutTheRequiredWatchdogThereIsNoPrimary(String guard) throws Exception {
        Path device = directory.resolve("device"); // a file: its timeout cannot be set
        Files.createFile(device);
        Files.setPosixFilePermissions(device, java.nio.file.attribute.PosixFilePermissions.fromString("rw-rw-rw-"));
        member(guard, WatchdogConfig.Mode.REQUIRED, device.toString());
        a.mustRun(new Operation.Bootstrap());
        feed(5, 3000);
        assertFalse(arm(5));
        assertTrue(a.look().isRunningPrimary());
        a.mustRun(new Operation.Stop(Operation.StopMode.FAST, false, START));
        arm(5);
        assertFalse(a.run(new Operation.StartPrimary(START), () -> true).success());
        assertFalse(a.look().alive());
    }
}
