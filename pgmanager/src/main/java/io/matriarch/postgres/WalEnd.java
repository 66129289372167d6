package io.matriarch.postgres;

import io.matriarch.cluster.Lsn;
import io.matriarch.cluster.Timeline;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Finds where the WAL on disk ends, with pg_waldump. */
final class WalEnd {

    private static final Logger LOG = LoggerFactory.getLogger(WalEnd.class);
    private static final Duration PATIENCE = Duration.ofSeconds(5);
    private static final Pattern RECORD =
            Pattern.compile("len \\(rec/tot\\):\\s*\\d+/\\s*(\\d+),.*?lsn: ([0-9A-F]{1,8}/[0-9A-F]{1,8}),");
    private static final int PAGE = 8192;
    private static final int SHORT_HEADER = 24;
    private static final int LONG_HEADER = 40;

    private WalEnd() {
    }

    /** The position after the last record that can be read, beginning at a checkpoint; empty when it cannot be told. */
    static Optional<Lsn> after(Programs programs, Path dataDir, Timeline timeline, Lsn checkpoint, int segmentBytes) {
        if (!programs.binaries().has("pg_waldump")) {
            return Optional.empty();
        }
        try {
            // It ends with an error at the end of the WAL, whatever it has found. Without a limit it would wait seconds for
            // the segment after the last one.
            Path wal = dataDir.resolve("pg_wal");
            Programs.Result result = programs.run("pg_waldump", List.of("-p", wal.toString(), "-t", timeline.toString(), "-s",
                    checkpoint.toString(), "-e", endOfSegments(wal, timeline, checkpoint, segmentBytes).toString()), Map.of(), PATIENCE);
            return lastRecordEnd(result.output(), segmentBytes);
        } catch (OperationFailedException e) {
            LOG.info("cannot find the end of the WAL: {}", e.getMessage());
            return Optional.empty();
        }
    }

    /** The end of the last segment that follows without a gap from the one of a position. */
    static Lsn endOfSegments(Path wal, Timeline timeline, Lsn from, int segmentBytes) {
        long segment = from.value() / segmentBytes;
        while (Files.exists(wal.resolve(segmentName(timeline, segment, segmentBytes)))) {
            segment++;
        }
        return new Lsn(Math.max(segment * segmentBytes, from.value() + 1));
    }

    private static String segmentName(Timeline timeline, long segment, int segmentBytes) {
        long perFile = (1L << 32) / segmentBytes;
        return String.format("%08X%08X%08X", timeline.value(), segment / perFile, segment % perFile);
    }

    static Optional<Lsn> lastRecordEnd(String dump, int segmentBytes) {
        String[] lines = dump.strip().split("\n");
        Matcher m = RECORD.matcher(lines[lines.length - 1]);
        return m.find() ? Optional.of(end(Lsn.parse(m.group(2)), Long.parseLong(m.group(1)), segmentBytes)) : Optional.empty();
    }

    /** Where a record ends: aligned to eight bytes, and longer by the page headers that lie in it. */
    static Lsn end(Lsn start, long length, int segmentBytes) {
        long at = start.value();
        long left = (length + 7) / 8 * 8;
        while (left > 0) {
            if (at % PAGE == 0) {
                at += at % segmentBytes == 0 ? LONG_HEADER : SHORT_HEADER;
            }
            long here = Math.min(left, PAGE - at % PAGE);
            at += here;
            left -= here;
        }
        return new Lsn(at);
    }
}
