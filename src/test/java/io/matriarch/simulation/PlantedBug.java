package io.matriarch.simulation;

import io.matriarch.cluster.ClusterStatus;
import io.matriarch.cluster.LeaderLock;
import io.matriarch.cluster.LeaseId;
import io.matriarch.cluster.Lsn;
import io.matriarch.cluster.MemberName;
import io.matriarch.cluster.Revision;
import io.matriarch.dcs.Dcs;
import io.matriarch.dcs.ReplicatedStore.Outcome;
import io.matriarch.dcs.WriteResult;
import io.matriarch.ha.CutVote;
import io.matriarch.ha.Decision;
import io.matriarch.ha.Effect;
import io.matriarch.ha.LockHold;
import io.matriarch.ha.Observation;
import io.matriarch.ha.Operation;
import io.matriarch.ha.PeerReport;
import io.matriarch.ha.PostgresStatus;
import io.matriarch.ha.SyncSettings;
import io.matriarch.ha.Tick;
import io.matriarch.postgres.Postgres;
import io.matriarch.store.Bytes;
import io.matriarch.store.Command;
import io.matriarch.store.Op;
import io.matriarch.store.Result;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/** Defects that the simulation must be able to find, each planted from outside, with the faults that bring it out. */
enum PlantedBug implements Variation {

    /** The proven time counts from the answer to a renewal, not from the moment before it was sent. */
    HOLD_COUNTED_FROM_THE_REPLY(Fault.AGENT_FREEZE, Fault.RAFT_LEADER_CHANGE) {
        @Override
        public Dcs dcs(Dcs real, SimulatedStore store, Host host) {
            return new CountsFromReply(real, store);
        }
    },

    /** A renewal with an unknown outcome counts as a success. */
    UNKNOWN_RENEWAL_IS_SUCCESS(Fault.ISOLATION) {
        @Override
        public Dcs dcs(Dcs real, SimulatedStore store, Host host) {
            return new SimulatedDcs(real, store) {
                @Override
                public CompletableFuture<WriteResult> renewLock(LeaseId lease, Lsn flushed, Duration duration,
                                                                Duration timeout) {
                    return super.renewLock(lease, flushed, duration, timeout).thenApply(result ->
                            result instanceof WriteResult.Unknown ? new WriteResult.Applied(new Revision(1)) : result);
                }
            };
        }
    },

    /** The lock is taken without comparing that nobody has it. */
    ACQUIRE_WITHOUT_COMPARE(Fault.NODE_CRASH, Fault.AGENT_KILL, Fault.ISOLATION) {
        @Override
        public Dcs dcs(Dcs real, SimulatedStore store, Host host) {
            return new SimulatedDcs(real, store) {
                @Override
                public WriteResult acquireLock(MemberName me, LeaseId lease, Duration duration, Duration timeout) {
                    return take(store, me, lease, duration, timeout);
                }
            };
        }
    },

    /** A server is promoted late: made primary without asking again whether the lock is still held. */
    LATE_PROMOTE(Fault.NODE_CRASH, Fault.AGENT_FREEZE, Fault.MACHINE_FREEZE, Fault.POSTGRES_CRASH) {
        @Override
        public Postgres postgres(SimulatedPostgres real, Host host) {
            real.changePermit(permit -> () -> true);
            return real;
        }
    },

    /** The race does not look at how far the others are. */
    POSITIONS_NOT_COMPARED(Fault.NODE_CRASH, Fault.REPLICATION_LAG, Fault.AGENT_KILL) {
        @Override
        public Function<Observation, Decision> decider(Function<Observation, Decision> real, Host host) {
            return seen -> real.apply(withPeers(seen, PlantedBug::behind));
        }
    },

    /** The lock is given up before PostgreSQL has stopped. */
    RELEASED_BEFORE_THE_STOP(Fault.SWITCHOVER) {
        @Override
        public Function<Observation, Decision> decider(Function<Observation, Decision> real, Host host) {
            return seen -> releaseFirst(real.apply(seen));
        }
    },

    /** A lease is expired by a clock that runs too fast. */
    EXPIRED_TOO_EARLY(Fault.RAFT_LEADER_CHANGE, Fault.AGENT_FREEZE, Fault.ISOLATION) {
        @Override
        Options defective(Options sound) {
            Options.Store s = sound.store();
            return sound.with(new Options.Store(s.loss(), s.lateLanding(), s.electionMin(), s.electionMax(),
                    s.commit(), s.applyLag(), true, 0.8));
        }
    },

    /** The name in the leader key counts as a hold; found where no guard stands behind the agent. */
    KEY_IS_HOLD(Fault.ISOLATION, Fault.SPLIT) {
        @Override
        Options soundOptions(long seed) {
            return unguarded(super.soundOptions(seed));
        }

        @Override
        public Function<Observation, Decision> decider(Function<Observation, Decision> real, Host host) {
            return seen -> real.apply(believing(seen));
        }
    },

