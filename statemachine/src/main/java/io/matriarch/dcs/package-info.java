/**
 * Two ports. {@link io.matriarch.dcs.ReplicatedStore}: commands into the log, reads, watches.
 * {@link io.matriarch.dcs.Dcs}: over it, the intents of one member of one PostgreSQL cluster.
 *
 * <p>Every remote write has three outcomes; unknown is never treated as either of the others.
 */
package io.matriarch.dcs;
