package io.matriarch.simulation;

import io.matriarch.cluster.MemberName;
import io.matriarch.ha.CutVote;
import io.matriarch.ha.OperatorIntent;
import io.matriarch.ha.PeerReport;
import io.matriarch.ha.PostgresStatus;
import io.matriarch.ha.Tick;
import io.matriarch.loop.NodeStatus;
import io.matriarch.loop.PeerProbe;
import java.net.URI;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/** How one agent asks the others: over the links there are, answered from what the other agent last published. */
final class SimulatedPeers implements PeerProbe {

    private static final long WELCOME = 100 * Options.MILLI;

    private final Machine me;
    private final Network network;
    private final Map<String, Host> byName;
    private final Chance chance;

    SimulatedPeers(Machine me, Network network, Map<String, Host> byName, Chance chance) {
        this.me = me;
        this.network = network;
        this.byName = byName;
        this.chance = chance;
    }

    @Override
    public Map<MemberName, PeerReport> ask(Map<MemberName, String> apiUrls, Set<MemberName> needed,
                                           Set<MemberName> welcome, Duration patience) {
        long limit = me.clock().toReal(patience.toNanos());
        long wait = 0;
        Map<MemberName, NodeStatus> answers = new TreeMap<>();
        for (Map.Entry<MemberName, String> entry : new TreeMap<>(apiUrls).entrySet()) {
            if (!needed.contains(entry.getKey()) && !welcome.contains(entry.getKey())) {
                continue;
            }
            long mine = needed.contains(entry.getKey()) ? limit : Math.min(limit, WELCOME);
            Optional<Host> host = Optional.ofNullable(byName.get(URI.create(entry.getValue()).getHost()));
            Optional<NodeStatus> status = host.filter(this::reaches).flatMap(Host::agent)
                    .flatMap(agent -> agent.board().read());
            long takes = status.isPresent() ? roundTrip(host.orElseThrow()) : mine;
            if (status.isPresent() && takes <= mine) {
                answers.put(entry.getKey(), status.get());
            }
            wait = Math.max(wait, Math.min(takes, mine));
        }
        me.spend(wait);
        Map<MemberName, PeerReport> reports = new TreeMap<>();
        answers.forEach((name, status) -> reports.put(name, report(status)));
        return reports;
    }

    private boolean reaches(Host other) {
        return network.isUpBothWays(me.id(), other.id()) && other.machine().isAgentRunning();
    }

    private long roundTrip(Host other) {
        return network.delay(me.id(), other.id()) + network.delay(other.id(), me.id())
                + chance.between(Options.MILLI, 5 * Options.MILLI);
    }

    private PeerReport report(NodeStatus status) {
        PostgresStatus postgres = status.postgres();
        return new PeerReport(me.now(), postgres.connectable(), postgres.role(), postgres.position(),
                postgres.timeline(), false, status.tags());
    }

    @Override
    public Supplier<Map<MemberName, CutVote>> cut(Map<MemberName, String> apiUrls, OperatorIntent.CutRequest request,
                                                  int needed, Duration patience) {
        Tick end = me.now().plus(patience);
        Map<MemberName, CutVote> votes = new TreeMap<>();
        CompletableFuture<Boolean> enough = new CompletableFuture<>();
        for (Map.Entry<MemberName, String> entry : new TreeMap<>(apiUrls).entrySet()) {
            Host host = byName.get(URI.create(entry.getValue()).getHost());
            if (host != null && network.isUp(me.id(), host.id())) {
                host.machine().onAgent(network.delay(me.id(), host.id()) + Options.MILLI, () ->
                        host.agent().ifPresent(agent -> agent.cut(request, vote -> answer(host, () -> {
                            votes.put(entry.getKey(), vote);
                            if (votes.size() >= needed) {
                                enough.complete(true);
                            }
                        }))));
            }
        }
        return () -> {
            me.await(me.clock().toReal(Math.max(0, end.since(me.now()).toNanos())), enough);
            return Map.copyOf(votes);
        };
    }

    private void answer(Host from, Runnable arrive) {
        me.onAgent(network.delay(from.id(), me.id()), () -> {
            if (network.isUp(from.id(), me.id())) {
                arrive.run();
            }
        });
    }

    @Override
    public void close() {
        // Nothing is open between two questions.
    }
}
