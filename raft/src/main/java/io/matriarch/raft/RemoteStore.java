package io.matriarch.raft;

import io.matriarch.config.HostPort;
import io.matriarch.config.PeerTls;
import io.matriarch.dcs.ReplicatedStore;
import io.matriarch.raft.GroupStatus.PeerStatus;
import io.matriarch.raft.GroupStatus.Role;
import io.matriarch.store.Bytes;
import io.matriarch.store.Command;
import io.matriarch.store.RangeRequest;
import io.matriarch.tls.TlsException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;

/**
 * The store as a process without a peer of its own uses it: an agent that only lists partners, or a command line.
 *
 * <p>Nothing is connected before the first call. Reads are answered by the peers, {@code LOCAL} ones by any of them.
 */
public final class RemoteStore implements ReplicatedStore {

    private final List<HostPort> peers;
    private final String group;
    private final Threads threads = new Threads();
    private final PeerLinks links;
    private final Age age = new Age(System::nanoTime);
    private final Proposer proposer;
    private final RemoteReads reads;
    private final Set<RemoteWatch> watches = ConcurrentHashMap.newKeySet();

    private RemoteStore(List<HostPort> peers, String group, Optional<PeerSecurity> security) {
        this.peers = List.copyOf(peers);
        this.links = new PeerLinks(threads.replies(), security);
        this.group = group;
        this.proposer = new Proposer(new RemoteRoute(), threads.timer(), threads.replies());
        this.reads = new RemoteReads(links, group, () -> this.peers, threads.timer(), age);
    }

    /** @param peers addresses of peers of the group; one that answers is enough */
    public static RemoteStore connect(List<HostPort> peers, String group) {
        return new RemoteStore(peers, group, Optional.empty());
    }

    /**
     * The same over TLS, where the configuration has it.
     *
     * @throws TlsException when its files cannot be used
     */
    public static RemoteStore connect(List<HostPort> peers, String group, Optional<PeerTls> tls) throws TlsException {
        return new RemoteStore(peers, group, PeerSecurity.open(tls, peers));
    }

    @Override
    public CompletableFuture<Outcome> propose(Command command, Duration timeout) {
        return EmbeddedStore.propose(proposer, 0, command, timeout);
    }

    @Override
    public CompletableFuture<Outcome> range(RangeRequest request, Consistency consistency, Duration timeout) {
        return reads.range(request, consistency, timeout);
    }

    /** The age of the state behind the last answer, plus the time since. */
    @Override
    public Duration localAge() {
        return age.get();
    }

    @Override
    public Watch watch(Bytes key, Bytes rangeEnd, long startRevision, WatchListener listener) {
        RemoteWatch watch = new RemoteWatch(new RemoteWatch.Range(key, rangeEnd, startRevision), listener, links, group,
                peers, threads);
        watches.removeIf(RemoteWatch::isClosed);
        watches.add(watch);
        watch.start();
        return watch;
    }

    /**
     * Asks the peers about the group: one for its members, then every member for itself.
     *
     * @return empty when no peer answered in time
     */
    public Optional<GroupStatus> groupStatus(Duration timeout) {
        long deadline = System.nanoTime() + timeout.toNanos();
        byte[] message = PeerEndpoint.frame(group, new byte[0]);
        List<GroupStatus> answers = ask(new LinkedHashSet<>(peers), message, timeout);
        Set<HostPort> more = new LinkedHashSet<>();
        answers.forEach(a -> a.peers().forEach(p -> more.add(p.address())));
        peers.forEach(more::remove);
        Duration left = Duration.ofNanos(Math.max(1, deadline - System.nanoTime()));
        List<GroupStatus> all = new ArrayList<>(answers);
        all.addAll(ask(more, message, left));
        return all.isEmpty() ? Optional.empty() : Optional.of(merge(all));
    }

    /**
     * Carries the word of an operator to the peers: the group may be founded although some addresses do not answer. Every
     * peer that is left must hear it; it is forgotten when its process ends.
     *
     * @param without addresses that need not answer; they must be empty or stay off, or two groups will exist
     * @return what each of the others said; an empty text is a yes
     */
    public SortedMap<String, String> formWithout(List<HostPort> without, Duration timeout) {
        WireOut out = new WireOut().i32(without.size());
        without.forEach(a -> out.text(a.toString()));
        byte[] message = PeerEndpoint.frame(group, out.done());
        SortedMap<String, CompletableFuture<String>> asked = new TreeMap<>();
        peers.stream().filter(p -> !without.contains(p)).forEach(p -> asked.put(p.toString(), links.to(p)
                .call(Rpc.FORM, message, timeout).thenApply(b -> new WireIn(b).text()).exceptionally(RemoteTarget::why)));
        SortedMap<String, String> answers = new TreeMap<>();
        asked.forEach((address, answer) -> answers.put(address, answer.join()));
        return answers;
    }

