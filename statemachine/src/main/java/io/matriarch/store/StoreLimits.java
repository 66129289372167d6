package io.matriarch.store;

/**
 * Bounds that every peer applies alike; they travel with the snapshot.
 *
 * @param requestBytes    size of one command
 * @param txnOps          operations in one branch of a transaction
 * @param storeBytes      size of all keys, values and retained history; above it puts are refused
 * @param historyRevisions how many revisions stay readable before automatic compaction
 */
public record StoreLimits(int requestBytes, int txnOps, long storeBytes, long historyRevisions) {

    public static final StoreLimits STANDARD = new StoreLimits(1_572_864, 128, 64L << 20, 10_000);
}
