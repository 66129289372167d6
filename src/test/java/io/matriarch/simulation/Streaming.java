package io.matriarch.simulation;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiConsumer;

/** Streaming replication between the servers: who follows whom, connections, data under way. */
final class Streaming {

    private static final long OWN_RETRY = 4_700_000_000L;
    private static final long RECONNECT = 40_000_000L;
    private static final long RETRANSMITTED = 400_000_000L;

    private final EventLoop loop;
    private final Network network;
    private final boolean slots;
    private final Map<PgServer, Link> links = new HashMap<>();
    private final List<PgServer> servers = new ArrayList<>();
    private final long usualLag;
    private BiConsumer<PgServer, PgServer> onTwin = (replica, source) -> { };

    Streaming(EventLoop loop, Network network, boolean slots, long lag) {
        this.loop = loop;
        this.network = network;
        this.slots = slots;
        this.usualLag = lag;
    }

    void add(PgServer server) {
        servers.add(server);
        links.put(server, new Link(usualLag));
    }

    /** How long data is under way to a replica from now on. */
    void lag(PgServer replica, long nanos) {
        links.get(replica).lag = nanos;
    }

    void usualLag(PgServer replica) {
        lag(replica, usualLag);
    }

    /** Takes over another upstream, or none. */
    void follow(PgServer replica, Optional<PgServer> upstream) {
        Link link = links.get(replica);
        boolean same = link.source.equals(upstream);
        link.upstream = upstream;
        if (same && link.connected) {
            return;
        }
        if (link.connected && replica.isReplayStuck()) {
            // The startup process notices the new setting when it wants more log; its receiver runs on until then.
            int connection = link.connection;
            loop.at(replica.stuckUntil(), () -> {
                if (connection == link.connection) {
                    follow(replica, link.upstream);
                }
            });
            return;
        }
        link.drop();
        reconnect(replica);
    }

    /** The WAL receiver is told to end. Another is started when the startup process wants more log. */
    void endReceiver(PgServer replica) {
        Link link = links.get(replica);
        if (link.connected) {
            link.drop();
            tryIn(replica, OWN_RETRY);
        }
    }

    /** Two timelines with one number and one beginning could not be told apart. */
    void twinOverlooked(PgServer replica, PgServer source) {
        onTwin.accept(replica, source);
    }

    void onTwin(BiConsumer<PgServer, PgServer> listener) {
        onTwin = listener;
    }

    /** What each connected replica has told a server that it has on disk, by name. */
    Map<String, Long> flushed(PgServer source) {
        Map<String, Long> positions = new HashMap<>();
        for (PgServer replica : servers) {
            Link link = links.get(replica);
            if (link.connected && link.isFrom(source) && link.flushed >= 0) {
                positions.put(replica.name().value(), link.flushed);
            }
        }
        return positions;
    }

    Optional<PgServer> upstream(PgServer replica) {
        return links.get(replica).upstream;
    }

    /** Where its receiver is connected to: not what is configured when it was told otherwise and has not noticed. */
    Optional<PgServer> source(PgServer replica) {
        return links.get(replica).source;
    }

    boolean isConnected(PgServer replica) {
        return links.get(replica).connected;
    }

    /** Replicas that stream from a server. */
    List<PgServer> replicasOf(PgServer source) {
        return servers.stream().filter(s -> links.get(s).connected && links.get(s).isFrom(source)).toList();
    }

    /** Tries to connect soon. */
    void reconnect(PgServer replica) {
        tryIn(replica, RECONNECT);
    }

    private void tryIn(PgServer replica, long delay) {
        Link link = links.get(replica);
        int attempt = ++link.attempt;
        loop.after(delay, () -> {
            if (attempt == link.attempt) {
                connect(replica, link);
            }
        });
    }

    private void connect(PgServer replica, Link link) {
        if (link.connected || replica.process() != PgServer.Process.REPLICA || replica.isPromoting()
                || link.upstream.isEmpty()) {
            return;
        }
        PgServer source = link.upstream.get();
        boolean wanted = !replica.isFrozen() && !replica.isReplayStuck();
        if (wanted && canServe(source, replica) && continues(source, replica)) {
            link.connected = true;
            link.source = link.upstream;
            arm(replica, link);
            tell(replica, source, link);
        } else {
            tryIn(replica, OWN_RETRY);
        }
    }

    private boolean canServe(PgServer source, PgServer replica) {
        boolean running = source.isConnectable() && !source.isStopping();
        boolean slot = !slots || source.process() != PgServer.Process.PRIMARY
                || source.slots().contains(replica.name().value());
        return running && slot && network.isUpBothWays(source.machine().id(), replica.machine().id());
    }

