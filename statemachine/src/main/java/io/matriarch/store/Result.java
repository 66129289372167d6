package io.matriarch.store;

import java.util.List;
import java.util.Optional;

/**
 * The answer to one command. {@code revision} is the store's revision after it; a command that changed keys produced
 * exactly that revision.
 */
public sealed interface Result {

    long revision();

    record BarrierResult(long revision) implements Result {
    }

    record PutResult(long revision, Optional<KeyValue> previous) implements Result {
    }

    record DeleteResult(long revision, long deleted, List<KeyValue> previous) implements Result {

        public DeleteResult {
            previous = List.copyOf(previous);
        }
    }

    /**
     * The answer to a read.
     *
     * @param count how many keys match, whatever the limit
     */
    record RangeResult(long revision, List<KeyValue> kvs, boolean more, long count) implements Result {

        public RangeResult {
            kvs = List.copyOf(kvs);
        }
    }

    /** @param responses one for each operation of the branch that ran, in order */
    record TxnResult(long revision, boolean succeeded, List<Result> responses) implements Result {

        public TxnResult {
            responses = List.copyOf(responses);
        }
    }

    record CompactResult(long revision) implements Result {
    }

    /**
     * The answer to what was done with a lease.
     *
     * @param ttlMillis duration of the lease, 0 when it has ended
     * @param keys      how many keys live on it: a lease can outlive its keys, so that it exists proves nothing of them
     */
    record LeaseResult(long revision, long id, long ttlMillis, long keys) implements Result {
    }

    /** A refusal: nothing was changed. Every peer refuses alike. */
    record ErrorResult(long revision, StoreError error) implements Result {
    }
}
