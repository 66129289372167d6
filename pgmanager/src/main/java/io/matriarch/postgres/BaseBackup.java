package io.matriarch.postgres;

import io.matriarch.cluster.PostgresState;
import io.matriarch.ha.PostgresStatus;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Makes the data directory a copy of another server's. */
final class BaseBackup {

    private static final Logger LOG = LoggerFactory.getLogger(BaseBackup.class);
    private static final int ATTEMPTS = 2;
    private static final Duration BETWEEN_ATTEMPTS = Duration.ofSeconds(5);
    private static final Duration LONGEST = Duration.ofDays(7);
    private static final Set<String> OURS = Set.of("pgdata", "format", "wal-method", "xlog-method", "gzip", "version", "dbname",
            "host", "port", "username", "password", "no-password", "write-recovery-conf");

    private final DataDirectory dataDirectory;
    private final Programs programs;

    BaseBackup(DataDirectory dataDirectory, Programs programs) {
        this.dataDirectory = dataDirectory;
        this.programs = programs;
    }

    /** Copies beside the data directory and moves the finished copy in; a data directory with content is never touched. */
    void take(Work work, UpstreamServer source, ServerSettings settings) throws OperationFailedException {
        if (dataDirectory.kind() != PostgresStatus.DataDirectory.EMPTY) {
            throw new OperationFailedException("the data directory " + dataDirectory.path() + " is not empty");
        }
        work.show(PostgresState.CREATING_REPLICA);
        OperationFailedException last = null;
        for (int attempt = 1; attempt <= ATTEMPTS; attempt++) {
            if (last != null) {
                LOG.warn("{}; trying again in {} s", last.getMessage(), BETWEEN_ATTEMPTS.toSeconds());
                work.pause(BETWEEN_ATTEMPTS);
            }
            try {
                copy(work, source, settings);
                return;
            } catch (OperationFailedException e) {
                work.goOn();
                last = e;
            }
        }
        throw last;
    }

    private void copy(Work work, UpstreamServer source, ServerSettings settings) throws OperationFailedException {
        try {
            dataDirectory.prepareStaging();
            List<String> arguments = new ArrayList<>(List.of("--pgdata=" + dataDirectory.staging(), "-X", "stream",
                    "--no-password", "--dbname=" + source.backupConninfo()));
            arguments.addAll(options(settings.local().basebackupOptions()));
            work.goOn();
            Programs.Result result = programs.run("pg_basebackup", arguments, source.environment(), LONGEST);
            if (!result.ok()) {
                throw new OperationFailedException("pg_basebackup from " + source + " failed: " + result.complaint());
            }
            dataDirectory.adoptStaging();
        } catch (IOException e) {
            throw new OperationFailedException("cannot place the copy: " + e.getMessage(), e);
        } finally {
            try {
                dataDirectory.clearStaging();
            } catch (IOException e) {
                LOG.warn("cannot remove {}: {}", dataDirectory.staging(), e.getMessage());
            }
        }
    }

    /** The user's options without those that are ours, and a fast checkpoint unless the user chose. */
    static List<String> options(List<String> configured) {
        List<String> options = new ArrayList<>();
        boolean choseCheckpoint = false;
        for (String option : configured) {
            String name = option.replaceFirst("^--?", "").split("=", 2)[0];
            if (OURS.contains(name)) {
                LOG.warn("option {} of postgresql.basebackup is not allowed, ignoring it", name);
                continue;
            }
            choseCheckpoint |= name.equals("checkpoint") || name.equals("c");
            options.add(option);
        }
        if (!choseCheckpoint) {
            options.add("--checkpoint=fast");
        }
        return options;
    }
}
