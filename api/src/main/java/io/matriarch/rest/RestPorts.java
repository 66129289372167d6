package io.matriarch.rest;

import io.matriarch.dcs.Dcs;
import io.matriarch.loop.AgentControl;
import io.matriarch.loop.PeerProbe;
import io.matriarch.loop.StatusBoard;
import io.matriarch.loop.Ticker;
import java.time.InstantSource;

/**
 * Everything the REST API is told and may ask.
 *
 * @param board   what the loop knew last
 * @param wall    the time of the calendar, for dates in replies and schedules
 * @param scope   name of the PostgreSQL cluster
 * @param name    name of this member
 * @param version of this product, as published in member keys
 */
public record RestPorts(StatusBoard board, Ticker ticker, InstantSource wall, Dcs dcs, AgentControl control,
                        PeerProbe peers, String scope, String name, String version) {
}
