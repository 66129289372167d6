package io.matriarch.agent;

import io.matriarch.config.AgentConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.jar.JarFile;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a run does that is only for the record of classes: it loads what an agent needs when there is no time to load it. A
 * failover is rare, so its classes would be new to every process that goes through one.
 */
final class Rehearsal {

    private static final Logger LOG = LoggerFactory.getLogger(Rehearsal.class);
    /** Set by the launcher in such a run. */
    private static final String RECORDING = "MATRIARCH_RECORD_CLASSES";
    private static final List<String> LOADED = List.of("io/matriarch/", "org/postgresql/core/", "org/postgresql/jdbc/",
            "org/postgresql/util/", "org/postgresql/Driver", "org/postgresql/PG");
    private static final String CLASS = ".class";

    private Rehearsal() {
    }

    static void whenRecording(AgentConfig config, Map<String, String> environment) {
        if (!environment.containsKey(RECORDING)) {
            return;
        }
        FirstRenewal.rehearse(config);
        Path lib = Path.of(System.getProperty("matriarch.home", "."), "lib");
        try (Stream<Path> jars = Files.list(lib)) {
            LOG.info("loaded {} classes", jars.filter(jar -> jar.toString().endsWith(".jar")).mapToLong(Rehearsal::load).sum());
        } catch (IOException e) {
            LOG.warn("the classes in {} cannot be listed: {}", lib, e.toString());
        }
    }

    private static long load(Path jar) {
        try (JarFile file = new JarFile(jar.toFile())) {
            return file.stream().map(java.util.zip.ZipEntry::getName)
                    .filter(name -> name.endsWith(CLASS) && LOADED.stream().anyMatch(name::startsWith))
                    .filter(name -> load(name.substring(0, name.length() - CLASS.length()).replace('/', '.'))).count();
        } catch (IOException e) {
            LOG.warn("{} cannot be read: {}", jar, e.toString());
            return 0;
        }
    }

    private static boolean load(String name) {
        try {
            Class.forName(name, false, Rehearsal.class.getClassLoader());
            return true;
        } catch (ClassNotFoundException | LinkageError e) {
            LOG.debug("{} is not for this process: {}", name, e.toString());
            return false;
        }
    }
}
