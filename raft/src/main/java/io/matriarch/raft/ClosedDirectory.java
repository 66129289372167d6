package io.matriarch.raft;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Keeps other users away from the state of the group: it holds what they must not read, and who writes there owns the peer. */
final class ClosedDirectory {

    private static final Logger LOG = LoggerFactory.getLogger(ClosedDirectory.class);
    private static final String NOBODY_ELSE = "------";

    private ClosedDirectory() {
    }

    /** Sets mode 0700 where it is wider; when that cannot be done the log says so, and the peer runs on. */
    static void close(Path directory) {
        try {
            if (!PosixFilePermissions.toString(Files.getPosixFilePermissions(directory)).endsWith(NOBODY_ELSE)) {
                Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx------"));
                LOG.debug("The Raft data directory {} has been closed to other users", directory);
            }
        } catch (IOException | UnsupportedOperationException e) {
            LOG.warn("The Raft data directory {} may be open to other users, and its mode cannot be changed: {}", directory,
                    e.toString());
        }
    }
}
