package io.matriarch.raft;

import io.matriarch.config.HostPort;
import io.matriarch.raft.ChangeReport.Footing;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * The group as its Raft leader knows it.
 *
 * @param places   its peers
 * @param expected addresses at which an operator expects a peer; true for one without a vote
 */
record GroupFacts(List<Place> places, Map<HostPort, Boolean> expected) {

    /** A voter that was silent for longer does not answer. */
    static final long SILENT_MILLIS = 2_000;

    /**
     * One peer.
     *
     * @param silentMillis how long ago it answered the Raft leader
     * @param missing      how many committed entries it has not on disk
     */
    record Place(HostPort address, boolean voter, boolean leads, long silentMillis, long missing) {

        boolean answers() {
            return leads || silentMillis < SILENT_MILLIS;
        }
    }

    GroupFacts {
        places = List.copyOf(places);
        expected = Map.copyOf(expected);
    }

    Optional<Place> at(HostPort address) {
        return places.stream().filter(p -> p.address().equals(address)).findFirst();
    }

    Footing footing() {
        return new Footing(addresses(Place::voter), addresses(p -> !p.voter()), addresses(p -> p.voter() && !p.answers()));
    }

    String names() {
        return places.stream().map(p -> p.address().toString()).sorted().collect(Collectors.joining(", "));
    }

    private List<HostPort> addresses(Predicate<Place> which) {
        return places.stream().filter(which).map(Place::address).sorted(java.util.Comparator.comparing(HostPort::toString))
                .toList();
    }

    GroupFacts without(HostPort address) {
        return new GroupFacts(places.stream().filter(p -> !p.address().equals(address)).toList(), expected);
    }

    /** With a peer that answers and has everything. */
    GroupFacts with(HostPort address, boolean voter) {
        GroupFacts rest = without(address);
        java.util.ArrayList<Place> all = new java.util.ArrayList<>(rest.places);
        boolean leads = at(address).map(Place::leads).orElse(false);
        all.add(new Place(address, voter, leads, at(address).map(Place::silentMillis).orElse(0L), 0));
        return new GroupFacts(all, expected);
    }
}
