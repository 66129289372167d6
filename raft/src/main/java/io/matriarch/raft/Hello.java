package io.matriarch.raft;

import io.matriarch.config.HostPort;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.UUID;

/**
 * How a peer introduces itself.
 *
 * @param address where others reach it
 * @param list    all addresses of its configuration, its own among them
 * @param charter the agreement it accepted or was founded by
 * @param members identities in the group's present configuration as it knows it; empty before it belongs to one
 * @param led     it hears of a Raft leader that is ready, or is one
 */
record Hello(UUID id, HostPort address, SortedSet<String> list, Stage stage, Optional<Charter> charter,
             SortedSet<UUID> members, boolean led) {

    Hello {
        list = java.util.Collections.unmodifiableSortedSet(new TreeSet<>(list));
        members = java.util.Collections.unmodifiableSortedSet(new TreeSet<>(members));
    }

    byte[] encode() {
        WireOut out = new WireOut().uuid(id).address(address).i32(list.size());
        list.forEach(out::text);
        out.u8(stage.ordinal()).flag(charter.isPresent());
        charter.ifPresent(c -> c.write(out));
        out.i32(members.size());
        members.forEach(out::uuid);
        return out.flag(led).done();
    }

    static Hello decode(byte[] message) {
        WireIn in = new WireIn(message);
        UUID id = in.uuid();
        HostPort address = in.address();
        SortedSet<String> list = new TreeSet<>(in.list(WireIn::text));
        Stage stage = in.constant(Stage.values());
        Optional<Charter> charter = in.flag() ? Optional.of(Charter.read(in)) : Optional.empty();
        SortedSet<UUID> members = new TreeSet<>(in.list(WireIn::uuid));
        return new Hello(id, address, list, stage, charter, members, in.flag());
    }
}
