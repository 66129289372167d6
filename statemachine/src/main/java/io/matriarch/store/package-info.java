/**
 * The replicated state: a key-value store with etcd's semantics.
 *
 * <p>Pure and deterministic: the same commands in the same order give the same bytes on every peer. One thread applies;
 * reads are made by that thread or from a snapshot it handed out.
 */
package io.matriarch.store;
