package io.matriarch.store;

/**
 * One key at one revision.
 *
 * @param createRevision revision of the put that made the key
 * @param modRevision    revision of the last put
 * @param version        number of puts since the key was made
 * @param lease          the lease the key lives on, 0 for none
 */
public record KeyValue(Bytes key, Bytes value, long createRevision, long modRevision, long version, long lease) {
}
