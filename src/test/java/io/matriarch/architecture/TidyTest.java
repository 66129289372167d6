package io.matriarch.architecture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The rules of the house, checked on the sources as text: floors, purity, names, sizes, leftovers. */
class TidyTest {

    /** Package by package: which packages of the product it may import. Think hard before changing this table. */
    private static final Map<String, Set<String>> FLOORS = Map.ofEntries(
            Map.entry("config", Set.of()),
            Map.entry("tls", Set.of("config")),
            Map.entry("cluster", Set.of()),
            Map.entry("store", Set.of()),
            Map.entry("dcs", Set.of("cluster", "store", "config")),
            Map.entry("raft", Set.of("tls", "dcs", "store", "cluster", "config")),
            Map.entry("etcd", Set.of("tls", "dcs", "store", "cluster", "config")),
            Map.entry("ha", Set.of("cluster", "config")),
            Map.entry("postgres", Set.of("ha", "cluster", "config")),
            Map.entry("loop", Set.of("ha", "postgres", "dcs", "cluster", "config")),
            Map.entry("rest", Set.of("tls", "loop", "ha", "dcs", "cluster", "config")),
            Map.entry("etcdapi", Set.of("tls", "dcs", "store", "cluster", "config")),
            Map.entry("tools", Set.of("tls", "tools.drill", "tools.bench", "rest", "raft", "etcd", "dcs", "store", "cluster", "config")),
            Map.entry("tools.bench", Set.of("tools.drill")),
            Map.entry("tools.drill", Set.of("postgres", "raft", "dcs", "cluster", "config")),
            Map.entry("agent", Set.of("tls", "tools", "rest", "etcdapi", "loop", "postgres", "ha", "raft", "etcd", "dcs", "store", "cluster",
                    "config")));

    private static final Set<String> PURE = Set.of("cluster", "store", "ha");

    private static final Map<String, String> BANNED_IN_PURE = Map.ofEntries(
            Map.entry("System\\.(nanoTime|currentTimeMillis|getenv|getProperty|out|err|exit)", "pass it in"),
            Map.entry("Instant\\.now|LocalDateTime\\.now|Clock\\.", "pass the time in"),
            Map.entry("\\bnew Random\\b|ThreadLocalRandom|Math\\.random|UUID\\.randomUUID|SecureRandom", "pass chance in"),
            Map.entry("java\\.nio\\.file|java\\.net\\.|java\\.io\\.File\\b", "I/O belongs to the edge"),
            Map.entry("\\bnew Thread\\b|\\bThread\\.|ExecutorService|CompletableFuture|\\bsynchronized\\b|java\\.util\\.concurrent",
                    "no threads in a pure package"),
            Map.entry("org\\.slf4j|java\\.util\\.logging", "no logger in a pure package"));

    /** Libraries that few packages may know. */
    private static final Map<String, Set<String>> CONFINED = Map.of(
            "org\\.apache\\.ratis\\.(?!thirdparty\\.io\\.(netty|grpc))", Set.of("raft"),
            "org\\.apache\\.ratis\\.thirdparty\\.io\\.grpc", Set.of("raft", "tools.bench"),
            "org\\.apache\\.ratis\\.thirdparty\\.io\\.netty", Set.of("raft", "etcdapi"),
            "io\\.javalin", Set.of("rest"),
            "org\\.yaml\\.snakeyaml", Set.of("config", "tools", "tools.drill"),
            "picocli", Set.of("tools", "tools.drill", "agent"));

    private static final Pattern VAGUE = Pattern.compile(
            "\\b(?:class|interface|record|enum)\\s+((?:Abstract|Default)\\w+|\\w*(?:Manager|Service|Handler|Processor|Helper|Utils?|Impl|Common))\\b");

    private static final int LINES_IN_A_FILE = 500;

    @Test
    void importsOnlyPointDown() {
        each(Sources.main(), file -> {
            Set<String> allowed = FLOORS.get(file.room());
            assertTrue(allowed != null, "package " + file.room() + " has no floor; give it one here");
            for (String imported : file.productImports()) {
                assertTrue(imported.equals(file.room()) || allowed.contains(imported),
                        file.room() + " may not import " + imported);
            }
        });
    }

    @Test
    void purePackagesAreFreeOfClockChanceAndIo() {
        each(Sources.main().stream().filter(f -> PURE.contains(f.room())).toList(), file ->
                BANNED_IN_PURE.forEach((banned, instead) -> {
                    Matcher m = Pattern.compile(banned).matcher(file.code());
                    assertFalse(m.find(), () -> "line " + file.lineOf(m.start()) + ": " + m.group() + "; " + instead);
                }));
    }

    @Test
    void librariesStayInTheirRoom() {
        each(Sources.main(), file -> CONFINED.forEach((library, rooms) ->
                assertTrue(rooms.contains(file.room())
                        || !Pattern.compile("import (static )?" + library).matcher(file.code()).find(),
                        library + " is known only to " + new TreeSet<>(rooms))));
    }

    @Test
    void namesSaySomething() {
        each(Sources.all(), file -> {
            Matcher m = VAGUE.matcher(file.code());
            assertFalse(m.find(), () -> "vague name " + m.group(1));
        });
    }

    @Test
    void filesStaySmall() {
        each(Sources.main(), file -> assertTrue(file.lines().size() <= LINES_IN_A_FILE,
                file.lines().size() + " lines, at most " + LINES_IN_A_FILE));
    }

    @Test
    void nothingIsLeftOver() {
        Pattern leftover = Pattern.compile("\\b(TODO|FIXME|XXX)\\b|@Disabled|not implemented"
                + "|catch \\([^)]*\\)\\s*\\{\\s*\\}|printStackTrace\\(\\)");
        each(Sources.all().stream().filter(f -> !f.path().endsWith("TidyTest.java")).toList(), file -> {
            Matcher m = leftover.matcher(file.text());
            assertFalse(m.find(), () -> "line " + file.lineOf(m.start()) + ": " + m.group());
        });
    }

    @Test
    void theTopLevelIsTheGivenOne() {
        Set<String> allowed = Set.of("pom.xml", "README.md", "LICENSE", "raft", "statemachine", "pgmanager", "api",
                "tools", "config", "packaging", "src", "target");
        for (String name : Sources.topLevel()) {
            assertTrue(name.startsWith(".") || allowed.contains(name), "not of the given top level: " + name);
        }
    }

    @Test
    void theChecksThemselvesCanFail() {
        Sources.SourceFile bad = new Sources.SourceFile("x/io/matriarch/ha/Foo.java",
                "package io.matriarch.ha;\nimport io.matriarch.raft.RatisPeer;\n// Thread.sleep in a comment is fine\n"
                        + "class Foo" + "Manager { long t = System.nanoTime(); }\n");
        assertEquals("ha", bad.room());
        assertEquals(Set.of("raft"), bad.productImports());
        assertTrue(VAGUE.matcher(bad.code()).find());
        assertEquals(4, bad.lineOf(bad.code().indexOf("System.nanoTime")));
        assertFalse(bad.code().contains("Thread.sleep"), "comments are not code");
    }

    private static void each(List<Sources.SourceFile> files, Consumer<Sources.SourceFile> check) {
        assertFalse(files.isEmpty(), "no sources found");
        List<String> broken = new ArrayList<>();
        for (Sources.SourceFile file : files) {
            try {
                check.accept(file);
            } catch (AssertionError e) {
                broken.add(file.path() + ": " + e.getMessage());
            }
        }
        assertTrue(broken.isEmpty(), String.join("\n", broken));
    }
}
