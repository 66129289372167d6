package io.matriarch.architecture;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The Java sources of the repository as text. The working directory of a test is the root of the repository. */
final class Sources {

    private static final Path ROOT = Path.of("").toAbsolutePath();
    private static final List<String> MODULES =
            List.of("config", "statemachine", "raft", "pgmanager", "api", "tools", "packaging");

    private Sources() {
    }

    /** The sources of the product. */
    static List<SourceFile> main() {
        return MODULES.stream().flatMap(m -> under(ROOT.resolve(m).resolve("src/main/java"))).toList();
    }

    /** The sources of the product and of its tests. */
    static List<SourceFile> all() {
        return Stream.concat(main().stream(), under(ROOT.resolve("src/test/java"))).toList();
    }

    static List<String> topLevel() {
        try (Stream<Path> paths = Files.list(ROOT)) {
            return paths.map(p -> p.getFileName().toString()).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Stream<SourceFile> under(Path dir) {
        if (!Files.isDirectory(dir)) {
            return Stream.empty();
        }
        try (Stream<Path> paths = Files.walk(dir)) {
            return paths.filter(p -> p.toString().endsWith(".java")).sorted().map(Sources::read).toList().stream();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static SourceFile read(Path path) {
        try {
            return new SourceFile(ROOT.relativize(path).toString(), Files.readString(path));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** One source file. */
    record SourceFile(String path, String text) {

        private static final Pattern COMMENT = Pattern.compile("/\\*.*?\\*/|//[^\n]*", Pattern.DOTALL);
        private static final Pattern IMPORT =
                Pattern.compile("^import (?:static )?io\\.matriarch\\.((?:[a-z]+\\.)+)", Pattern.MULTILINE);

        /** The package below the base package. */
        String room() {
            String dir = path.substring(path.indexOf("io/matriarch/") + "io/matriarch/".length());
            int slash = dir.lastIndexOf('/');
            return slash < 0 ? "" : dir.substring(0, slash).replace('/', '.');
        }

        List<String> lines() {
            return text.lines().toList();
        }

        /** The text with comments blanked out; positions and lines stay. */
        String code() {
            return COMMENT.matcher(text).replaceAll(m -> m.group().replaceAll("[^\n]", " "));
        }

        Set<String> productImports() {
            Set<String> found = new TreeSet<>();
            Matcher m = IMPORT.matcher(text);
            while (m.find()) {
                found.add(m.group(1).substring(0, m.group(1).length() - 1));
            }
            return found;
        }

        int lineOf(int position) {
            return 1 + (int) text.substring(0, position).chars().filter(c -> c == '\n').count();
        }
    }
}
