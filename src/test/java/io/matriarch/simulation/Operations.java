package io.matriarch.simulation;

import io.matriarch.cluster.Lsn;
import io.matriarch.cluster.Timeline;
import io.matriarch.cluster.TimelineHistory;
import io.matriarch.ha.Operation;
import io.matriarch.ha.Upstream;
import io.matriarch.postgres.Divergence;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/** How each long operation goes on a simulated server: its steps, how long they take, and what makes them fail. */
final class Operations {

    private static final long MILLI = 1_000_000;
    private static final long FOREVER = 3_600_000 * MILLI;
    private static final long CLONE_START = 30_000 * MILLI;
    private static final double REWIND_FAILS = 0.15;
    /** Milliseconds from an agent's last look at its lock to PostgreSQL doing what it was told. */
    private static final long COMMAND = 6;

    private final Map<String, PgServer> byHost;
    private final Streaming streaming;
    private final Network network;
    private final Chance chance;
    private final Options.Server options;
    private double slowness = 1;

    Operations(Map<String, PgServer> byHost, Streaming streaming, Network network, Chance chance,
               Options.Server options) {
        this.byHost = byHost;
        this.streaming = streaming;
        this.network = network;
        this.chance = chance;
        this.options = options;
    }

    /** Whether guards are used. */
    boolean isGuarded() {
        return options.guarded();
    }

    Streaming streaming() {
        return streaming;
    }

    /** Starts and promotions take this many times longer from now on. */
    void slowDown(double factor) {
        slowness = factor;
    }

    void perform(PgServer server, OperationRun run) {
        Operation operation = run.operation();
        if (operation instanceof Operation.Bootstrap) {
            bootstrap(server, run);
        } else if (operation instanceof Operation.CloneFrom clone) {
            cloneFrom(server, run, clone.source());
        } else if (operation instanceof Operation.StartPrimary start) {
            startPrimary(server, run, start.timeout());
        } else if (operation instanceof Operation.StartReplica start) {
            run.step(some(50), () -> {
                server.kill(true);
                settleThenStart(server, run, start.upstream(), start.timeout());
            });
        } else if (operation instanceof Operation.Follow follow) {
            follow(server, run, follow.upstream());
        } else if (operation instanceof Operation.Promote) {
            promote(server, run);
        } else if (operation instanceof Operation.Stop stop) {
            stop(server, run, stop);
        } else if (operation instanceof Operation.Restart restart) {
            restart(server, run, restart.timeout());
        } else if (operation instanceof Operation.Reinitialize again) {
            run.step(some(200), () -> {
                server.kill(true);
                cloneFrom(server, run, again.source());
            });
        } else {
            throw new IllegalStateException("an operation the simulation does not know: " + operation);
        }
    }

    /** What a cancelled operation must not leave behind. */
    void afterCancel(PgServer server, Operation operation) {
        if (operation instanceof Operation.StartPrimary || operation instanceof Operation.Restart
                || operation instanceof Operation.Bootstrap) {
            if (server.isStartingAsPrimary()) {
                server.kill(true);
            }
        }
    }

    private long some(long millis) {
        return chance.between(millis * MILLI / 2, millis * MILLI * 2);
    }

    private long startTime() {
        return (long) (options.start() * slowness * chance.between(0.5, 2.0));
    }

    private void bootstrap(PgServer server, OperationRun run) {
        run.step(some(1_000), () -> {
            if (server.isPresent()) {
                run.fail("the data directory is not empty");
                return;
            }
            server.initdb(Long.toString(7_000_000_000_000_000_000L + Math.floorMod(chance.nextLong(), 1L << 40)));
            server.chosen();
            server.launch(true, some(200));
            untilUp(server, run, FOREVER);
        });
    }

    private Optional<PgServer> reachable(PgServer server, Optional<Upstream> upstream) {
        return upstream.map(up -> byHost.get(up.host())).filter(source -> source.isConnectable()
                && network.isUpBothWays(source.machine().id(), server.machine().id()));
    }

    private void cloneFrom(PgServer server, OperationRun run, Upstream from) {
        PgServer source = byHost.get(from.host());
        if (reachable(server, Optional.of(from)).isEmpty() || source == server) {
            run.step(some(300), () -> run.fail("no connection to " + from.name()));
            return;
        }
        int generation = source.generation();
        run.step((long) (options.copy() * chance.between(0.5, 1.5)), () -> {
            if (source.generation() != generation || reachable(server, Optional.of(from)).isEmpty()) {
                run.fail("the base backup broke off");
                return;
            }
            server.discard(run.operation() instanceof Operation.Reinitialize);
            server.copyFrom(source);
            launchReplica(server, run, Optional.of(source), CLONE_START);
        });
    }