    private static boolean continues(PgServer source, PgServer replica) {
        return source.isPresent() && Branch.related(source.branch(), replica.branch())
                && source.branch().follows(replica.branch(), source.end()) >= replica.end();
    }

    /** A server accepts connections now, or has a new timeline. */
    void sourceReady(PgServer source) {
        for (PgServer replica : replicasOf(source)) {
            arm(replica, links.get(replica));
        }
    }

    /** A server's log has grown. */
    void grown(PgServer source) {
        for (PgServer replica : servers) {
            Link link = links.get(replica);
            if (link.connected && link.isFrom(source)) {
                arm(replica, link);
            }
        }
    }

    private void arm(PgServer replica, Link link) {
        PgServer source = link.source.orElseThrow();
        if (link.armed || source.branch() == replica.branch() && source.end() == replica.end()) {
            return;
        }
        link.armed = true;
        int connection = link.connection;
        Branch branch = source.branch();
        long end = source.end();
        loop.after(link.lag, () -> {
            if (connection == link.connection) {
                link.armed = false;
                deliver(replica, link, source, branch, end);
            }
        });
    }

    private void deliver(PgServer replica, Link link, PgServer source, Branch branch, long end) {
        if (!network.isUpBothWays(source.machine().id(), replica.machine().id())
                || branch.follows(replica.branch(), end) < replica.end()) {
            link.drop();
            tryIn(replica, OWN_RETRY);
            return;
        }
        if (replica.isFrozen()) {
            arm(replica, link);
            return;
        }
        replica.advanceTo(branch, end);
        tell(replica, source, link);
        if (link.connected && !link.ending) {
            arm(replica, link);
        } else if (link.ending) {
            link.drop();
            tryIn(replica, OWN_RETRY);
        }
    }

    /** The receiver reports what is on disk; that is on its way even when the receiver ends meanwhile. */
    private void tell(PgServer replica, PgServer source, Link link) {
        if (source.commits().rule().isOff()) {
            link.flushed = replica.end();
            return;
        }
        long position = replica.end();
        int generation = source.generation();
        loop.after(network.delay(replica.machine().id(), source.machine().id()),
                () -> told(replica, source, generation, position));
    }

    private void told(PgServer replica, PgServer source, int generation, long position) {
        if (source.generation() != generation) {
            return;
        }
        if (!network.isUp(replica.machine().id(), source.machine().id())) {
            if (links.get(replica).connected && links.get(replica).isFrom(source)) {
                loop.after(RETRANSMITTED, () -> told(replica, source, generation, position));
            }
            return;
        }
        if (source.isFrozen()) {
            loop.at(source.frozenUntil(), () -> told(replica, source, generation, position));
            return;
        }
        Link link = links.get(replica);
        Map<String, Long> positions = flushed(source);
        positions.merge(replica.name().value(), position, Math::max);
        if (link.connected && link.isFrom(source)) {
            link.flushed = Math.max(link.flushed, position);
        }
        source.commits().confirmed(positions);
    }

    /** Everything a stopping server has goes to the replicas that stream from it. */
    void flush(PgServer source) {
        for (PgServer replica : replicasOf(source)) {
            if (network.isUpBothWays(source.machine().id(), replica.machine().id()) && !replica.isFrozen()
                    && continues(source, replica)) {
                replica.advanceTo(source.branch(), source.end());
            }
        }
    }

    /** A server's processes ended: what it had sent still arrives. */
    void sourceGone(PgServer source) {
        for (PgServer replica : replicasOf(source)) {
            Link link = links.get(replica);
            if (link.armed) {
                link.ending = true;
            } else {
                link.drop();
                tryIn(replica, OWN_RETRY);
            }
        }
    }

    /** A replica ends, or stops receiving. */
    void leave(PgServer replica) {
        links.get(replica).drop();
    }

    /** One replica's configuration and connection. */
    private static final class Link {
        private Optional<PgServer> upstream = Optional.empty();
        private Optional<PgServer> source = Optional.empty();
        private long flushed = -1;
        private boolean connected;
        private boolean armed;
        private boolean ending;
        private int connection;
        private int attempt;
        private long lag;

        private Link(long lag) {
            this.lag = lag;
        }

        private boolean isFrom(PgServer server) {
            return source.isPresent() && source.get() == server;
        }

        private void drop() {
            connected = false;
            source = Optional.empty();
            flushed = -1;
            armed = false;
            ending = false;
            connection++;
        }
    }
}
