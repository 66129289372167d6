package io.matriarch.simulation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.matriarch.ha.Operation;
import io.matriarch.ha.Tick;
import io.matriarch.ha.Upstream;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The simulated PostgreSQL does what the rules about it say. */
class SimulatedServersTest {

    private static final long LAG = 50 * Options.MILLI;

    private final EventLoop loop = new EventLoop(() -> { });
    private final Stacks stacks = new Stacks(loop);
    private final Network network = new Network(2, Options.MILLI, new Chance(1));
    private final Streaming streaming = new Streaming(loop, network, false, LAG);
    private final Map<String, PgServer> servers = new LinkedHashMap<>();
    private final Operations operations = new Operations(servers, streaming, network, new Chance(2),
            new Options.Server(LAG, 100 * Options.MILLI, 500 * Options.MILLI, 0, true));
    private final PgServer a = server(0);
    private final PgServer b = server(1);

    private PgServer server(int id) {
        Machine machine = new Machine(id, new HostClock(1, 0), loop, stacks);
        machine.startAgent();
        PgServer server = new PgServer(machine, loop, streaming, new Deaf());
        streaming.add(server);
        servers.put(server.name().value(), server);
        return server;
    }

    private static Upstream to(PgServer server) {
        return new Upstream(server.name(), server.name().value(), ServerStatus.PORT, Optional.empty(), 0);
    }

    private OperationRun begin(PgServer server, Operation operation, BooleanSupplier permit) {
        OperationRun run = new OperationRun(server.machine(), operation, new Tick(0), permit, () -> { });
        operations.perform(server, run);
        return run;
    }

    private void done(PgServer server, Operation operation) {
        OperationRun run = begin(server, operation, () -> true);
        loop.runUntil(loop.now() + 60 * Options.SECOND, () -> !run.isRunning());
        assertTrue(run.status().succeeded(), () -> run.status().toString());
    }

    private void pair() {
        done(a, new Operation.Bootstrap());
        done(b, new Operation.CloneFrom(to(a), true));
        loop.runUntil(loop.now() + Options.SECOND);
        assertTrue(streaming.isConnected(b));
    }

    @Test
    void aCommitArrivesAfterTheLag() {
        pair();
        a.append(1_000);
        long end = a.end();
        loop.runUntil(loop.now() + LAG - 1);
        assertTrue(b.end() < end);
        loop.runUntil(loop.now() + 2);
        assertEquals(end, b.end());
    }

    @Test
    void aFastStopLeavesNothingBehind() {
        pair();
        a.append(1_000);
        done(a, new Operation.Stop(Operation.StopMode.FAST, false, Duration.ofSeconds(30)));
        assertEquals(a.end(), b.end());
        assertTrue(a.isCleanlyStopped());
    }

    @Test
    void whatWasNotSentIsOnTheOldPrimaryAlone() {
        pair();
        a.append(1_000);
        streaming.leave(b);
        a.kill(false);
        loop.runUntil(loop.now() + Options.SECOND);
        assertTrue(b.end() < a.end());
        assertFalse(a.isCleanlyStopped());
    }

    @Test
    void aPromotionForksAndTheOldPrimaryIsRewoundToTheFork() {
        pair();
        network.cut(0, 1);
        a.append(5_000);
        a.kill(false);
        long fork = b.end();
        done(b, new Operation.Promote());
        assertEquals(2, b.branch().timeline());
        network.restore(0, 1);
        b.append(500);
        done(a, new Operation.StartReplica(Optional.of(to(b)), Duration.ofSeconds(30)));
        loop.runUntil(loop.now() + Options.SECOND);
        assertSame(b.branch(), a.branch());
        assertEquals(b.end(), a.end());
        assertEquals(fork, b.branch().follows(b.branch().parent().orElseThrow(), b.end()));
    }

    @Test
    void aDivergedReplicaDoesNotStream() {
        pair();
        network.cut(0, 1);
        a.append(5_000);
        done(b, new Operation.Promote());
        a.kill(false);
        network.restore(0, 1);
        streaming.follow(a, Optional.of(b));
        a.launch(false, Options.MILLI);
        loop.runUntil(loop.now() + 20 * Options.SECOND);
        assertEquals(PgServer.Process.REPLICA, a.process());
        assertFalse(streaming.isConnected(a));
    }

    @Test
    void withoutThePermitNothingIsPromotedOrStarted() {
        pair();
        OperationRun promotion = begin(b, new Operation.Promote(), () -> false);
        OperationRun start = begin(a, new Operation.StartPrimary(Duration.ofSeconds(30)), () -> false);
        loop.runUntil(loop.now() + 10 * Options.SECOND);
        assertFalse(promotion.isRunning() || promotion.status().succeeded());
        assertFalse(start.isRunning() || start.status().succeeded());
        assertFalse(a.mayWrite() || b.mayWrite());
    }

    @Test
    void aBackendOutlivesItsPostmasterUntilItIsFenced() {
        pair();
        a.crash(true);
        assertTrue(a.acceptsWrites() && a.mayWrite());
        assertEquals(PgServer.Process.DOWN, a.process());
        a.kill(true);
        assertFalse(a.acceptsWrites() || a.mayWrite());
    }

