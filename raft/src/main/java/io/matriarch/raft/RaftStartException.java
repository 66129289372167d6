package io.matriarch.raft;

/** The peer cannot start; the message names the cause and the way out. */
public sealed class RaftStartException extends Exception permits DamagedStorageException {

    private static final long serialVersionUID = 1L;

    RaftStartException(String message) {
        super(message);
    }

    RaftStartException(String message, Throwable cause) {
        super(message, cause);
    }
}
