package io.matriarch.raft;

import java.util.Optional;
import java.util.UUID;

/**
 * What this peer has on disk must not be used: it is corrupt, incomplete, or belongs to another address. A healthy group
 * can take the peer in under a new identity instead.
 */
final class DamagedStorageException extends RaftStartException {

    private static final long serialVersionUID = 1L;

    private final transient Optional<UUID> id;

    /** @param id the identity of the storage, if it is still known */
    DamagedStorageException(Optional<UUID> id, String message) {
        this(id, message, null);
    }

    DamagedStorageException(Optional<UUID> id, String message, Throwable cause) {
        super(message, cause);
        this.id = id;
    }

    Optional<UUID> id() {
        return id;
    }
}
