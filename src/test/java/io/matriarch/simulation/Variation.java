package io.matriarch.simulation;

import io.matriarch.dcs.Dcs;
import io.matriarch.ha.Decision;
import io.matriarch.ha.Observation;
import io.matriarch.postgres.Postgres;
import java.util.function.Function;

/** Where a defect can be planted: what an agent is built of may be wrapped, its decisions may be changed. */
interface Variation {

    /** The agents as they are. */
    Variation NONE = new Variation() { };

    default Dcs dcs(Dcs real, SimulatedStore store, Host host) {
        return real;
    }

    default Postgres postgres(SimulatedPostgres real, Host host) {
        return real;
    }

    default Function<Observation, Decision> decider(Function<Observation, Decision> real, Host host) {
        return real;
    }
}