    /**
     * Has the group changed by its Raft leader, through the first peer that knows one.
     *
     * @param planOnly say what would come of it, and change nothing
     */
    public ChangeReport change(GroupChange change, boolean planOnly) {
        byte[] message = PeerEndpoint.frame(group, new GroupChange.Order(change, planOnly).encode());
        ChangeReport last = ChangeReport.refused(ChangeReport.Refusal.NO_LEADER, "no peer of the group answers");
        for (HostPort peer : peers) {
            if (ask(Set.of(peer), PeerEndpoint.frame(group, new byte[0]), Duration.ofSeconds(1)).isEmpty()) {
                continue;
            }
            last = links.to(peer).call(Rpc.CHANGE, message, Administration.patience(planOnly)).thenApply(ChangeReport::decode)
                    .exceptionally(e -> ChangeReport.refused(ChangeReport.Refusal.FAILED, "the answer of " + peer
                            + " did not come (" + RemoteTarget.why(e) + "); look with 'raft members' at what the group is now"))
                    .join();
            if (last.kind() != ChangeReport.Refusal.NO_LEADER) {
                return last;
            }
        }
        return last;
    }

    /**
     * Lets peers take a snapshot of their state now.
     *
     * @return by address the index of the log it reaches, or why there is none
     */
    public SortedMap<String, String> snapshot(List<HostPort> of, Duration timeout) {
        byte[] message = PeerEndpoint.frame(group, new byte[0]);
        SortedMap<String, CompletableFuture<String>> asked = new TreeMap<>();
        of.forEach(p -> asked.put(p.toString(), links.to(p).call(Rpc.SNAPSHOT, message, timeout)
                .thenApply(b -> new WireIn(b).i64()).thenApply(i -> i < 0 ? "refused" : "at index " + i)
                .exceptionally(RemoteTarget::why)));
        SortedMap<String, String> answers = new TreeMap<>();
        asked.forEach((address, answer) -> answers.put(address, answer.join()));
        return answers;
    }

    private List<GroupStatus> ask(Set<HostPort> addresses, byte[] message, Duration timeout) {
        Duration patience = timeout.compareTo(Duration.ofSeconds(1)) < 0 ? timeout : Duration.ofSeconds(1);
        List<CompletableFuture<Optional<GroupStatus>>> asked = addresses.stream()
                .map(a -> links.to(a).call(Rpc.STATUS, message, patience)
                        .thenApply(b -> Optional.of(GroupStatus.decode(b))).exceptionally(e -> Optional.empty()))
                .toList();
        return asked.stream().map(CompletableFuture::join).flatMap(Optional::stream).toList();
    }

    /** Each peer is described by itself where it answered, and by the Raft leader's account otherwise. */
    private static GroupStatus merge(List<GroupStatus> answers) {
        GroupStatus best = answers.stream().filter(a -> a.peers().stream().anyMatch(p -> p.self() && p.raftLeader()))
                .findFirst().or(() -> answers.stream()
                        .filter(a -> a.formation() == GroupStatus.Formation.FORMED).findFirst())
                .orElse(answers.get(0));
        TreeMap<String, PeerStatus> peers = new TreeMap<>();
        best.peers().forEach(p -> peers.put(p.address().toString(), silent(p)));
        // one that was removed may still count itself: the Raft leader knows better
        Set<String> known = best.peers().stream().map(PeerStatus::id).collect(Collectors.toSet());
        boolean led = best.peers().stream().anyMatch(p -> p.self() && p.raftLeader());
        for (GroupStatus answer : answers) {
            answer.peers().stream().filter(PeerStatus::self).forEach(p -> peers.put(p.address().toString(),
                    new PeerStatus(p.id(), p.address(), p.role(), p.raftLeader(), false, p.term(), p.commitIndex(),
                            p.appliedIndex(), p.contactMillis(), led && !known.contains(p.id())
                            ? GroupStatus.Part.OUTSIDE : p.part())));
        }
        return new GroupStatus(best.group(), best.formation(), best.missing(), explanation(best, answers),
                List.copyOf(peers.values()));
    }

    /** In a group that works, what each peer has to say of itself; otherwise what is in the way of the group. */
    private static String explanation(GroupStatus best, List<GroupStatus> answers) {
        if (best.formation() != GroupStatus.Formation.FORMED) {
            return best.explanation();
        }
        return answers.stream().filter(a -> !a.explanation().isEmpty()).map(a -> a.peers().stream()
                .filter(PeerStatus::self).map(p -> p.address() + ": ").findFirst().orElse("") + a.explanation())
                .sorted().collect(Collectors.joining("\n "));
    }

    private static PeerStatus silent(PeerStatus p) {
        OptionalLong contact = p.contactMillis();
        if (p.part() == GroupStatus.Part.EXPECTED || p.part() == GroupStatus.Part.EXPECTED_LISTENER) {
            return p;
        }
        return new PeerStatus(p.id(), p.address(), Role.UNREACHABLE, false, false, p.term(), p.commitIndex(),
                p.appliedIndex(), contact, p.part());
    }

    @Override
    public void close() {
        proposer.close();
        watches.forEach(RemoteWatch::close);
        links.close();
        threads.close();
    }

    private final class RemoteRoute implements Route {

        @Override
        public Optional<Target> leader() {
            return Optional.empty();
        }

        @Override
        public List<Target> all() {
            return peers.stream().map(this::at).toList();
        }

        @Override
        public Target at(HostPort address) {
            return new RemoteTarget(links.to(address), group);
        }
    }
}
