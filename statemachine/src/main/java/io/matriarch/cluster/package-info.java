/**
 * The vocabulary of a PostgreSQL cluster as Patroni's users know it: members, leader lock, timelines, keys.
 *
 * <p>Pure: no clock, no randomness, no I/O, no threads, no logger.
 */
package io.matriarch.cluster;
