/**
 * What to do: a pure function from an observation to a decision.
 *
 * <p>No clock, no randomness, no I/O, no threads, no logger. Memory between ticks is a record that goes in and comes out.
 */
package io.matriarch.ha;
