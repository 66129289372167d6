package io.matriarch.cluster;

/**
 * One key as the store has it.
 *
 * @param modified revision of the last write
 * @param lease    the lease it lives on, {@link LeaseId#NONE} for none
 */
public record StoredKey(String key, String value, Revision modified, LeaseId lease) {
}
