package io.matriarch.raft;

import io.matriarch.config.HostPort;
import io.matriarch.raft.ChangeReport.Refusal;
import io.matriarch.raft.GroupFacts.Place;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.apache.ratis.protocol.RaftPeer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Carries out what an operator wants of the group: on the Raft leader, one order at a time; other peers hand it on.
 *
 * <p>Threads: any. An order that takes long has a thread of its own.
 */
final class Administration {

    /** An order that was not answered after this is given up by who gave it. */
    private static final Duration LONGEST = Duration.ofSeconds(60);
    private static final Duration PLAN = Duration.ofSeconds(6);
    private static final Logger LOG = LoggerFactory.getLogger(Administration.class);
    private static final Duration PROBE = Duration.ofSeconds(1);
    private static final int HELLO_TRIES = 3;
    private static final Duration TAKE_IN = Duration.ofSeconds(25);
    private static final Duration LEAD = Duration.ofSeconds(5);
    private static final long LOOK_NANOS = Duration.ofMillis(30).toNanos();

    private final EmbeddedServer server;
    private final PeerLinks links;
    private final String group;
    private final Membership membership;
    private final Expectations expectations;
    private final AtomicReference<String> underWay = new AtomicReference<>("");

    Administration(EmbeddedServer server, PeerLinks links, String group, Membership membership, Expectations expectations) {
        this.server = server;
        this.links = links;
        this.group = group;
        this.membership = membership;
        this.expectations = expectations;
    }

    /** Plans or carries out an order; a refusal is an answer, the future never fails. */
    CompletableFuture<ChangeReport> order(GroupChange.Order order) {
        if (!server.leading()) {
            return server.leader().filter(l -> !l.equals(server.address())).map(l -> ask(l, order))
                    .orElseGet(() -> CompletableFuture.completedFuture(ChangeReport.refused(Refusal.NO_LEADER,
                            membership.leaderless())));
        }
        ChangeReport plan = ChangeRules.judge(order.change(), facts());
        if (plan.isRefused()) {
            return CompletableFuture.completedFuture(plan);
        }
        if (order.planOnly()) {
            return newcomer(order.change()).map(a -> look(a).thenApply(why -> why.isEmpty() ? plan
                    : plan.refuse(Refusal.UNREACHABLE, why))).orElseGet(() -> CompletableFuture.completedFuture(plan));
        }
        String wanted = order.change().describe();
        if (!underWay.compareAndSet("", wanted)) {
            return CompletableFuture.completedFuture(plan.refuse(Refusal.BUSY, "another change of the group is under way: "
                    + underWay.get() + ". Changes are made one at a time; try again when it is done"));
        }
        return onItsOwnThread(order.change(), plan);
    }

    private CompletableFuture<ChangeReport> onItsOwnThread(GroupChange change, ChangeReport plan) {
        CompletableFuture<ChangeReport> answer = new CompletableFuture<>();
        Thread thread = new Thread(() -> {
            ChangeReport report;
            try {
                LOG.info("Raft group '{}': an operator wants to {}.", group, change.describe());
                report = perform(change, plan);
            } catch (IOException | RuntimeException e) {
                report = plan.refuse(Refusal.FAILED, "it did not succeed: " + RemoteTarget.why(e)
                        + "; look with 'raft members' at what the group is now");
            } finally {
                underWay.set("");
            }
            LOG.info("Raft group '{}': {}.", group, report.isRefused() ? report.refusal() : report.outcome());
            answer.complete(report);
        }, "raft-change");
        thread.setDaemon(true);
        thread.start();
        return answer;
    }

    /** A plan is made first, so a Raft leader that hangs is found out by that. */
    static Duration patience(boolean planOnly) {
        return planOnly ? PLAN : LONGEST;
    }

    private CompletableFuture<ChangeReport> ask(HostPort leader, GroupChange.Order order) {
        return links.to(leader).call(Rpc.CHANGE, PeerEndpoint.frame(group, order.encode()), patience(order.planOnly()))
                .thenApply(ChangeReport::decode).exceptionally(e -> ChangeReport.refused(Refusal.NO_LEADER,
                        "the Raft leader at " + leader + " did not answer (" + RemoteTarget.why(e)
                                + "); look with 'raft members' at what the group is now"));
    }

    GroupFacts facts() {
        Roster roster = server.roster();
        Optional<Followers> followers = server.division().flatMap(d -> Followers.of(d, roster));
        List<Place> places = roster.all().stream().map(p -> place(p, roster, followers)).toList();
        return new GroupFacts(places, expectations.all());
    }

