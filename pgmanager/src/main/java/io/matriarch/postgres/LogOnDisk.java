package io.matriarch.postgres;

import io.matriarch.cluster.Lsn;
import io.matriarch.cluster.Timeline;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where the log in {@code pg_wal} ends while nobody writes there, whatever the control file knows of it. Looks at the
 * headers of the segments first, so that a long log costs no more than a short one.
 */
final class LogOnDisk {

    private static final Logger LOG = LoggerFactory.getLogger(LogOnDisk.class);
    private static final Duration PATIENCE = Duration.ofSeconds(5);
    private static final Pattern SEGMENT = Pattern.compile("([0-9A-F]{8})([0-9A-F]{8})([0-9A-F]{8})");
    private static final int PAGE_ADDRESS = 8;
    private static final int HEADER = 16;

    private final Programs programs;
    private final Path wal;
    private final int segmentBytes;

    LogOnDisk(Programs programs, Path dataDir, int segmentBytes) {
        this.programs = programs;
        this.wal = dataDir.resolve("pg_wal");
        this.segmentBytes = segmentBytes;
    }

    /** The end of the log on a timeline. */
    record End(Timeline timeline, Lsn position) {
    }

    /**
     * The end of the newest log.
     *
     * @param timeline which is known to be there
     * @param from     a position that is known to be there
     * @return empty when it cannot be told
     */
    Optional<End> find(Timeline timeline, Lsn from) {
        try {
            Timeline newest = newestTimeline(timeline);
            OptionalLong first = firstSegment(newest, from);
            if (first.isEmpty()) {
                return Optional.empty();
            }
            long last = first.getAsLong();
            while (isFilled(newest, last + 1)) {
                last++;
            }
            for (long segment = last; segment >= first.getAsLong(); segment--) {
                Optional<Lsn> end = lastRecordEnd(newest, segment);
                if (end.isPresent()) {
                    return Optional.of(new End(newest, end.get().max(from)));
                }
            }
            return Optional.of(new End(newest, from));
        } catch (IOException | OperationFailedException e) {
            LOG.warn("cannot find the end of the log in {}: {}", wal, e.toString());
            return Optional.empty();
        }
    }

    /** The newest timeline that has both a history and a segment that is not left over from something else. */
    private Timeline newestTimeline(Timeline known) throws IOException {
        TreeSet<Integer> timelines = new TreeSet<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(wal)) {
            for (Path file : files) {
                Matcher m = SEGMENT.matcher(file.getFileName().toString());
                if (m.matches() && Integer.parseUnsignedInt(m.group(1), 16) > known.value()) {
                    timelines.add(Integer.parseUnsignedInt(m.group(1), 16));
                }
            }
        }
        for (int timeline : timelines.descendingSet()) {
            Timeline candidate = new Timeline(timeline);
            boolean told = Files.exists(wal.resolve(String.format("%08X.history", timeline)));
            if (told && firstSegment(candidate, Lsn.ZERO).isPresent()) {
                return candidate;
            }
        }
        return known;
    }

    /** The first filled segment at or after a position. */
    private OptionalLong firstSegment(Timeline timeline, Lsn from) throws IOException {
        long least = from.value() / segmentBytes;
        TreeSet<Long> found = new TreeSet<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(wal, String.format("%08X*", timeline.value()))) {
            for (Path file : files) {
                Matcher m = SEGMENT.matcher(file.getFileName().toString());
                if (m.matches()) {
                    long number = Long.parseLong(m.group(2), 16) * perFile() + Long.parseLong(m.group(3), 16);
                    if (number >= least) {
                        found.add(number);
                    }
                }
            }
        }
        for (long number : found) {
            if (isFilled(timeline, number)) {
                return OptionalLong.of(number);
            }
        }
        return OptionalLong.empty();
    }

    /** Whether a segment was begun: one that waits to be used again bears the address of its last use. */
    private boolean isFilled(Timeline timeline, long segment) throws IOException {
        Path file = wal.resolve(name(timeline, segment));
        if (!Files.exists(file)) {
            return false;
        }
        ByteBuffer header = ByteBuffer.allocate(HEADER).order(ByteOrder.nativeOrder());
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            while (header.hasRemaining() && channel.read(header) >= 0) {
                continue;
            }
        }
        return !header.hasRemaining() && header.getLong(PAGE_ADDRESS) == segment * segmentBytes;
    }

    private Optional<Lsn> lastRecordEnd(Timeline timeline, long segment) throws OperationFailedException {
        Lsn start = new Lsn(segment * segmentBytes);
        Lsn end = new Lsn((segment + 1) * segmentBytes);
        // it ends with an error at the end of the log, whatever it has found
        Programs.Result result = programs.run("pg_waldump", List.of("-p", wal.toString(), "-t",
                Integer.toString(timeline.value()), "-s", start.toString(), "-e", end.toString()), Map.of(), PATIENCE);
        return WalEnd.lastRecordEnd(result.output(), segmentBytes);
    }

    private String name(Timeline timeline, long segment) {
        return String.format("%08X%08X%08X", timeline.value(), segment / perFile(), segment % perFile());
    }

    private long perFile() {
        return (1L << 32) / segmentBytes;
    }
}
