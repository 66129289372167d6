package io.matriarch.store;

import java.util.Comparator;
import java.util.List;

/** Answers ranges as etcd does: filters, then order, then limit. */
final class RangeReader {

    private RangeReader() {
    }

    /** The answer to a range whose revision was found readable. */
    static Result.RangeResult read(VersionedKeys keys, RangeRequest request) {
        long at = request.revision() > 0 ? request.revision() : Long.MAX_VALUE;
        List<KeyValue> matching = keys.range(request.key(), request.rangeEnd(), at);
        long count = matching.size();
        if (request.countOnly()) {
            return new Result.RangeResult(keys.seenRevision(), List.of(), false, count);
        }
        List<KeyValue> chosen = sorted(filtered(matching, request), request);
        boolean more = request.limit() > 0 && chosen.size() > request.limit();
        if (more) {
            chosen = chosen.subList(0, (int) request.limit());
        }
        if (request.keysOnly()) {
            chosen = chosen.stream().map(RangeReader::withoutValue).toList();
        }
        return new Result.RangeResult(keys.seenRevision(), chosen, more, count);
    }

    private static List<KeyValue> filtered(List<KeyValue> kvs, RangeRequest request) {
        if (request.minModRevision() == 0 && request.maxModRevision() == 0
                && request.minCreateRevision() == 0 && request.maxCreateRevision() == 0) {
            return kvs;
        }
        return kvs.stream()
                .filter(kv -> isWithin(kv.modRevision(), request.minModRevision(), request.maxModRevision()))
                .filter(kv -> isWithin(kv.createRevision(), request.minCreateRevision(), request.maxCreateRevision()))
                .toList();
    }

    private static boolean isWithin(long revision, long minimum, long maximum) {
        return (minimum == 0 || revision >= minimum) && (maximum == 0 || revision <= maximum);
    }

    /** Equal elements stay in ascending order of key. */
    private static List<KeyValue> sorted(List<KeyValue> kvs, RangeRequest request) {
        boolean byKey = request.sortTarget() == RangeRequest.SortTarget.KEY;
        if (byKey && request.sortOrder() != RangeRequest.SortOrder.DESCEND) {
            return kvs;
        }
        Comparator<KeyValue> order = switch (request.sortTarget()) {
            case KEY -> Comparator.comparing(KeyValue::key);
            case VERSION -> Comparator.comparingLong(KeyValue::version);
            case CREATE -> Comparator.comparingLong(KeyValue::createRevision);
            case MOD -> Comparator.comparingLong(KeyValue::modRevision);
            case VALUE -> Comparator.comparing(KeyValue::value);
        };
        return kvs.stream()
                .sorted(request.sortOrder() == RangeRequest.SortOrder.DESCEND ? order.reversed() : order)
                .toList();
    }

    private static KeyValue withoutValue(KeyValue kv) {
        return new KeyValue(kv.key(), Bytes.EMPTY, kv.createRevision(), kv.modRevision(), kv.version(), kv.lease());
    }
}
