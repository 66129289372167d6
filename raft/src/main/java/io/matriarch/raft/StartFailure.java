package io.matriarch.raft;

import io.matriarch.config.HostPort;
import java.io.EOFException;
import java.net.BindException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.apache.ratis.io.CorruptedFileException;
import org.apache.ratis.protocol.exceptions.ChecksumException;

/** Turns what Ratis throws at a start into a sentence that names the cause and the way out. */
final class StartFailure {

    private static final int DEEPEST = 20;
    private static final String LOG_CLASSES = "org.apache.ratis.server.raftlog.segmented.LogSegment";

    private StartFailure() {
    }

    static RaftStartException port(HostPort bind, Exception e) {
        return new RaftStartException("Cannot listen on " + bind + ": " + e.getMessage() + ". Port " + bind.port()
                + " is taken by another process or the address is not of this machine; stop the other one or change "
                + "raft.self_addr or raft.bind_addr.", e);
    }

    static RaftStartException explain(Exception e, HostPort bind, Path root, UUID id) {
        if (find(e, BindException.class) != null) {
            return port(bind, e);
        }
        if (isDamage(e)) {
            return new DamagedStorageException(Optional.of(id), "The Raft log in " + root + " is corrupt: "
                    + deepest(e).getMessage() + ". This peer does not vote with it. Move the directory away and start again:"
                    + " the peer then joins the group as a new one and gets the state from the others.", e);
        }
        return new RaftStartException("Cannot start the Raft peer in " + root + ": " + deepest(e)
                + ". If the directory is damaged, move it away: the peer then joins the group as a new one.", e);
    }

    /** The files themselves are wrong, not the disk they are on or the right to read them. */
    static boolean isDamage(Throwable e) {
        Throwable cause = deepest(e);
        String message = String.valueOf(cause.getMessage());
        boolean inTheLog = cause instanceof IllegalStateException && cause.getStackTrace().length > 0
                && Stream.of(cause.getStackTrace()).anyMatch(at -> at.getClassName().startsWith(LOG_CLASSES));
        return find(e, ChecksumException.class) != null || find(e, CorruptedFileException.class) != null || inTheLog
                || cause instanceof EOFException || message.contains("not found in properties")
                || message.contains("did not match stored MD5") || message.contains("not a snapshot of this version");
    }

    private static <T extends Throwable> T find(Throwable e, Class<T> type) {
        Throwable cause = e;
        for (int depth = 0; cause != null && depth < DEEPEST; depth++) {
            if (type.isInstance(cause)) {
                return type.cast(cause);
            }
            cause = cause.getCause();
        }
        return null;
    }

    private static Throwable deepest(Throwable e) {
        Throwable cause = e;
        for (int depth = 0; cause.getCause() != null && depth < DEEPEST; depth++) {
            cause = cause.getCause();
        }
        return cause;
    }
}
