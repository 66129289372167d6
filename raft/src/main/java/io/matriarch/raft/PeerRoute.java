package io.matriarch.raft;

import io.matriarch.config.HostPort;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/** The ways of a process that has its own peer: itself, the configured partners, and the members it knows of. */
final class PeerRoute implements Route {

    private final Supplier<Optional<EmbeddedServer>> server;
    private final PeerLinks links;
    private final String group;
    private final List<HostPort> partners;

    PeerRoute(Supplier<Optional<EmbeddedServer>> server, PeerLinks links, String group, List<HostPort> partners) {
        this.server = server;
        this.links = links;
        this.group = group;
        this.partners = List.copyOf(partners);
    }

    @Override
    public Optional<Target> leader() {
        return server.get().flatMap(EmbeddedServer::leader).map(this::at);
    }

    @Override
    public List<Target> all() {
        List<Target> targets = new ArrayList<>();
        server.get().filter(s -> s.division().isPresent()).ifPresent(s -> targets.add(new LocalTarget(s)));
        others().forEach(a -> targets.add(at(a)));
        return targets;
    }

    /** The addresses of the other peers. */
    List<HostPort> others() {
        Set<HostPort> addresses = new LinkedHashSet<>();
        server.get().ifPresent(s -> s.roster().all().forEach(p -> addresses.add(HostPort.parse(p.getAddress(), 0))));
        addresses.addAll(partners);
        server.get().ifPresent(s -> addresses.remove(s.address()));
        return List.copyOf(addresses);
    }

    @Override
    public Target at(HostPort address) {
        return server.get().filter(s -> s.address().equals(address)).<Target>map(LocalTarget::new)
                .orElseGet(() -> new RemoteTarget(links.to(address), group));
    }
}
