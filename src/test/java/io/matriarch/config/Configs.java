package io.matriarch.config;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Configurations for the tests of this package: the smallest one that is complete, and changes to it. */
final class Configs {

    static final String SMALLEST = """
        scope: main
        name: node1
        restapi:
          listen: 127.0.0.1:8008
        postgresql:
          listen: 127.0.0.1:5432
          data_dir: /data/pg
          authentication:
            superuser:
              username: postgres
            replication:
              username: replicator
        raft:
          self_addr: 127.0.0.1:2380
          data_dir: /data/raft
        """;

    private Configs() {
    }

    static LoadedConfig load(Path directory, String yaml) throws IOException, ConfigException {
        return load(directory, yaml, Map.of());
    }

    static LoadedConfig load(Path directory, String yaml, Map<String, String> environment) throws IOException, ConfigException {
        return ConfigLoader.load(Optional.of(file(directory, yaml)), environment);
    }

    static Path file(Path directory, String yaml) throws IOException {
        return Files.writeString(directory.resolve("m.yml"), yaml);
    }

    /** The problems of a configuration that must be refused, without the name of the directory. */
    static List<String> problems(Path directory, String yaml, Map<String, String> environment) throws IOException {
        try {
            load(directory, yaml, environment);
        } catch (ConfigException e) {
            return e.problems().stream().map(p -> p.replace(directory + "/", "")).toList();
        }
        throw new AssertionError("accepted: " + yaml);
    }

    static List<String> warnings(Path directory, String yaml) throws IOException, ConfigException {
        return load(directory, yaml).warnings().stream().map(w -> w.replace(directory + "/", "")).toList();
    }
}
