/**
 * The etcd v3 adapter: gRPC and its JSON gateway on one port, over the replicated store.
 *
 * <p>Wire and calls are two layers: {@code Front} takes connections apart into {@link io.matriarch.etcdapi.Call}s of
 * {@link io.matriarch.etcdapi.Message}s, whichever way they came; the {@code ...Calls} classes answer them. The messages
 * are described by a schema that is read when the first client connects, not by generated classes: those would be some
 * two hundred in every agent's memory, and an exact JSON mapping needs code of its own anyway.
 */
package io.matriarch.etcdapi;
