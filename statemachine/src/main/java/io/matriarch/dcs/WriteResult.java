package io.matriarch.dcs;

import io.matriarch.cluster.Revision;

/** What is known about a write to the store. */
public sealed interface WriteResult {

    /** It happened; {@code revision} is that of the keys it wrote. */
    record Applied(Revision revision) implements WriteResult {
    }

    /** It did not happen and will not: a comparison failed or the store refused it. */
    record Rejected(String why) implements WriteResult {
    }

    /** It may have happened, or may still happen. */
    record Unknown(String why) implements WriteResult {
    }

    default boolean isApplied() {
        return this instanceof Applied;
    }
}
