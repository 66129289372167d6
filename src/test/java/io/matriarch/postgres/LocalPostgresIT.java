package io.matriarch.postgres;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.matriarch.cluster.PostgresRole;
import io.matriarch.cluster.PostgresState;
import io.matriarch.ha.Operation;
import io.matriarch.ha.Operation.StopMode;
import io.matriarch.ha.PostgresStatus;
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
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/** The port on real PostgreSQL: founding, cloning, streaming, promoting, crashing, coming back. */
class LocalPostgresIT {

    private static final Duration START = Duration.ofSeconds(30);

    @TempDir(cleanup = CleanupMode.ALWAYS)
    Path directory;

    private TestMember a;
    private TestMember b;

    @BeforeEach
    void members() throws Exception {
        TestMember.giveToPostgres(directory);
        a = TestMember.of("a", directory);
        b = TestMember.of("b.2", directory);
    }

    @AfterEach
    void end() {
        a.close();
        b.close();
    }

    private static void say(String text, long since) {
        System.out.printf("LocalPostgresIT: %s: %d ms%n", text, TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - since));
    }

    private void pair() throws SQLException {
        long t = System.nanoTime();
        a.mustRun(new Operation.Bootstrap());
        say("bootstrap", t);
        assertTrue(a.postgres.syncSlots(Set.of(SlotName.of(b.name))));
        a.sql("CREATE TABLE t (i int)");
        t = System.nanoTime();
        b.mustRun(new Operation.CloneFrom(a.asUpstream(), true));
        b.awaitStreamingFrom(a);
        say("clone until streaming", t);
    }

    @Test
    void aPairIsFoundedStreamsAndIsPromoted() throws Exception {
        assertEquals(PostgresStatus.DataDirectory.EMPTY, a.look().dataDirectory());
        pair();
        PostgresStatus primary = a.look();
        assertTrue(primary.isRunningPrimary() && primary.mayWrite());
        assertEquals(1, primary.timeline().value());
        assertEquals(PostgresState.RUNNING, primary.state());
        assertEquals(List.of("b_2"), primary.slots());
        assertEquals(List.of("77"), List.of(a.config.parameters().get("max_connections")));
        assertEquals("100", a.ask("SHOW max_connections"), "controlled parameters do not come from the local file");
        assertEquals("test", a.ask("SHOW cluster_name"));
        PostgresStatus replica = b.look();
        assertTrue(replica.isRunningReplica() && !replica.mayWrite());
        assertEquals(primary.systemIdentifier(), replica.systemIdentifier());
        assertEquals(Optional.of("127.0.0.1:" + a.config.listenPort()), replica.following());
        assertEquals("streaming", replica.receiver().orElseThrow().status());

        a.mustRun(new Operation.Stop(StopMode.FAST, true, START));
        assertEquals(PostgresState.STOPPED, a.look().state());
        assertFalse(b.run(new Operation.Promote(), () -> false).success());
        assertTrue(b.look().isRunningReplica(), "without the permit nothing happens");
        long t = System.nanoTime();
        b.mustRun(new Operation.Promote());
        b.sql("INSERT INTO t VALUES (1)");
        say("promote to first write", t);
        PostgresStatus promoted = b.awaitStatus("primary", PostgresStatus::isRunningPrimary);
        assertEquals(2, promoted.timeline().value());
        assertEquals(1, b.postgres.timelineHistory().orElseThrow().entries().size());

        t = System.nanoTime();
        a.mustRun(new Operation.StartReplica(Optional.of(b.asUpstream()), START));
        a.awaitStatus("streams from b", s -> s.receiver().isPresent());
        say("stopped primary rejoins without rewind", t);
        assertEquals(2, a.awaitStatus("timeline 2", s -> s.timeline().value() == 2).timeline().value());
    }
}
