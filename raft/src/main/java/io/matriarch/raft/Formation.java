package io.matriarch.raft;

import io.matriarch.config.HostPort;
import io.matriarch.config.RaftConfig;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.apache.ratis.protocol.RaftPeer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings a peer that belongs to no group into one: it talks to the listed addresses and carries out what
 * {@link FormationDecision} says, until the peer is a member. Answers the same talk of others, before and after.
 *
 * <p>Threads: one of its own until the peer is a member; the answers come from threads of the transport.
 */
final class Formation implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Formation.class);
    private static final Duration ASK = Duration.ofMillis(700);
    private static final Duration ACCEPT = Duration.ofSeconds(2);
    private static final Duration JOIN = Duration.ofSeconds(12);
    private static final int QUICK_ROUNDS = 100;

    private final PeerDirectory directory;
    private final EmbeddedServer server;
    private final PeerLinks links;
    private final String group;
    private final SortedSet<String> list;
    private final boolean listener;
    private volatile Progress progress;
    private final CountDownLatch closed = new CountDownLatch(1);
    /** Who answered last at each other address. */
    private volatile Map<String, UUID> seen = Map.of();
    /** Addresses that an operator excused from answering; forgotten with the process. */
    private volatile Set<String> without = Set.of();
    /** Addresses of a group that was told to take this peer in; forgotten with the process. */
    private volatile Set<String> invitedTo = Set.of();
    private String lastWait = "";

    Formation(PeerDirectory directory, EmbeddedServer server, PeerLinks links, RaftConfig config) {
        this.directory = directory;
        this.server = server;
        this.links = links;
        this.group = config.group();
        this.listener = config.part().listener();
        this.list = new TreeSet<>(config.partnerAddrs().stream().map(HostPort::toString).toList());
        list.add(server.address().toString());
        this.progress = directory.record().stage() == Stage.FORMED ? Progress.formed()
                : new Progress(GroupStatus.Formation.WAITING, List.of(), "starting");
    }

    void start() {
        if (isSettled()) {
            return;
        }
        Thread thread = new Thread(this::run, "raft-formation");
        thread.setDaemon(true);
        thread.start();
    }

    private boolean isSettled() {
        Stage stage = directory.record().stage();
        return stage == Stage.FORMED || stage == Stage.REMOVED;
    }

    Progress progress() {
        return progress;
    }

    void stopped(String why) {
        progress = new Progress(GroupStatus.Formation.STOPPED, List.of(), why);
    }

    Hello self() {
        PeerDirectory.Record record = directory.record();
        SortedSet<UUID> members = server.roster().all().stream().map(p -> UUID.fromString(p.getId().toString()))
                .collect(Collectors.toCollection(TreeSet::new));
        boolean led = server.leading() || server.leader().isPresent();
        return new Hello(record.id(), server.address(), list, record.stage(), record.charter(), members, led);
    }

    /** Somebody asks to accept a charter. The answer is empty for yes, otherwise the objection. */
    synchronized byte[] accept(Charter charter) {
        Optional<String> objection = listener ? Optional.of("is a listener: leave it out of raft.partner_addrs of the voters")
                : FormationDecision.objection(self(), charter, without, seen);
        if (objection.isEmpty() && directory.record().stage() != Stage.FORMED) {
            objection = save(directory.record().withCharter(Stage.ACCEPTED, charter));
        }
        return new WireOut().text(objection.orElse("")).done();
    }

    /** An operator excuses addresses from answering. The answer is empty for yes, otherwise the objection. */
    synchronized byte[] leaveOut(Set<String> addresses) {
        Optional<String> objection = FormationDecision.objectionToLeaveOut(self(), addresses);
        if (objection.isEmpty()) {
            without = Set.copyOf(addresses);
            LOG.warn("Raft group '{}': an operator lets the group form without {}.", group, addresses);
        }
        return new WireOut().text(objection.orElse("")).done();
    }

    /** Members of a group say where it is. The answer is empty for thanks, otherwise the objection. */
    byte[] invited(Set<String> addresses) {
        boolean free = !isSettled();
        if (free) {
            invitedTo = Set.copyOf(addresses);
        }
        return new WireOut().text(free ? "" : "belongs to a group already").done();
    }

    /** The charter is in force. */
    synchronized byte[] commit(Charter charter) {
        Optional<String> objection = Optional.of("did not accept this charter");
        boolean mine = directory.record().charter().map(c -> c.equals(charter)).orElse(false);
        if (mine) {
            objection = directory.record().stage() == Stage.ACCEPTED ? found(charter) : Optional.empty();
        }
        return new WireOut().text(objection.orElse("")).done();
    }

    private Optional<String> save(PeerDirectory.Record record) {
        if (isClosed()) {
            return Optional.of("is being stopped");
        }
        try {
            directory.save(record);
            return Optional.empty();
        } catch (IOException e) {
            LOG.error("Cannot write to the Raft data directory {}: {}", directory.root(), e.toString());
            return Optional.of("cannot write to its disk: " + e);
        }
    }

    /** The group exists from here on: durable first, then the log is created. */
    private Optional<String> found(Charter charter) {
        Optional<String> objection = save(directory.record().withCharter(Stage.FORMED, charter));
        if (objection.isPresent()) {
            return objection;
        }
        progress = Progress.formed();
        LOG.info("The group '{}' is founded by {}.", group, charter.members().keySet());
        openGroup(peersOf(charter));
        return Optional.empty();
    }

    static List<RaftPeer> peersOf(Charter charter) {
        List<RaftPeer> peers = new ArrayList<>();
        charter.members().forEach((address, id) -> peers.add(EmbeddedServer.peer(id, address)));
        return peers;
    }

    /** The first configuration of the group; a peer that joined later has none, its log knows the members. */
    static List<RaftPeer> firstPeers(PeerDirectory.Record record) {
        return record.charter().filter(c -> record.stage() == Stage.FORMED && c.members().containsValue(record.id()))
                .map(Formation::peersOf).orElse(List.of());
    }

    private void openGroup(List<RaftPeer> peers) {
        if (server.hasGroup()) {
            return;
        }
        try {
            server.addGroup(peers);
            directory.save(directory.record().withStarted());
        } catch (IOException e) {
            LOG.error("Cannot create the log of the group: {}", e.toString(), e);
            stopped("cannot create the log: " + e.getMessage());
        }
    }

    private void run() {
        for (long round = 0; !isClosed() && !isSettled(); round++) {
            try {
                round(this::ask);
                if (closed.await(round < QUICK_ROUNDS ? 100 : 500, TimeUnit.MILLISECONDS)) {
                    return;
                }
            } catch (InterruptedException e) {
                // only a shutdown of the whole process interrupts this thread
                Thread.currentThread().interrupt();
                return;
            } catch (RuntimeException e) {
                LOG.error("Formation failed, it is tried again: {}", e.toString(), e);
            }
        }
    }

    /** Asks, looks at itself, decides, and does it. */
    void round(Supplier<Map<String, FormationDecision.Reply>> asking) {
        // Asked first, looked at oneself second: whoever answers that the group is founded was told so by this peer's
        // acceptance, which must be seen then. Otherwise a founder would try to join its own group.
        Map<String, FormationDecision.Reply> answers = asking.get();
        Map<String, UUID> present = new LinkedHashMap<>();
        answers.forEach((address, reply) -> {
            if (reply instanceof FormationDecision.Reply.Present p) {
                present.put(address, p.hello().id());
            }
        });
        seen = Map.copyOf(present);
        Hello self = self();
        if (self.stage() == Stage.FORMED || self.stage() == Stage.REMOVED) {
            return; // the word came while this peer asked
        }
        perform(FormationDecision.decide(self, answers, without, UUID.randomUUID()), self.stage());
    }

    private Set<String> known() {
        Set<String> all = new TreeSet<>(list);
        all.addAll(invitedTo);
        return all;
    }

    private List<HostPort> others() {
        return known().stream().filter(a -> !a.equals(server.address().toString())).map(a -> HostPort.parse(a, 0)).toList();
    }

    private Map<String, FormationDecision.Reply> ask() {
        byte[] message = PeerEndpoint.frame(group, new byte[0]);
        Map<String, CompletableFuture<FormationDecision.Reply>> asked = new LinkedHashMap<>();
        String own = server.address().toString();
        for (String address : known()) {
            asked.put(address, links.to(HostPort.parse(address, 0)).call(Rpc.HELLO, message, ASK)
                    .<FormationDecision.Reply>thenApply(b -> new FormationDecision.Reply.Present(Hello.decode(b)))
                    .exceptionally(e -> new FormationDecision.Reply.Absent(RemoteTarget.why(e))));
        }
        Map<String, FormationDecision.Reply> answers = new LinkedHashMap<>();
        asked.forEach((address, reply) -> answers.put(address, reply.join()));
        // the own address is asked too, since somebody else may answer there; not to be reached there is no obstacle
        boolean usual = !(answers.get(own) instanceof FormationDecision.Reply.Present p)
                || p.hello().id().equals(server.id());
        if (usual) {
            answers.remove(own);
        }
        return answers;
    }

    /** @param decidedAt the stage the step was decided at */
    private void perform(FormationDecision.Step step, Stage decidedAt) {
        if (step instanceof FormationDecision.Step.Wait wait) {
            progress = new Progress(directory.record().stage() == Stage.JOINING ? GroupStatus.Formation.JOINING
                    : GroupStatus.Formation.WAITING, wait.missing().stream().map(a -> HostPort.parse(a, 0)).toList(),
                    wait.why());
            if (!wait.why().equals(lastWait)) {
                lastWait = wait.why();
                LOG.info("Raft group '{}': {}.", group, wait.why());
            }
        } else if (step instanceof FormationDecision.Step.Found && listener) {
            progress = new Progress(GroupStatus.Formation.WAITING, List.of(), "is a listener: waits for a group of voters");
        } else if (step instanceof FormationDecision.Step.Found found) {
            propose(found.charter());
        } else if (step instanceof FormationDecision.Step.Adopt adopt) {
            synchronized (this) {
                if (directory.record().stage() != Stage.FORMED) {
                    found(adopt.charter());
                }
            }
        } else if (step instanceof FormationDecision.Step.Join) {
            join(decidedAt);
        }
    }

    private void propose(Charter charter) {
        Optional<String> own = Optional.of(new WireIn(accept(charter)).text()).filter(s -> !s.isEmpty());
        Map<HostPort, String> objections = tell(Rpc.ACCEPT, charter, ACCEPT);
        own.ifPresent(o -> objections.put(server.address(), o));
        if (!objections.isEmpty()) {
            LOG.info("Raft group '{}' is not founded yet: {}.", group, objections);
            return;
        }
        synchronized (this) {
            boolean still = directory.record().charter().map(c -> c.equals(charter)).orElse(false);
            if (!still || directory.record().stage() != Stage.ACCEPTED || found(charter).isPresent()) {
                return;
            }
        }
        // who misses this hears of it when it asks
        tell(Rpc.COMMIT, charter, ASK);
    }

    private Map<HostPort, String> tell(Rpc rpc, Charter charter, Duration timeout) {
        WireOut out = new WireOut();
        charter.write(out);
        byte[] message = PeerEndpoint.frame(group, out.done());
        Map<HostPort, CompletableFuture<String>> asked = new LinkedHashMap<>();
        for (HostPort address : others().stream().filter(a -> charter.members().containsKey(a.toString())).toList()) {
            asked.put(address, links.to(address).call(rpc, message, timeout).thenApply(b -> new WireIn(b).text())
                    .exceptionally(RemoteTarget::why));
        }
        Map<HostPort, String> objections = new LinkedHashMap<>();
        asked.forEach((address, answer) -> {
            String objection = answer.join();
            if (!objection.isEmpty()) {
                objections.put(address, objection);
            }
        });
        return objections;
    }

    private void join(Stage decidedAt) {
        synchronized (this) {
            if (directory.record().stage() != decidedAt) {
                return; // a charter was accepted meanwhile: decide anew
            }
            if (decidedAt != Stage.JOINING) {
                if (save(directory.record().withStage(Stage.JOINING)).isPresent()) {
                    return;
                }
                LOG.info("The partners form the group '{}' already; this peer joins it.", group);
            }
        }
        openGroup(List.of());
        if (server.isMember() && server.leader().isPresent()) {
            if (save(directory.record().withStage(Stage.FORMED)).isEmpty()) {
                progress = Progress.formed();
                LOG.info("This peer is a member of the group '{}'.", group);
            }
            return;
        }
        byte[] message = PeerEndpoint.frame(group, new Membership.Applicant(server.id(), server.address(),
                directory.record().replaces(), listener).encode());
        String answer = "no member of the group answers";
        for (HostPort address : others()) {
            answer = links.to(address).call(Rpc.JOIN, message, JOIN).thenApply(b -> new WireIn(b).text())
                    .exceptionally(RemoteTarget::why).join();
            if (answer.isEmpty()) {
                break;
            }
        }
        progress = new Progress(GroupStatus.Formation.JOINING, List.of(), answer);
        if (!answer.equals(lastWait)) {
            lastWait = answer;
            LOG.info("Joining the group '{}': {}.", group, answer.isEmpty() ? "taken in" : answer);
        }
    }

    private boolean isClosed() {
        return closed.getCount() == 0;
    }

    @Override
    public void close() {
        closed.countDown();
    }
}