    /** The guard is fed with the time that is left, not with a moment. */
    GUARD_FED_WITH_DURATIONS(Fault.SUSPENSION, Fault.GUARD_FREEZE, Fault.AGENT_KILL) {
        @Override
        public Postgres postgres(SimulatedPostgres real, Host host) {
            guard(host).make(SimulatedGuard.Sense.DURATIONS, SimulatedGuard.Trigger.LEVEL);
            return real;
        }
    },

    /** The guard acts at the moment the deadline passes, and not when that moment is over already. */
    EDGE_TRIGGERED_GUARD(Fault.POSTGRES_CRASH, Fault.STALL_AT_THE_LAST_LOOK, Fault.RESTART) {
        @Override
        public Postgres postgres(SimulatedPostgres real, Host host) {
            guard(host).make(SimulatedGuard.Sense.ABSOLUTE, SimulatedGuard.Trigger.EDGE);
            return real;
        }
    },

    /** The deadline that is safe under the cut is used with asynchronous replication. */
    LENIENT_DEADLINE_IN_ASYNCHRONOUS_MODE(Fault.AGENT_KILL, Fault.AGENT_FREEZE) {
        @Override
        public Postgres postgres(SimulatedPostgres real, Host host) {
            real.lenient(Duration.ofSeconds(8));
            return real;
        }
    },

    /** The lock is given up when the postmaster has ended, whatever is left of its processes; found where there is no guard. */
    RELEASED_ON_POSTMASTER_EXIT(Fault.POSTGRES_CRASH) {
        @Override
        Options soundOptions(long seed) {
            return unguarded(super.soundOptions(seed));
        }

        @Override
        public Function<Observation, Decision> decider(Function<Observation, Decision> real, Host host) {
            return seen -> {
                boolean exited = !seen.postgres().alive() && seen.postgres().mayWrite();
                Decision decision = real.apply(exited ? withPostgres(seen, harmless(seen.postgres())) : seen);
                return exited && seen.lock().lock().isPresent() ? new Decision(decision.rule(), decision.reason(),
                        List.of(new Effect.ReleaseLeaderLock(Optional.empty())), decision.memory(), decision.next())
                        : decision;
            };
        }
    },

    /** A voter is cut by a new setting and a reload; its WAL receiver is left to notice. */
    RELOAD_ONLY_CUT(Fault.AGENT_KILL, Fault.AGENT_FREEZE, Fault.REPLAY_STOP) {
        @Override
        public Postgres postgres(SimulatedPostgres real, Host host) {
            real.cutBy(epoch -> {
                real.rememberCut(epoch);
                real.reloadWithoutSource();
                real.spend(10 * Options.MILLI);
                return Optional.of(real.vote(epoch));
            });
            return real;
        }

        @Override
        SyncSettings sync() {
            return QUORUM;
        }
    },

    /** A voter votes with the position it had before it was cut. */
    LSN_COMPARED_BEFORE_THE_CUT(Fault.AGENT_KILL, Fault.AGENT_FREEZE, Fault.REPLICATION_LAG) {
        @Override
        public Postgres postgres(SimulatedPostgres real, Host host) {
            real.cutBy(epoch -> {
                CutVote vote = real.vote(epoch);
                real.spend(80 * Options.MILLI);
                real.rememberCut(epoch);
                real.reloadWithoutSource();
                real.endReceiver();
                return Optional.of(vote);
            });
            return real;
        }

        @Override
        SyncSettings sync() {
            return QUORUM;
        }
    },

    /** A voter does not keep the epoch of a cut, and follows the former holder again as long as its peer shows that one. */
    CUT_EPOCH_LOST(Fault.AGENT_KILL, Fault.AGENT_FREEZE) {
        @Override
        Options soundOptions(long seed) {
            Options options = super.soundOptions(seed);
            Options.Store s = options.store();
            // peers that apply late show the former holder for a while after the vote
            return options.with(new Options.Store(s.loss(), s.lateLanding(), s.electionMin(), s.electionMax(), s.commit(),
                    600 * Options.MILLI, s.everyPeerExpires(), s.expiryFactor()));
        }

        @Override
        public Postgres postgres(SimulatedPostgres real, Host host) {
            real.forgetCuts();
            return real;
        }

        @Override
        SyncSettings sync() {
            return QUORUM;
        }
    },

    /** A fence ends the postmaster, and overlooks a backend that outlived it. */
    BACKENDS_OVERLOOKED(Fault.POSTGRES_CRASH, Fault.ISOLATION) {
        @Override
        public Postgres postgres(SimulatedPostgres real, Host host) {
            host.server().orElseThrow().overlookOrphans();
            return real;
        }
    };

    private static final SyncSettings QUORUM = new SyncSettings(SyncSettings.Mode.QUORUM, false, 1, -1);

    private final Set<Fault> faults;

    PlantedBug(Fault... faults) {
        this.faults = EnumSet.copyOf(List.of(faults));
    }

    /** The scenario of a seed with the faults that matter, coming often. */
    Options soundOptions(long seed) {
        return guarded(Options.of(seed).with(faults).every(15 * Options.SECOND).with(sync()));
    }

