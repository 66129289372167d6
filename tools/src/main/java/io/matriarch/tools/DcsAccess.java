package io.matriarch.tools;

import io.matriarch.cluster.ClusterKeys;
import io.matriarch.cluster.ClusterView;
import io.matriarch.cluster.MemberName;
import io.matriarch.cluster.Revision;
import io.matriarch.config.HostPort;
import io.matriarch.dcs.Dcs;
import io.matriarch.dcs.ReplicatedStore;
import io.matriarch.dcs.StoreDcs;
import io.matriarch.dcs.WriteResult;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** The keys of a cluster in its store. One thread. */
final class DcsAccess implements ClusterAccess {

    private static final Duration PATIENCE = Duration.ofSeconds(5);
    private static final String ADVICE = "A majority of these agents must run and reach each other: check that they run, that"
            + " 'raft.self_addr' and 'raft.partner_addrs' are right, and that no firewall is between";

    private final ReplicatedStore store;
    private final Dcs dcs;
    private final List<HostPort> tried;
    private final String advice;

    /** Takes the store of a Raft group over, as the other constructor does. */
    DcsAccess(ReplicatedStore store, ClusterKeys keys, List<HostPort> tried) {
        this(store, keys, tried, ADVICE);
    }

    /**
     * Takes the store over: closing this closes it.
     *
     * @param tried  the addresses it goes to, for the message when none answers
     * @param advice what to look at then
     */
    DcsAccess(ReplicatedStore store, ClusterKeys keys, List<HostPort> tried, String advice) {
        this.advice = advice;
        this.store = store;
        this.dcs = new StoreDcs(store, keys);
        this.tried = List.copyOf(tried);
    }

    @Override
    public ClusterView read() {
        return dcs.view(Duration.ZERO, PATIENCE).orElseThrow(() -> unreachable(tried, PATIENCE, advice));
    }

    @Override
    public WriteResult writeConfig(Map<String, Object> document, Revision expected) {
        return dcs.writeConfig(document, Optional.of(expected), PATIENCE);
    }

    @Override
    public WriteResult requestFailover(Optional<MemberName> leader, Optional<MemberName> candidate,
                                       Optional<String> scheduledAt) {
        return dcs.requestFailover(leader, candidate, scheduledAt, PATIENCE);
    }

    @Override
    public void close() {
        dcs.close();
        store.close();
    }

    /** The error for a store that does not answer. */
    static CtlError unreachable(List<HostPort> tried, Duration waited) {
        return unreachable(tried, waited, ADVICE);
    }

    private static CtlError unreachable(List<HostPort> tried, Duration waited, String advice) {
        return new CtlError("the store did not answer within " + waited.toSeconds() + " s; tried "
                + tried.stream().map(HostPort::toString).collect(Collectors.joining(", "))
                + ". " + advice);
    }
}