    private Place place(RaftPeer peer, Roster roster, Optional<Followers> followers) {
        HostPort address = HostPort.parse(peer.getAddress(), 0);
        if (peer.getId().toString().equals(server.id().toString())) {
            return new Place(server.address(), roster.hasVote(peer), true, 0, 0);
        }
        Optional<Followers.One> known = followers.flatMap(f -> f.find(peer.getId().toString()));
        long missing = followers.flatMap(f -> known.map(k -> Math.max(0, f.commit() - k.matched()))).orElse(Long.MAX_VALUE);
        return new Place(address, roster.hasVote(peer), false,
                known.map(Followers.One::silentMillis).orElse(Long.MAX_VALUE), missing);
    }

    private ChangeReport perform(GroupChange change, ChangeReport plan) throws IOException {
        if (change instanceof GroupChange.Add add) {
            return add(add, plan);
        } else if (change instanceof GroupChange.Expect expect) {
            return expectations.note(expect.address(), expect.listener()) ? plan.done("the peer at " + expect.address()
                    + " is taken in when it starts") : plan.refuse(Refusal.FAILED, "it could not be noted in time");
        } else if (change instanceof GroupChange.Remove remove) {
            return remove(remove.address(), plan);
        } else if (change instanceof GroupChange.Replace replace) {
            return replace(replace, plan);
        } else if (change instanceof GroupChange.Promote promote) {
            RaftPeer peer = at(promote.address());
            membership.change(roster -> roster.withVoter(peer));
            expectations.noteBack(promote.address());
            return plan.done(promote.address() + " has a vote now");
        } else if (change instanceof GroupChange.Demote demote) {
            return demote(demote.address(), plan);
        }
        return transfer(((GroupChange.Transfer) change).to(), plan);
    }

    private RaftPeer at(HostPort address) throws IOException {
        return server.roster().at(address.toString()).orElseThrow(() -> new IOException(address + " is no longer in the group"));
    }

    private ChangeReport add(GroupChange.Add add, ChangeReport plan) {
        String objection = look(add.address()).join();
        if (!objection.isEmpty()) {
            return plan.refuse(Refusal.UNREACHABLE, objection);
        }
        if (!expectations.note(add.address(), add.listener())) {
            return plan.refuse(Refusal.FAILED, "it could not be noted in time");
        }
        invite(add.address());
        if (!await(TAKE_IN, () -> server.roster().at(add.address().toString()).isPresent())) {
            expectations.forget(add.address());
            return plan.refuse(Refusal.FAILED, "the peer at " + add.address() + " answers, and was not taken in within "
                    + TAKE_IN.toSeconds() + " s; its log says why");
        }
        return plan.done(add.address() + " is a " + (add.listener() ? "listener" : "voter") + " of the group now");
    }

    /** The address of the peer that is to come with a change, if it is not in the group yet. */
    private Optional<HostPort> newcomer(GroupChange change) {
        Optional<HostPort> address = change instanceof GroupChange.Add add ? Optional.of(add.address())
                : change instanceof GroupChange.Replace replace ? Optional.of(replace.by()) : Optional.empty();
        return address.filter(a -> server.roster().at(a.toString()).isEmpty());
    }

    /** Why the peer at an address cannot be taken in; empty when it can. */
    private CompletableFuture<String> look(HostPort address) {
        return hello(address, HELLO_TRIES).thenApply(there -> objection(address, there)).exceptionally(e ->
                "the Raft leader " + server.address() + " cannot reach " + address + " (" + RemoteTarget.why(e)
                        + "); start the agent there first, with this address as raft.self_addr and those of the group as"
                        + " raft.partner_addrs");
    }

    /** More than once: a connection that was refused before fails the next call before it is tried anew. */
    private CompletableFuture<Hello> hello(HostPort address, int tries) {
        CompletableFuture<Hello> asked = links.to(address).call(Rpc.HELLO, PeerEndpoint.frame(group, new byte[0]), PROBE)
                .thenApply(Hello::decode);
        return tries <= 1 ? asked : asked.handle((there, failure) -> failure == null ? asked
                : CompletableFuture.supplyAsync(() -> hello(address, tries - 1), CompletableFuture.delayedExecutor(200,
                        TimeUnit.MILLISECONDS)).thenCompose(h -> h)).thenCompose(h -> h);
    }

    private static String objection(HostPort address, Hello there) {
        String why = "";
        if (!there.address().equals(address)) {
            why = "it calls itself " + there.address() + "; name it by its raft.self_addr";
        } else if (there.stage() == Stage.FORMED) {
            why = "it belongs to a group of its own; stop its agent, move its raft.data_dir away and start it again";
        } else if (there.stage() == Stage.REMOVED) {
            why = "it was removed from a group; stop its agent, move its raft.data_dir away and start it again";
        }
        return why.isEmpty() ? "" : "the peer at " + address + " cannot be taken in: " + why;
    }

