package io.matriarch.postgres;

import io.matriarch.cluster.Revision;
import java.io.IOException;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Remembers the latest epoch for which this member was cut. Beside the data directory: a base backup does not copy it, a
 * rewind does not remove it, and a new data directory keeps it. One thread.
 */
final class CutFile {

    private static final Logger LOG = LoggerFactory.getLogger(CutFile.class);

    private final DataDirectory dataDirectory;
    private Revision epoch;

    CutFile(DataDirectory dataDirectory) {
        this.dataDirectory = dataDirectory;
    }

    /** {@link Revision#ABSENT} when this member was never cut. */
    Revision epoch() {
        if (epoch == null) {
            epoch = read();
        }
        return epoch;
    }

    /** Durable when it returns. */
    void store(Revision later) throws IOException {
        DurableFiles.write(file(), later.value() + "\n", false);
        epoch = later;
    }

    /** An epoch that cannot be read counts as none: it only keeps from following somebody who has been replaced. */
    private Revision read() {
        try {
            String text = DurableFiles.read(file());
            return text == null ? Revision.ABSENT : new Revision(Long.parseLong(text.strip()));
        } catch (IOException | NumberFormatException e) {
            LOG.warn("cannot read {}: {}", file(), e.toString());
            return Revision.ABSENT;
        }
    }

    private Path file() {
        Path real = dataDirectory.realPath();
        return real.resolveSibling(real.getFileName() + ".cut");
    }
}
