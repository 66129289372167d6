package io.matriarch.tools.drill;

import java.nio.file.Path;

/**
 * Where one agent lives.
 *
 * @param host address of its PostgreSQL, REST API and Raft peer
 * @param dir  directory of everything it has
 */
public record AgentSite(String name, String host, int postgresPort, int restPort, int raftPort, Path dir) {

    /** The configuration file. */
    public Path configFile() {
        return dir.resolve("matriarch.yml");
    }

    /** PostgreSQL's data directory. */
    public Path dataDir() {
        return dir.resolve("data");
    }

    /** What the agent prints. */
    public Path log() {
        return dir.resolve("agent.log");
    }

    /** The URL of its REST API, without a slash at the end. */
    public String restUrl() {
        return "http://" + host + ":" + restPort;
    }
}
