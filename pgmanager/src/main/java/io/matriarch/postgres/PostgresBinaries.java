package io.matriarch.postgres;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where the server programs are.
 *
 * @param directory    holds all of them
 * @param names        other names for programs, by their usual name
 * @param majorVersion for example 15
 * @param version      for example {@code 15.4}
 */
public record PostgresBinaries(Path directory, Map<String, String> names, int majorVersion, String version) {

    /** The oldest server that is supported. */
    public static final int OLDEST = 13;

    private static final List<String> REQUIRED = List.of("postgres", "initdb", "pg_controldata", "pg_basebackup");
    private static final Pattern VERSION = Pattern.compile("\\(PostgreSQL\\) ((\\d+)[^\\s]*)");

    public PostgresBinaries {
        names = Map.copyOf(names);
    }

    /** As {@link #find(Optional, Map, Optional)}, of any version. */
    public static PostgresBinaries find(Optional<Path> binDir, Map<String, String> names) {
        return find(binDir, names, Optional.empty());
    }

    /**
     * Looks in {@code binDir} alone if given, else in the search path and the directories of the usual packages, and
     * takes the newest.
     *
     * @param wantedMajor the version of an existing data directory; preferred over a newer one
     * @throws PostgresSetupException naming what is missing and where it was looked for
     */
    public static PostgresBinaries find(Optional<Path> binDir, Map<String, String> names, Optional<Integer> wantedMajor) {
        List<Path> places = binDir.isPresent() ? List.of(binDir.get()) : usualPlaces();
        PostgresBinaries best = null;
        List<String> looked = new ArrayList<>();
        for (Path place : places) {
            List<String> missing = REQUIRED.stream()
                    .filter(p -> !Files.isExecutable(place.resolve(names.getOrDefault(p, p)))).toList();
            if (!missing.isEmpty()) {
                looked.add(place + " (no " + String.join(", ", missing) + ")");
                continue;
            }
            Optional<PostgresBinaries> found = inspect(place, names);
            if (found.isEmpty()) {
                looked.add(place + " (postgres --version fails)");
            } else if (found.get().majorVersion < OLDEST) {
                looked.add(place + " (version " + found.get().version + " is older than " + OLDEST + ")");
            } else if (best == null || found.get().isBetterThan(best, wantedMajor)) {
                best = found.get();
            }
        }
        if (best == null) {
            throw new PostgresSetupException("PostgreSQL server programs not found; looked in "
                    + String.join(", ", looked) + ". Install PostgreSQL " + OLDEST
                    + " or newer, or set postgresql.bin_dir");
        }
        return best;
    }

    /** The path of a program by its usual name. */
    public Path program(String name) {
        return directory.resolve(names.getOrDefault(name, name));
    }

    boolean has(String name) {
        return Files.isExecutable(program(name));
    }

    private boolean isBetterThan(PostgresBinaries other, Optional<Integer> wantedMajor) {
        boolean mine = wantedMajor.equals(Optional.of(majorVersion));
        boolean its = wantedMajor.equals(Optional.of(other.majorVersion));
        return mine == its ? majorVersion > other.majorVersion : mine;
    }

    private static List<Path> usualPlaces() {
        Set<Path> places = new LinkedHashSet<>();
        for (String dir : Optional.ofNullable(System.getenv("PATH")).orElse("").split(":")) {
            if (dir.startsWith("/") && Files.isExecutable(Path.of(dir, "postgres"))) {
                places.add(Path.of(dir));
            }
        }
        addMatching(places, Path.of("/usr/lib/postgresql"), "*");
        addMatching(places, Path.of("/usr"), "pgsql-*");
        if (places.isEmpty()) {
            places.add(Path.of("/usr/lib/postgresql/*/bin"));
            places.add(Path.of("/usr/pgsql-*/bin"));
        }
        return List.copyOf(places);
    }

    private static void addMatching(Set<Path> places, Path parent, String glob) {
        if (!Files.isDirectory(parent)) {
            return;
        }
        try (DirectoryStream<Path> found = Files.newDirectoryStream(parent, glob)) {
            for (Path version : found) {
                if (Files.isDirectory(version.resolve("bin"))) {
                    places.add(version.resolve("bin"));
                }
            }
        } catch (IOException e) {
            throw new PostgresSetupException("cannot read " + parent + ": " + e.getMessage());
        }
    }

    private static Optional<PostgresBinaries> inspect(Path place, Map<String, String> names) {
        Path postgres = place.resolve(names.getOrDefault("postgres", "postgres"));
        try {
            Process process = new ProcessBuilder(postgres.toString(), "--version")
                    .redirectErrorStream(true).redirectInput(Path.of("/dev/null").toFile()).start();
            String text;
            try (InputStream out = process.getInputStream()) {
                text = new String(out.readNBytes(1000), StandardCharsets.UTF_8);
            }
            if (!process.waitFor(10, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                return Optional.empty();
            }
            Matcher m = VERSION.matcher(text);
            return m.find()
                    ? Optional.of(new PostgresBinaries(place, names, Integer.parseInt(m.group(2)), m.group(1)))
                    : Optional.empty();
        } catch (IOException e) {
            return Optional.empty();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.empty();
        }
    }
}
