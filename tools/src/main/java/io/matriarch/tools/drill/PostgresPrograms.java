package io.matriarch.tools.drill;

import java.io.File;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A directory with PostgreSQL's programs.
 *
 * @param version what {@code postgres --version} says, for example {@code 15.4}
 */
public record PostgresPrograms(Path binDir, String version) {

    private static final int OLDEST = 13;
    private static final Pattern VERSION = Pattern.compile("\\(PostgreSQL\\) (\\d+)([.\\w]*)");
    private static final List<String> NEEDED = List.of("postgres", "pg_ctl", "initdb", "pg_basebackup", "pg_rewind",
            "pg_controldata");

    /**
     * The newest PostgreSQL of this machine that is new enough: on the search path or where packages put it.
     *
     * @param searchPath the variable PATH
     */
    public static Optional<PostgresPrograms> newest(String searchPath) {
        Set<Path> places = new LinkedHashSet<>();
        List.of(searchPath.split(File.pathSeparator)).stream().filter(d -> !d.isEmpty()).map(Path::of)
                .forEach(places::add);
        places.addAll(below(Path.of("/usr/lib/postgresql"), "*"));
        places.addAll(below(Path.of("/usr"), "pgsql-*"));
        return places.stream().map(PostgresPrograms::at).flatMap(Optional::stream)
                .max(Comparator.comparingDouble(PostgresPrograms::number));
    }

    /** What is in a directory; empty when a program is missing or too old. */
    public static Optional<PostgresPrograms> at(Path binDir) {
        if (!NEEDED.stream().allMatch(program -> Files.isExecutable(binDir.resolve(program)))) {
            return Optional.empty();
        }
        Matcher m = VERSION.matcher(Shell.output(List.of(binDir.resolve("postgres").toString(), "--version")));
        if (!m.find() || Integer.parseInt(m.group(1)) < OLDEST) {
            return Optional.empty();
        }
        return Optional.of(new PostgresPrograms(binDir, m.group(1) + m.group(2)));
    }

    private double number() {
        Matcher m = Pattern.compile("^\\d+(\\.\\d+)?").matcher(version);
        return m.find() ? Double.parseDouble(m.group()) : 0;
    }

    private static List<Path> below(Path parent, String pattern) {
        List<Path> found = new ArrayList<>();
        if (Files.isDirectory(parent)) {
            try (DirectoryStream<Path> children = Files.newDirectoryStream(parent, pattern)) {
                children.forEach(child -> found.add(child.resolve("bin")));
            } catch (IOException e) {
                throw new DrillException("cannot look into " + parent + ": " + e.getMessage(), e);
            }
        }
        return found;
    }
}
