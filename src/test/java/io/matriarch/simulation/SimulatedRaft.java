package io.matriarch.simulation;

import io.matriarch.dcs.ReplicatedStore.Outcome;
import io.matriarch.store.Applied;
import io.matriarch.store.Command;
import io.matriarch.store.LeaseState;
import io.matriarch.store.RangeRequest;
import io.matriarch.store.Store;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BiConsumer;

/**
 * A consensus group as its users see it: one log of committed entries, at most one Raft leader, elections, lost and late
 * messages, peers that lag. How the peers agree is not simulated; what they may do to their users is.
 */
final class SimulatedRaft {

    private static final long MILLI = 1_000_000;
    private static final long RESEND = 100 * MILLI;
    private static final long EXPIRY_CHECK = 50 * MILLI;
    private static final long STALL_PENALTY = 500 * MILLI;

    private final EventLoop loop;
    private final Network network;
    private final Chance chance;
    private final Options.Store options;
    private final List<RaftPeer> peers = new ArrayList<>();
    private final List<LogEntry> log = new ArrayList<>();
    private BiConsumer<LogEntry, Applied> onCommit = (entry, applied) -> { };
    private RaftPeer leader;
    private int terms;
    private boolean electing;
    private boolean stepDownPlanned;
    private long elections;
    private long lost;
    private double loss;

    SimulatedRaft(EventLoop loop, Network network, Chance chance, Options.Store options) {
        this.loop = loop;
        this.network = network;
        this.chance = chance;
        this.options = options;
        this.loss = options.loss();
    }

    RaftPeer addPeer(Machine machine) {
        RaftPeer peer = new RaftPeer(machine, loop);
        peers.add(peer);
        return peer;
    }

    void onCommit(BiConsumer<LogEntry, Applied> listener) {
        onCommit = listener;
    }

    void start() {
        topologyChanged();
        loop.after(EXPIRY_CHECK, this::checkExpiry);
    }

    void loss(double probability) {
        loss = probability;
    }

    /** The Raft leader now, when there is one. */
    Optional<RaftPeer> leader() {
        return Optional.ofNullable(leader);
    }

    long elections() {
        return elections;
    }

    long lostMessages() {
        return lost;
    }

    /** The newest committed state, whoever has applied it. */
    Store newest() {
        return peers.stream().map(RaftPeer::store)
                .max(java.util.Comparator.comparingLong(Store::appliedIndex)).orElseThrow();
    }

    List<RaftPeer> peers() {
        return peers;
    }

    long committed() {
        return log.size();
    }

    /** Whether a machine reaches a Raft leader that has a majority. */
    boolean serves(Machine machine) {
        return leader != null && hasMajority(leader) && reaches(machine, leader.machine())
                && leader.machine().isAgentRunning();
    }

    private boolean reaches(Machine a, Machine b) {
        return network.isUpBothWays(a.id(), b.id());
    }

    private boolean hasMajority(RaftPeer candidate) {
        if (!candidate.machine().isAgentRunning()) {
            return false;
        }
        int count = 0;
        for (RaftPeer peer : peers) {
            if (peer.machine().isAgentRunning() && reaches(candidate.machine(), peer.machine())) {
                count++;
            }
        }
        return count * 2 > peers.size();
    }

    /** To be called after a link, a process or a freeze changed. */
    void topologyChanged() {
        if (leader != null && !leader.machine().isAgentAlive()) {
            loseLeader();
        }
        if (leader != null && !hasMajority(leader) && !stepDownPlanned) {
            stepDownPlanned = true;
            int term = terms;
            loop.after(electionTime(), () -> stepDownUnlessHealed(term));
        }
        if (leader == null && !electing) {
            electing = true;
            loop.after(electionTime(), this::elect);
        }
        for (RaftPeer peer : peers) {
            peer.served(serves(peer.machine()));
            peer.contact(peer.machine().isAgentAlive() && hears(peer));
            if (peer.isInContact() && peer.scheduled() < log.size()) {
                catchUpSoon(peer);
            }
        }
    }

    private boolean hears(RaftPeer peer) {
        return leader != null && (peer == leader
                || leader.machine().isAgentRunning() && reaches(peer.machine(), leader.machine()));
    }

    private long electionTime() {
        return chance.between(options.electionMin(), options.electionMax());
    }

    private void stepDownUnlessHealed(int term) {
        if (term != terms || leader == null) {
            return;
        }
        stepDownPlanned = false;
        if (!hasMajority(leader)) {
            loseLeader();
            electing = true;
            elect();
        }
    }

    /** The Raft leader steps down; another, or the same, is elected after a while. */
    void changeLeader() {
        if (leader != null) {
            loseLeader();
            topologyChanged();
        }
    }

    private void loseLeader() {
        leader = null;
        terms++;
        stepDownPlanned = false;
        peers.forEach(peer -> {
            peer.contact(false);
            peer.served(false);
        });
    }

    private void elect() {
        if (leader != null) {
            electing = false;
            return;
        }
        List<RaftPeer> able = peers.stream().filter(this::hasMajority).toList();
        if (able.isEmpty()) {
            loop.after(300 * MILLI, this::elect);
            return;
        }
        electing = false;
        leader = chance.oneOf(able);
        terms++;
        elections++;
        leader.dropInFlight();
        applyRest(leader);
        topologyChanged();
    }

    private void applyRest(RaftPeer peer) {
        for (long index = peer.store().appliedIndex() + 1; index <= log.size(); index++) {
            peer.apply(log.get((int) index - 1));
        }
    }