    @Test
    void anOperationDiesWithItsAgentButWhatItToldTheServerGoesOn() {
        pair();
        OperationRun run = begin(b, new Operation.Promote(), () -> true);
        loop.runUntil(loop.now() + 10 * Options.SECOND, b::isPromoting);
        b.machine().killAgent();
        loop.runUntil(loop.now() + 10 * Options.SECOND);
        assertTrue(run.isRunning(), "nobody is there to see its end");
        assertEquals(PgServer.Process.PRIMARY, b.process());
    }

    @Test
    void aFrozenServerAnswersNobodyAndGoesOnAfterwards() {
        pair();
        a.freeze(5 * Options.SECOND);
        assertTrue(a.mayWrite());
        assertFalse(a.acceptsWrites() || a.isConnectable());
        loop.runUntil(loop.now() + 6 * Options.SECOND);
        assertTrue(a.acceptsWrites());
    }

    @Test
    void twoTimelinesWithOneNumberAreTwoBranches() {
        Branch root = Branch.first(a.name());
        Branch one = root.fork(100, a.name());
        Branch two = root.fork(80, b.name());
        assertEquals(one.timeline(), two.timeline());
        assertEquals(new Branch.Point(root, 80), Branch.fork(one, 500, two, 400));
        assertEquals(List.of(100L, -1L), List.of(one.follows(root, 500), one.follows(two, 500)));
    }

    @Test
    void aReplicaThatDoesNotReplayStreamsOnAfterAReloadUntilItsReceiverIsEnded() {
        pair();
        b.replayStops(20 * Options.SECOND);
        streaming.follow(b, Optional.empty());
        a.append(1_000);
        loop.runUntil(loop.now() + Options.SECOND);
        assertEquals(a.end(), b.end(), "the startup process has not noticed the empty source");
        streaming.endReceiver(b);
        a.append(1_000);
        loop.runUntil(loop.now() + 30 * Options.SECOND);
        assertTrue(b.end() < a.end());
        assertFalse(streaming.isConnected(b));
    }

    @Test
    void aSynchronousCommitIsAcknowledgedWhenItsReplicaHasSaidThatItHasIt() {
        pair();
        a.syncNames("ANY 1 (n2,n3)", true);
        loop.runUntil(loop.now() + 10 * Options.MILLI);
        boolean[] acknowledged = new boolean[1];
        a.commit(1_000, () -> acknowledged[0] = true);
        loop.runUntil(loop.now() + LAG);
        assertFalse(acknowledged[0], "the answer is still on its way");
        loop.runUntil(loop.now() + 5 * Options.MILLI);
        assertTrue(acknowledged[0]);
    }

    @Test
    void aSynchronousCommitOfACutOffPrimaryIsNeverAcknowledged() {
        pair();
        a.syncNames("n2", true);
        loop.runUntil(loop.now() + 10 * Options.MILLI);
        streaming.follow(b, Optional.empty());
        boolean[] acknowledged = new boolean[1];
        a.commit(1_000, () -> acknowledged[0] = true);
        loop.runUntil(loop.now() + Options.SECOND);
        a.kill(false);
        assertFalse(acknowledged[0]);
    }

    @ParameterizedTest(name = "{0} with {1} confirmed")
    @CsvSource(delimiter = ';', value = {
        "'' ;                  ;              9223372036854775807",
        "n2 ;                  n2=5 n3=9 ;    5",
        "n2,n3 ;               n3=9 ;         9",
        "FIRST 2 (n2,n3) ;     n2=5 n3=9 ;    5",
        "FIRST 1 (n2,n3) ;     n2=5 n3=9 ;    5",
        "2 (n2, n3, n4) ;      n3=9 n4=7 ;    7",
        "FIRST 2 (n2,n3) ;     n3=9 ;         -1",
        "ANY 1 (n2,n3) ;       n2=5 n3=9 ;    9",
        "any 2 (n2,n3,n4) ;    n2=5 n3=9 n4=7 ; 7",
        "ANY 1 (n2) ;          n3=9 ;         -1",
        "* ;                   n3=9 ;         9",
    })
    void whatIsReleased(String setting, String confirmed, long released) {
        Map<String, Long> flushed = new LinkedHashMap<>();
        for (String replica : confirmed == null ? new String[0] : confirmed.split(" ")) {
            flushed.put(replica.split("=")[0], Long.parseLong(replica.split("=")[1]));
        }
        assertEquals(released, SyncRule.parse(setting).released(flushed));
    }

    /** Nobody is told of anything. */
    private static final class Deaf implements PgServer.PgListener {

        @Override
        public void becomingPrimary(PgServer server) {
            // Looked at by the tests themselves.
        }

        @Override
        public void promoted(PgServer server) {
            // Looked at by the tests themselves.
        }

        @Override
        public void discarding(PgServer server) {
            // Looked at by the tests themselves.
        }

        @Override
        public void founded(PgServer server) {
            // Looked at by the tests themselves.
        }

        @Override
        public void ended(PgServer server, boolean wrote, boolean byAgent) {
            // Looked at by the tests themselves.
        }
    }
}
