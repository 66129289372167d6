package io.matriarch.simulation;

import io.matriarch.store.Command;

/**
 * One committed entry of the simulated log.
 *
 * @param stampMillis wall time of the Raft leader
 */
record LogEntry(long index, long stampMillis, Command command) {
}
