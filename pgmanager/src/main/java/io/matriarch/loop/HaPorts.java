package io.matriarch.loop;

import io.matriarch.cluster.LeaseId;
import io.matriarch.dcs.Dcs;
import io.matriarch.postgres.Postgres;
import java.time.InstantSource;
import java.util.function.Supplier;

/**
 * Everything the loop reaches the world through.
 *
 * @param leases a fresh lease identity on every call, never zero and never repeated
 */
public record HaPorts(Dcs dcs, Postgres postgres, PeerProbe peers, Ticker ticker, InstantSource wall,
                      SettingsSource settings, Supplier<LeaseId> leases, StatusBoard board) {
}
