package io.matriarch.cluster;

/**
 * The leader key as the store holds it.
 *
 * @param holder the member whose name is the value of the key
 * @param lease  the lease the key lives on
 * @param epoch  revision at which this holder got the key: the fencing token
 */
public record LeaderLock(MemberName holder, LeaseId lease, Revision epoch) {
}
