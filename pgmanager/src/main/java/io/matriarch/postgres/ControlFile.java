package io.matriarch.postgres;

import io.matriarch.cluster.Lsn;
import io.matriarch.cluster.Timeline;
import io.matriarch.ha.ControlData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reads {@code pg_control} with pg_controldata; a file that has not changed is not read again. Any thread. */
final class ControlFile {

    private static final Logger LOG = LoggerFactory.getLogger(ControlFile.class);
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final Path file;
    private final Path dataDir;
    private final Programs programs;
    private Stamp seen;
    private Optional<Contents> contents = Optional.empty();

    ControlFile(Path dataDir, Programs programs) {
        this.dataDir = dataDir;
        this.file = dataDir.resolve("global/pg_control");
        this.programs = programs;
    }

    private record Stamp(Object key, long modified, long size) {
    }

    /**
     * @param data   what decisions need
     * @param limits the settings a standby must not undercut, by parameter name, as the primary had them
     */
    record Contents(ControlData data, Map<String, Integer> limits, int walSegmentBytes) {
    }

    /** Empty when the file is missing or unreadable. */
    synchronized Optional<Contents> read() {
        Stamp now = stamp();
        if (now == null) {
            seen = null;
            contents = Optional.empty();
        } else if (!now.equals(seen)) {
            contents = readWithProgram();
            seen = contents.isPresent() ? now : null;
        }
        return contents;
    }

    private Stamp stamp() {
        try {
            BasicFileAttributes a = Files.readAttributes(file, BasicFileAttributes.class);
            return new Stamp(a.fileKey(), a.lastModifiedTime().toMillis(), a.size());
        } catch (IOException e) {
            LOG.trace("no control file", e);
            return null;
        }
    }

    private Optional<Contents> readWithProgram() {
        try {
            Programs.Result result = programs.run("pg_controldata", List.of("-D", dataDir.toString()), Map.of(), PATIENCE);
            if (!result.ok()) {
                LOG.warn("pg_controldata failed: {}", result.complaint());
                return Optional.empty();
            }
            return parse(result.output());
        } catch (OperationFailedException e) {
            LOG.warn("{}", e.getMessage());
            return Optional.empty();
        }
    }

    /** Understands the output of pg_controldata of PostgreSQL 13 and later; empty when it is not such. */
    static Optional<Contents> parse(String output) {
        Map<String, String> values = new HashMap<>();
        for (String line : output.split("\n")) {
            int colon = line.indexOf(':');
            if (colon > 0) {
                values.put(line.substring(0, colon).strip(), line.substring(colon + 1).strip());
            }
        }
        try {
            ControlData data = new ControlData(need(values, "Database system identifier"),
                    need(values, "Database cluster state"),
                    new Timeline(Integer.parseInt(need(values, "Latest checkpoint's TimeLineID"))),
                    Lsn.parse(need(values, "Latest checkpoint location")),
                    Lsn.parse(need(values, "Minimum recovery ending location")),
                    new Timeline(Integer.parseInt(need(values, "Min recovery ending loc's timeline"))),
                    !"0".equals(values.getOrDefault("Data page checksum version", "0")),
                    "on".equals(values.get("wal_log_hints setting")));
            Map<String, Integer> limits = new HashMap<>();
            for (String[] pair : new String[][] {{"max_connections setting", "max_connections"},
                {"max_worker_processes setting", "max_worker_processes"}, {"max_wal_senders setting", "max_wal_senders"},
                {"max_prepared_xacts setting", "max_prepared_transactions"},
                {"max_locks_per_xact setting", "max_locks_per_transaction"}}) {
                if (values.containsKey(pair[0])) {
                    limits.put(pair[1], Integer.parseInt(values.get(pair[0])));
                }
            }
            int segment = Integer.parseInt(values.getOrDefault("Bytes per WAL segment", "16777216"));
            return Optional.of(new Contents(data, Map.copyOf(limits), segment));
        } catch (IllegalArgumentException e) {
            LOG.warn("pg_controldata says something unexpected: {}", e.getMessage());
            return Optional.empty();
        }
    }

    private static String need(Map<String, String> values, String name) {
        String value = values.get(name);
        if (value == null) {
            throw new IllegalArgumentException("no line '" + name + "'");
        }
        return value;
    }
}
