package io.matriarch.etcdapi;

import io.matriarch.dcs.LocalState;
import io.matriarch.dcs.ReplicatedStore;

/**
 * What the adapter works on: a peer's store, the state this peer applied, and its group.
 *
 * @param name       of this member, as the other members show it
 * @param openWrites while the group asks nobody who he is, everybody may write, as with etcd; otherwise only clients with
 *                   a certificate may then
 */
public record EtcdPorts(ReplicatedStore store, LocalState local, StoreGroup group, String name, boolean openWrites) {
}
