package io.matriarch.raft;

import io.matriarch.config.HostPort;
import java.util.List;
import java.util.Optional;

/** Where calls can go at this moment. */
interface Route {

    /** The peer that is believed to lead, when something is known. */
    Optional<Target> leader();

    /** Every peer that may know more, in the order to try. */
    List<Target> all();

    /** The peer at an address, even one that is not listed. */
    Target at(HostPort address);
}
