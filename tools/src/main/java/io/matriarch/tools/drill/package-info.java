/**
 * A cluster of real agents and real PostgreSQL on this machine, a writer that never rests, faults, and what they cost.
 *
 * <p>Used by the commands {@code demo} and {@code gameday} and by tests.
 */
package io.matriarch.tools.drill;
