package io.matriarch.postgres;

import io.matriarch.config.PostgresqlConfig;
import io.matriarch.ha.PostgresStatus;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.ServerSocket;
import java.net.SocketException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a server needs before it can be started: its directory and its port. Looks, and writes nothing. */
final class Premises {

    private static final Logger LOG = LoggerFactory.getLogger(Premises.class);
    private static final Set<PosixFilePermission> TOO_OPEN = EnumSet.of(PosixFilePermission.GROUP_WRITE,
            PosixFilePermission.OTHERS_READ, PosixFilePermission.OTHERS_WRITE, PosixFilePermission.OTHERS_EXECUTE);

    private final DataDirectory dataDirectory;
    private final PostgresqlConfig config;

    Premises(DataDirectory dataDirectory, PostgresqlConfig config) {
        this.dataDirectory = dataDirectory;
        this.config = config;
    }

    /** The first thing found to be in the way, with the way out. */
    Optional<String> obstacle() {
        return inDirectory().or(this::atPort);
    }

    private Optional<String> inDirectory() {
        Path directory = dataDirectory.realPath();
        PostgresStatus.DataDirectory kind = dataDirectory.kind();
        try {
            String me = Files.getOwner(Path.of("/proc/self")).getName();
            if (kind == PostgresStatus.DataDirectory.UNREADABLE) {
                return Optional.of("the data directory " + directory + " cannot be read by the user " + me + ": give " + me
                        + " the directory with all its content and mode 0700, or set postgresql.data_dir to another place");
            }
            if (kind == PostgresStatus.DataDirectory.PRESENT && !Files.getOwner(directory).getName().equals(me)) {
                return Optional.of("the data directory " + directory + " belongs to the user " + Files.getOwner(directory)
                        + " and the agent runs as " + me + ": start it as the owner, or give " + me
                        + " the directory with all its content");
            }
            if (kind == PostgresStatus.DataDirectory.EMPTY) {
                return dataDirectory.stagingObstacle();
            }
            if (kind == PostgresStatus.DataDirectory.PRESENT
                    && Files.getPosixFilePermissions(directory).stream().anyMatch(TOO_OPEN::contains)) {
                return Optional.of("the data directory " + directory + " is open to others, and PostgreSQL refuses that: chmod 0700 "
                        + directory + " (or 0750)");
            }
            dataDirectory.stagingObstacle().ifPresent(why -> LOG.warn("this data could not be cloned anew: {}", why));
            return Optional.empty();
        } catch (IOException e) {
            return Optional.of("the data directory " + directory + " cannot be looked at: " + e);
        }
    }

    private Optional<String> atPort() {
        for (String host : config.listenAddresses().split(",")) {
            String name = host.strip();
            boolean every = name.isEmpty() || name.equals("*");
            InetSocketAddress address = every ? new InetSocketAddress(config.listenPort())
                    : new InetSocketAddress(name, config.listenPort());
            if (!address.isUnresolved() && isTaken(address)) {
                return Optional.of("the port " + config.listenPort() + " of postgresql.listen is taken by another process at " + name
                        + ", perhaps a PostgreSQL that the agent does not know: stop it, or set postgresql.listen to another port");
            }
        }
        return Optional.empty();
    }

    /** An address that this machine does not have now may come later, and is PostgreSQL's to complain about. */
    private static boolean isTaken(InetSocketAddress address) {
        try (ServerSocket socket = new ServerSocket()) {
            socket.setReuseAddress(true);
            socket.bind(address);
            return false;
        } catch (BindException e) {
            return isHere(address.getAddress()) && address.getPort() >= 1024;
        } catch (IOException e) {
            LOG.debug("cannot try to listen on {}", address, e);
            return false;
        }
    }

    private static boolean isHere(InetAddress address) {
        try {
            return address.isAnyLocalAddress() || NetworkInterface.getByInetAddress(address) != null;
        } catch (SocketException e) {
            LOG.debug("cannot look for {}", address, e);
            return false;
        }
    }
}
