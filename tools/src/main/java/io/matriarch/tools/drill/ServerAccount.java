package io.matriarch.tools.drill;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipal;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The user that the agents and their PostgreSQL run as: whoever runs this process, and an unprivileged one instead of
 * root, since PostgreSQL refuses to run as root.
 *
 * @param dropTo the user to become; empty to stay who we are
 */
public record ServerAccount(Optional<String> dropTo) {

    private static final List<String> CANDIDATES = List.of("postgres", "nobody");

    /** @throws DrillException as root when there is nobody to become or no program to do it with */
    public static ServerAccount choose() {
        if (!isRoot()) {
            return new ServerAccount(Optional.empty());
        }
        if (!Files.isExecutable(Path.of("/usr/bin/setpriv"))) {
            throw new DrillException("PostgreSQL refuses to run as root, and the program setpriv (package util-linux)"
                    + " that would become another user is missing; run this as an ordinary user");
        }
        return CANDIDATES.stream().filter(name -> Shell.succeeds(List.of("id", "-u", name))).findFirst()
                .map(name -> new ServerAccount(Optional.of(name)))
                .orElseThrow(() -> new DrillException("PostgreSQL refuses to run as root, and there is neither a user"
                        + " postgres nor a user nobody; run this as an ordinary user"));
    }

    /** Whether this process is root. */
    public static boolean isRoot() {
        return "root".equals(System.getProperty("user.name"));
    }

    /** What to put before a command to run it as that user; the program replaces itself, so the process id stays. */
    public List<String> prefix() {
        List<String> prefix = new ArrayList<>();
        dropTo.ifPresent(user -> prefix.addAll(List.of("/usr/bin/setpriv", "--reuid=" + user, "--regid="
                + group(user), "--init-groups", "--")));
        return prefix;
    }

    /** Whether that user can read a file. */
    public boolean canRead(Path file) {
        List<String> command = new ArrayList<>(prefix());
        command.addAll(List.of("/bin/sh", "-c", "test -r \"$1\"", "sh", file.toString()));
        return Shell.succeeds(command);
    }

    /** Makes a directory that user's, closed to everyone else. */
    public void own(Path dir) throws IOException {
        Files.setPosixFilePermissions(dir, PosixFilePermissions.fromString("rwx------"));
        give(dir);
    }

    /** Makes a file or directory that user's. */
    public void give(Path path) throws IOException {
        if (dropTo.isPresent()) {
            UserPrincipal owner = path.getFileSystem().getUserPrincipalLookupService()
                    .lookupPrincipalByName(dropTo.get());
            Files.setOwner(path, owner);
        }
    }

    private static String group(String user) {
        return Shell.output(List.of("id", "-g", user)).strip();
    }
}