    private void launchReplica(PgServer server, OperationRun run, Optional<PgServer> upstream, long patience) {
        streaming.follow(server, upstream);
        server.launch(false, startTime());
        untilUp(server, run, patience);
    }

    /** Ends the operation when the server answers, when its processes ended, or after the patience. */
    private static void untilUp(PgServer server, OperationRun run, long patience) {
        int generation = server.generation();
        run.waitFor(() -> server.isConnectable() || server.generation() != generation, patience, () -> {
            if (server.generation() == generation) {
                run.succeed("started");
            } else {
                server.kill(true);
                run.fail("PostgreSQL ended while it started");
            }
        }, () -> {
            server.kill(true);
            run.fail("not started in time");
        });
    }

    private void startPrimary(PgServer server, OperationRun run, Duration timeout) {
        run.step(some(40), () -> {
            server.kill(true);
            if (!server.isPresent() || server.isBroken()) {
                run.fail("the data directory cannot be started");
            } else if (!run.permitted()) {
                run.fail("not permitted");
            } else {
                server.chosen();
                run.step(some(COMMAND), () -> launchPrimary(server, run, timeout));
            }
        });
    }

    private void launchPrimary(PgServer server, OperationRun run, Duration timeout) {
        streaming.follow(server, Optional.empty());
        server.launch(true, startTime());
        untilUp(server, run, timeout.toNanos());
    }

    /** Settles a divergence from a running primary, by rewind or else by a new copy, then starts. */
    private void settleThenStart(PgServer server, OperationRun run, Optional<Upstream> upstream, Duration timeout) {
        if (!server.isPresent()) {
            run.fail("there is no data directory");
            return;
        }
        Optional<PgServer> configured = upstream.map(up -> byHost.get(up.host()));
        Optional<PgServer> source = reachable(server, upstream)
                .filter(s -> s.process() == PgServer.Process.PRIMARY && s != server);
        if (source.isEmpty() && server.isBroken()) {
            run.fail("the data directory is damaged by an interrupted rewind");
            return;
        }
        Divergence.Verdict verdict = source.map(s -> judge(server, s)).orElse(Divergence.Verdict.NOT_NEEDED);
        boolean rewinds = verdict == Divergence.Verdict.NEED && !server.isBroken() && !chance.happens(REWIND_FAILS);
        if (source.isPresent() && (server.isBroken() || verdict == Divergence.Verdict.TWIN
                || verdict == Divergence.Verdict.NEED && !rewinds)) {
            cloneFrom(server, run, upstream.orElseThrow());
        } else if (rewinds) {
            rewind(server, run, source.get(), timeout);
        } else {
            launchReplica(server, run, configured, timeout.toNanos());
        }
    }

    /**
     * By the rule that judges real servers. Twins of a timeline with one beginning it cannot tell apart: that is counted,
     * and an operator helps.
     */
    private Divergence.Verdict judge(PgServer server, PgServer source) {
        if (!Branch.related(server.branch(), source.branch())) {
            return Divergence.Verdict.TWIN;
        }
        Divergence.Verdict verdict = judgeByNumbers(server, source);
        if (verdict != Divergence.Verdict.TWIN
                && Branch.isTwin(server.branch(), server.end(), source.branch(), source.end())) {
            streaming.twinOverlooked(server, source);
            return Divergence.Verdict.TWIN;
        }
        return verdict;
    }

    private static Divergence.Verdict judgeByNumbers(PgServer server, PgServer source) {
        boolean standby = server.hasStandbyFile() || server.process() == PgServer.Process.REPLICA;
        Lsn end = new Lsn(server.end());
        // the checkpoint of a former primary is somewhere before the end of its log, that of a stopped one right before it
        Lsn position = standby ? end : new Lsn(Math.max(1, server.end() - (server.isCleanlyStopped() ? 1 : 10_000)));
        Divergence.Local local = new Divergence.Local(standby ? Divergence.Kind.REPLICA
                : server.isCleanlyStopped() ? Divergence.Kind.STOPPED_PRIMARY : Divergence.Kind.CRASHED_PRIMARY,
                new Timeline(server.branch().timeline()), position, standby ? Optional.empty() : Optional.of(end),
                past(server));
        return Divergence.judge(local, new Timeline(source.branch().timeline()), past(source));
    }

    private static TimelineHistory past(PgServer server) {
        return server.branch().timeline() == 1 ? TimelineHistory.ABSENT
                : new TimelineHistory(true, server.branch().history());
    }