    private void catchUpSoon(RaftPeer peer) {
        peer.scheduled(log.size());
        int mine = peer.machine().incarnation();
        loop.after(network.delay(leader.machine().id(), peer.machine().id()) * 3 + 5 * MILLI, () -> {
            if (mine != peer.machine().incarnation()) {
                return;
            }
            if (peer.machine().isAgentRunning() && hears(peer)) {
                applyRest(peer);
            } else {
                peer.dropInFlight();
            }
        });
    }

    /** Nanoseconds since the state of a peer was known to be current. */
    long localAge(RaftPeer peer) {
        if (peer.isInContact()) {
            return peer == leader ? 0 : chance.between(0, 150 * MILLI);
        }
        return loop.now() - peer.lastContact();
    }

    /** Sends a command on its way; the answer completes by a later event on the sender's agent. */
    Proposal submit(Machine from, Command command, Optional<RangeRequest> read, long timeout) {
        Proposal proposal = new Proposal(from, command, read, loop.now() + timeout);
        if (chance.happens(loss)) {
            lost++;
        } else {
            send(proposal);
        }
        from.onAgent(timeout, () -> proposal.answer().complete(new Outcome.Unknown("timeout")));
        return proposal;
    }

    private void send(Proposal proposal) {
        Machine from = proposal.from();
        if (leader == null || !reaches(from, leader.machine())) {
            againUntil(proposal, proposal.deadline(), () -> send(proposal));
            return;
        }
        loop.after(network.delay(from.id(), leader.machine().id()), () -> arrive(proposal));
    }

    private void againUntil(Proposal proposal, long deadline, Runnable action) {
        if (loop.now() + RESEND < deadline) {
            loop.after(RESEND, action);
        }
    }

    private void arrive(Proposal proposal) {
        if (leader == null || !leader.machine().isAgentRunning() || !hasMajority(leader)) {
            // It may sit in the log of a leader without a majority, and be committed long after its sender gave up.
            long patience = chance.happens(options.lateLanding()) ? 8_000 * MILLI : 0;
            againUntil(proposal, proposal.deadline() + patience, () -> arrive(proposal));
            return;
        }
        loop.after(commitTime(), () -> land(proposal));
    }

    private long commitTime() {
        return (long) (options.commit() * chance.between(0.5, 1.5))
                + network.delay(leader.machine().id(), (leader.machine().id() + 1) % peers.size()) * 2;
    }

    private void land(Proposal proposal) {
        if (leader == null || !hasMajority(leader)) {
            arrive(proposal);
            return;
        }
        if (!proposal.land()) {
            return;
        }
        Outcome outcome = commit(proposal.command(), proposal.read());
        if (chance.happens(loss)) {
            lost++;
            return;
        }
        int at = leader.machine().id();
        Machine from = proposal.from();
        loop.after(network.delay(at, from.id()), () -> {
            if (network.isUp(at, from.id())) {
                proposal.settle(outcome);
            }
        });
    }

    /** For what happens beside the Raft leader. */
    Outcome commitAtOnce(Command command) {
        return leader != null && hasMajority(leader) ? commit(command, Optional.empty())
                : new Outcome.Unknown("no Raft leader");
    }

    private Outcome commit(Command command, Optional<RangeRequest> read) {
        RaftPeer at = leader;
        LogEntry entry = new LogEntry(log.size() + 1, at.machine().clock().wallMillis(loop.now()), command);
        log.add(entry);
        Applied applied = at.apply(entry);
        onCommit.accept(entry, applied);
        for (RaftPeer peer : peers) {
            if (peer != at && peer.isInContact() && peer.machine().isAgentRunning()) {
                replicate(entry, at, peer);
            }
        }
        return new Outcome.Done(read.map(r -> new Applied(at.store().range(r), List.of())).orElse(applied));
    }

    private void replicate(LogEntry entry, RaftPeer from, RaftPeer to) {
        if (to.scheduled() != entry.index() - 1) {
            catchUpSoon(to);
            return;
        }
        to.scheduled(entry.index());
        int mine = to.machine().incarnation();
        long delay = network.delay(from.machine().id(), to.machine().id()) + options.applyLag();
        loop.after(delay, () -> {
            if (mine != to.machine().incarnation()) {
                return;
            }
            if (!to.machine().isAgentRunning()) {
                to.dropInFlight();
            } else if (to.store().appliedIndex() == entry.index() - 1) {
                to.apply(entry);
            } else if (to.store().appliedIndex() < entry.index()) {
                applyUpTo(to, entry.index());
            }
        });
    }

    private void applyUpTo(RaftPeer peer, long last) {
        for (long index = peer.store().appliedIndex() + 1; index <= last; index++) {
            peer.apply(log.get((int) index - 1));
        }
    }

    private void checkExpiry() {
        loop.after(EXPIRY_CHECK, this::checkExpiry);
        for (RaftPeer peer : peers) {
            if (options.everyPeerExpires() || peer == leader) {
                expireOn(peer);
            }
        }
    }

    private void expireOn(RaftPeer peer) {
        Machine machine = peer.machine();
        if (!machine.isAgentRunning() || loop.now() - machine.disturbedAt() < STALL_PENALTY || leader == null
                || !hasMajority(leader)) {
            return;
        }
        long now = machine.now().nanos();
        for (LeaseState lease : List.copyOf(peer.store().leases())) {
            RaftPeer.Noted noted = peer.noted(lease.id()).orElseThrow();
            if (now - noted.localNanos() >= lease.ttlMillis() * MILLI * options.expiryFactor()) {
                commit(new Command.LeaseExpire(lease.id(), noted.sequence()), Optional.empty());
            }
        }
    }
}
