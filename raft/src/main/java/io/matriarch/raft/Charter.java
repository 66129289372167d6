package io.matriarch.raft;

import io.matriarch.config.HostPort;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;

/**
 * What the founders of a group agree on: which storage stands behind which address.
 *
 * @param formation identity of this agreement
 * @param members   the identity of the storage at each listed address
 */
record Charter(UUID formation, SortedMap<String, UUID> members) {

    Charter {
        members = java.util.Collections.unmodifiableSortedMap(new TreeMap<>(members));
    }

    static Charter of(UUID formation, Map<HostPort, UUID> members) {
        SortedMap<String, UUID> byName = new TreeMap<>();
        members.forEach((address, id) -> byName.put(address.toString(), id));
        return new Charter(formation, byName);
    }

    boolean names(HostPort address, UUID id) {
        return id.equals(members.get(address.toString()));
    }

    void write(WireOut out) {
        out.uuid(formation).i32(members.size());
        members.forEach((address, id) -> out.text(address).uuid(id));
    }

    static Charter read(WireIn in) {
        UUID formation = in.uuid();
        SortedMap<String, UUID> members = new TreeMap<>();
        in.list(i -> Map.entry(i.text(), i.uuid())).forEach(e -> members.put(e.getKey(), e.getValue()));
        return new Charter(formation, members);
    }
}
