package io.matriarch.store;

/**
 * Bounds that every peer applies alike; they travel with the snapshot.
 *
 * @param requestBytes    size of the keys and values of one command, with 8 bytes for each part of a transaction
 * @param txnOps          compares, or operations in one branch, of a transaction; a nested one has what is left
 * @param storeBytes      size of all keys, values and retained history; history is given up first, and a put is
 *                        refused when the live keys alone would be above it
 * @param historyRevisions how many revisions stay readable before automatic compaction
 */
public record StoreLimits(int requestBytes, int txnOps, long storeBytes, long historyRevisions) {

    public static final StoreLimits STANDARD = new StoreLimits(1_572_864, 128, 64L << 20, 10_000);
}