    /** Tells a peer where the group is; it may be about to join by itself. */
    private void invite(HostPort address) {
        WireOut out = new WireOut();
        List<RaftPeer> all = server.roster().all();
        out.i32(all.size());
        all.forEach(p -> out.text(p.getAddress()));
        links.to(address).call(Rpc.INVITE, PeerEndpoint.frame(group, out.done()), PROBE)
                .exceptionally(e -> {
                    LOG.warn("The peer at {} was not told of the group: {}.", address, RemoteTarget.why(e));
                    return new byte[0];
                });
    }

    private ChangeReport remove(HostPort address, ChangeReport plan) throws IOException {
        if (server.roster().at(address.toString()).isEmpty()) {
            return expectations.forget(address) ? plan.done(address + " is not expected any more")
                    : plan.refuse(Refusal.FAILED, "it could not be noted in time");
        }
        if (address.equals(server.address())) {
            return asAnother(new GroupChange.Remove(address), plan);
        }
        RaftPeer peer = at(address);
        membership.change(roster -> roster.without(peer));
        expectations.noteBack(address);
        return plan.done(address + " is no longer in the group; if its agent runs, it says so and goes on without a peer of its"
                + " own");
    }

    private ChangeReport replace(GroupChange.Replace replace, ChangeReport plan) throws IOException {
        Optional<Place> former = facts().at(replace.former());
        boolean there = server.roster().at(replace.by().toString()).isPresent();
        boolean dead = former.filter(f -> !f.answers()).isPresent();
        GroupChange.Add add = new GroupChange.Add(replace.by(), former.filter(f -> !f.voter()).isPresent());
        if (!there) {
            String objection = look(replace.by()).join();
            if (!objection.isEmpty()) {
                return plan.refuse(Refusal.UNREACHABLE, objection);
            }
            // a dead voter goes first: with the new one beside it, one more loss would stop the group
            if (dead) {
                RaftPeer gone = at(replace.former());
                membership.change(roster -> roster.without(gone));
            }
            ChangeReport added = add(add, plan);
            if (added.isRefused() || dead) {
                return added.isRefused() && dead ? plan.refuse(Refusal.FAILED, replace.former() + " was removed, but "
                        + added.refusal()) : added.isRefused() ? added : plan.done(replaced(replace));
            }
        }
        ChangeReport removed = remove(replace.former(), plan);
        return removed.isRefused() ? removed : plan.done(replaced(replace));
    }

    private static String replaced(GroupChange.Replace replace) {
        return replace.by() + " has taken the place of " + replace.former();
    }

    private ChangeReport demote(HostPort address, ChangeReport plan) throws IOException {
        if (address.equals(server.address())) {
            return asAnother(new GroupChange.Demote(address), plan);
        }
        RaftPeer peer = at(address);
        if (!expectations.noteAway(address)) {
            return plan.refuse(Refusal.FAILED, "it could not be noted in time");
        }
        membership.change(roster -> roster.withListener(peer));
        return plan.done(address + " has no vote any more");
    }

    /** What concerns the Raft leader itself is done by its successor. */
    private ChangeReport asAnother(GroupChange change, ChangeReport plan) {
        ChangeReport moved = transfer(Optional.empty(), plan);
        if (moved.isRefused()) {
            return moved;
        }
        HostPort successor = server.leader().orElseThrow();
        ChangeReport report = ask(successor, new GroupChange.Order(change, false)).join();
        for (int i = 0; i < 20 && report.kind() == Refusal.NO_LEADER && !server.leading(); i++) {
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(100));
            report = ask(server.leader().orElse(successor), new GroupChange.Order(change, false)).join();
        }
        return report;
    }

    private ChangeReport transfer(Optional<HostPort> to, ChangeReport plan) {
        if (to.filter(server.address()::equals).isPresent()) {
            return plan.done(server.address() + " is the Raft leader");
        }
        boolean moved = to.map(membership::transferTo).orElseGet(membership::transferToBest).join();
        boolean gone = await(LEAD, () -> !server.leading() && server.leader().filter(l -> !l.equals(server.address()))
                .isPresent());
        if (!moved && !gone) {
            return plan.refuse(Refusal.FAILED, "the Raft leadership was not handed over; " + server.address() + " still has it");
        }
        return plan.done(server.leader().map(HostPort::toString).orElse("another peer") + " is the Raft leader now");
    }

    private static boolean await(Duration patience, BooleanSupplier condition) {
        long deadline = System.nanoTime() + patience.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - deadline > 0) {
                return false;
            }
            LockSupport.parkNanos(LOOK_NANOS);
        }
        return true;
    }
}