    /** The same with the defect, when it lies in the options. */
    Options options(long seed) {
        return defective(soundOptions(seed));
    }

    Options defective(Options sound) {
        return sound;
    }

    private static SimulatedGuard guard(Host host) {
        return host.server().flatMap(PgServer::guard).orElseThrow();
    }

    /** How commits are replicated in its scenario. */
    SyncSettings sync() {
        return SyncSettings.OFF;
    }

    private static Options guarded(Options any) {
        Options.Server s = any.server();
        return any.with(new Options.Server(s.lag(), s.start(), s.copy(), s.orphans(), true));
    }

    private static Options unguarded(Options guarded) {
        Options.Server s = guarded.server();
        return guarded.with(new Options.Server(s.lag(), s.start(), s.copy(), s.orphans(), false));
    }

    private static WriteResult take(SimulatedStore store, MemberName me, LeaseId lease, Duration duration,
                                    Duration timeout) {
        Command.Txn txn = new Command.Txn(List.of(),
                List.of(new Op.GrantOp(new Command.LeaseGrant(lease.value(), duration.toMillis())),
                        new Op.PutOp(new Command.Put(Bytes.of(World.KEYS.leader()), Bytes.of(me.value()),
                                lease.value(), false))), List.of());
        Outcome outcome = store.propose(txn, timeout).join();
        if (outcome instanceof Outcome.Done done && done.applied().result() instanceof Result.TxnResult result) {
            return new WriteResult.Applied(new Revision(result.revision()));
        }
        return new WriteResult.Unknown("no answer");
    }

    private static Observation withPeers(Observation seen, Function<PeerReport, PeerReport> change) {
        Map<MemberName, PeerReport> peers = new LinkedHashMap<>();
        seen.peers().forEach((name, report) -> peers.put(name, change.apply(report)));
        return new Observation(seen.now(), seen.wall(), seen.cluster(), seen.lock(), seen.postgres(), peers,
                seen.task(), seen.intent(), seen.settings(), seen.memory(), seen.cuts());
    }

    private static Observation withPostgres(Observation seen, PostgresStatus postgres) {
        return new Observation(seen.now(), seen.wall(), seen.cluster(), seen.lock(), postgres, seen.peers(),
                seen.task(), seen.intent(), seen.settings(), seen.memory(), seen.cuts());
    }

    /** As if nothing of it could write. */
    private static PostgresStatus harmless(PostgresStatus p) {
        return new PostgresStatus(p.dataDirectory(), p.systemIdentifier(), p.state(), false, p.alive(), p.connectable(),
                p.role(), p.timeline(), p.flushed(), p.received(), p.replayed(), p.replayedTimestamp(),
                p.replayPaused(), p.control(), p.receiver(), p.replicas(), p.following(), p.slots(), p.startTime(),
                p.pendingRestart(), p.serverVersion(), p.guard(), p.standbyNames(), p.cutEpoch());
    }

    private static PeerReport behind(PeerReport report) {
        return new PeerReport(report.receivedAt(), report.running(), report.role(), new Lsn(1), report.timeline(),
                report.watchdogFailed(), report.tags());
    }

    private static Decision releaseFirst(Decision decision) {
        boolean stops = decision.effects().stream().anyMatch(effect -> effect instanceof Effect.Begin begin
                && begin.operation() instanceof Operation.Stop);
        if (!stops) {
            return decision;
        }
        List<Effect> effects = new ArrayList<>();
        effects.add(new Effect.ReleaseLeaderLock(Optional.<ClusterStatus>empty()));
        effects.addAll(decision.effects());
        return new Decision(decision.rule(), decision.reason(), effects, decision.memory(), decision.next());
    }

    private static Observation believing(Observation seen) {
        Optional<LeaderLock> mine = seen.cluster().flatMap(view -> view.leader())
                .filter(lock -> lock.holder().equals(seen.settings().me()));
        Tick later = seen.now().plus(Duration.ofSeconds(1));
        LockHold hold = mine.isPresent() ? new LockHold(mine, Optional.of(later)) : seen.lock();
        return new Observation(seen.now(), seen.wall(), seen.cluster(), hold, seen.postgres(), seen.peers(),
                seen.task(), seen.intent(), seen.settings(), seen.memory(), seen.cuts());
    }

    /** Has every renewal answered as if it had been sent when the answer came. */
    private static final class CountsFromReply extends SimulatedDcs {

        private LeaseId answered = LeaseId.NONE;

        private CountsFromReply(Dcs real, SimulatedStore store) {
            super(real, store);
        }

        @Override
        public CompletableFuture<WriteResult> renewLock(LeaseId lease, Lsn flushed, Duration duration,
                                                        Duration timeout) {
            if (answered.equals(lease)) {
                answered = LeaseId.NONE;
                return CompletableFuture.completedFuture(new WriteResult.Applied(new Revision(1)));
            }
            return super.renewLock(lease, flushed, duration, timeout).thenApply(result -> {
                if (result.isApplied()) {
                    answered = lease;
                    return new WriteResult.Unknown("ask again");
                }
                return result;
            });
        }
    }
}
