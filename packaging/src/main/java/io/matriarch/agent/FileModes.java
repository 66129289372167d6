package io.matriarch.agent;

import io.matriarch.config.EtcdAdapterConfig;
import io.matriarch.config.KeyFiles;
import io.matriarch.config.PeerTls;
import io.matriarch.config.RaftConfig;
import io.matriarch.config.RestApiConfig;
import io.matriarch.config.ServerTls;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks at who else may read secrets. A private key of the store that everybody on the host can read is no secret any more,
 * so the start is refused; a key of the REST API is warned of, since Patroni takes it, and so is the configuration with its
 * passwords. Reading by the group is fine: keys are often kept so.
 */
final class FileModes {

    private static final Logger LOG = LoggerFactory.getLogger(FileModes.class);

    private FileModes() {
    }

    /** @throws StartupException naming the key, its file and the command that closes it */
    static void requireSecret(Optional<RaftConfig> raft, EtcdAdapterConfig adapter) throws StartupException {
        requireSecret("raft.keyfile", raft.flatMap(RaftConfig::tls).map(PeerTls::own));
        requireSecret("etcd_adapter.keyfile", adapter.tls().map(ServerTls::own));
    }

    private static void requireSecret(String setting, Optional<KeyFiles> files) throws StartupException {
        if (files.isPresent() && isOpen(files.get().key())) {
            throw new StartupException(setting + ": everybody on this host can read " + files.get().key() + ". Make a new key, and"
                    + " keep it with: chmod 600 " + files.get().key());
        }
    }

    /** Warns only. */
    static void look(Optional<Path> configuration, RestApiConfig rest) {
        configuration.filter(Files::isRegularFile).filter(FileModes::isOpen).ifPresent(file -> LOG.warn(
                "everybody on this host can read {} and the passwords in it; close it with: chmod 600 {}", file, file));
        rest.tls().map(tls -> tls.own().key()).filter(FileModes::isOpen).ifPresent(file -> LOG.warn(
                "restapi.keyfile: everybody on this host can read {}; close it with: chmod 600 {}", file, file));
    }

    private static boolean isOpen(Path file) {
        try {
            Set<PosixFilePermission> modes = Files.getPosixFilePermissions(file);
            return modes.contains(PosixFilePermission.OTHERS_READ) || modes.contains(PosixFilePermission.OTHERS_WRITE);
        } catch (IOException | UnsupportedOperationException e) {
            // whoever needs the file says that it is not there
            return false;
        }
    }
}
