/**
 * The seeded simulation: real loops, real decisions and the real store on one thread in virtual time, over a simulated
 * consensus group, network, PostgreSQL and clocks. A seed picks the scenario; invariants are checked after every event.
 */
package io.matriarch.simulation;