    private void rewind(PgServer server, OperationRun run, PgServer source, Duration timeout) {
        run.step(some(100), () -> {
            server.beginRewind();
            int generation = source.generation();
            run.step(some(800), () -> {
                if (source.generation() != generation
                        || !network.isUpBothWays(source.machine().id(), server.machine().id())) {
                    run.fail("the rewind broke off");
                    return;
                }
                server.endRewind(Branch.fork(server.branch(), server.end(), source.branch(), source.end()));
                launchReplica(server, run, Optional.of(source), timeout.toNanos());
            });
        });
    }

    private void follow(PgServer server, OperationRun run, Optional<Upstream> upstream) {
        run.step(some(20), () -> {
            if (server.process() != PgServer.Process.REPLICA || server.isPromoting()) {
                run.fail("not a running replica");
                return;
            }
            Optional<PgServer> source = reachable(server, upstream)
                    .filter(s -> s.process() == PgServer.Process.PRIMARY && s != server);
            boolean diverged = source.map(s -> judge(server, s)).filter(verdict -> verdict == Divergence.Verdict.NEED
                    || verdict == Divergence.Verdict.TWIN).isPresent();
            if (diverged) {
                server.kill(true);
                settleThenStart(server, run, upstream, Duration.ofMinutes(1));
                return;
            }
            streaming.follow(server, upstream.map(up -> byHost.get(up.host())));
            run.succeed("follows");
        });
    }

    private void promote(PgServer server, OperationRun run) {
        run.step(some(30), () -> {
            if (server.process() != PgServer.Process.REPLICA || server.isPromoting()) {
                run.fail("not a running replica");
            } else if (!run.permitted()) {
                run.fail("not permitted");
            } else {
                server.chosen();
                run.step(some(COMMAND), () -> tellToPromote(server, run));
            }
        });
    }

    private void tellToPromote(PgServer server, OperationRun run) {
        if (server.process() != PgServer.Process.REPLICA) {
            run.fail("not a running replica");
            return;
        }
        server.promote((long) (options.start() * slowness * chance.between(0.3, 1.0)));
        int generation = server.generation();
        run.waitFor(() -> server.process() == PgServer.Process.PRIMARY || server.generation() != generation,
                FOREVER, () -> endPromotion(server, run), () -> run.fail("not promoted"));
    }

    private static void endPromotion(PgServer server, OperationRun run) {
        if (server.process() == PgServer.Process.PRIMARY) {
            run.succeed("promoted");
        } else {
            run.fail("PostgreSQL ended while it was promoted");
        }
    }

    private void stop(PgServer server, OperationRun run, Operation.Stop stop) {
        boolean fast = stop.mode() != Operation.StopMode.IMMEDIATE;
        long checkpoint = fast && stop.checkpointFirst() && server.isConnectable() ? some(200) : MILLI;
        run.step(checkpoint, () -> {
            if (!fast || server.process() == PgServer.Process.DOWN || server.process() == PgServer.Process.STARTING) {
                run.step(some(30), () -> endStop(server, run));
                return;
            }
            stopFast(server, run, stop.timeout().toNanos(), () -> endStop(server, run));
        });
    }

    private void stopFast(PgServer server, OperationRun run, long patience, Runnable then) {
        if (!server.isStopping()) {
            long usual = some(120);
            server.stopFast(chance.happens(0.05) ? usual * 30 : usual);
        }
        run.waitFor(() -> server.process() == PgServer.Process.DOWN, patience, then, then);
    }

    private static void endStop(PgServer server, OperationRun run) {
        if (server.process() != PgServer.Process.DOWN || server.hasOrphan()) {
            server.kill(true);
        }
        run.succeed("stopped");
    }

    private void restart(PgServer server, OperationRun run, Duration timeout) {
        boolean primary = server.process() == PgServer.Process.PRIMARY;
        run.step(some(20), () -> {
            if (server.process() == PgServer.Process.DOWN) {
                restarted(server, run, primary, timeout);
                return;
            }
            stopFast(server, run, timeout.toNanos(), () -> restarted(server, run, primary, timeout));
        });
    }

    private void restarted(PgServer server, OperationRun run, boolean primary, Duration timeout) {
        if (server.process() != PgServer.Process.DOWN || server.hasOrphan()) {
            server.kill(true);
        }
        if (!primary) {
            launchReplica(server, run, streaming.upstream(server), timeout.toNanos());
        } else if (run.permitted()) {
            server.chosen();
            run.step(some(COMMAND), () -> launchPrimary(server, run, timeout));
        } else {
            run.fail("not permitted");
        }
    }
}
