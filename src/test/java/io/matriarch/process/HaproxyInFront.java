package io.matriarch.process;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.matriarch.tools.drill.LocalAgent;
import io.matriarch.tools.drill.LocalCluster;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.stream.Stream;

/** A real HAProxy with the shipped configuration, its addresses replaced by those of a cluster. */
final class HaproxyInFront implements AutoCloseable {

    private static final Path SHIPPED = Path.of("packaging/haproxy/haproxy.cfg");

    private final Process process;
    private final int writePort;
    private final String password;

    private HaproxyInFront(Process process, int writePort, String password) {
        this.process = process;
        this.writePort = writePort;
        this.password = password;
    }

    static HaproxyInFront start(Path dir, LocalCluster cluster) throws IOException {
        assumeTrue(Stream.of("/usr/sbin/haproxy", "/usr/local/sbin/haproxy").anyMatch(p -> Files.isExecutable(Path.of(p))),
                "HAProxy is not installed");
        List<Integer> ports = freePorts(3);
        int writePort = ports.get(0);
        String text = Files.readString(SHIPPED);
        int node = 0;
        for (LocalAgent agent : cluster.agents()) {
            node++;
            String host = agent.site().host();
            text = text.replaceAll("(?m)^(\\s+server node" + node + ") \\S+( .*?check port )\\d+",
                    "$1 " + host + ":" + agent.site().postgresPort() + "$2" + agent.site().restPort());
        }
        text = text.replaceAll("bind \\S+:5000", "bind 127.0.0.1:" + writePort)
                .replaceAll("bind \\S+:5001", "bind 127.0.0.1:" + ports.get(1))
                .replaceAll("bind \\S+:7000", "bind 127.0.0.1:" + ports.get(2))
                .replaceAll("(?m)^\\s*(chroot|user|group|daemon|stats socket|log) .*$", "");
        Path config = Files.writeString(dir.resolve("haproxy.cfg"), text);
        Process process = new ProcessBuilder("haproxy", "-db", "-f", config.toString()).redirectErrorStream(true)
                .redirectOutput(dir.resolve("haproxy.log").toFile()).start();
        List<String> pgpass = Files.readAllLines(cluster.passwordFile());
        return new HaproxyInFront(process, writePort, pgpass.get(0).substring(pgpass.get(0).lastIndexOf(':') + 1));
    }

    /** Distinct ports below those that outgoing connections take. */
    private static List<Integer> freePorts(int count) {
        List<Integer> ports = new ArrayList<>();
        for (int port = 21_000; port < 31_000 && ports.size() < count; port++) {
            try (ServerSocket probe = new ServerSocket(port)) {
                ports.add(probe.getLocalPort());
            } catch (IOException e) {
                continue; // taken: the next one
            }
        }
        return ports;
    }

    /** Waits until a write through the write port lands on this member. */
    void awaitWritesOn(LocalAgent agent, Duration patience) {
        long deadline = System.nanoTime() + patience.toNanos();
        String last = "";
        while (System.nanoTime() - deadline < 0) {
            try (Connection connection = connect(); Statement sql = connection.createStatement()) {
                sql.execute("CREATE TABLE IF NOT EXISTS through_haproxy (at timestamptz DEFAULT now())");
                sql.execute("INSERT INTO through_haproxy DEFAULT VALUES");
                try (ResultSet port = sql.executeQuery("SHOW port")) {
                    port.next();
                    last = "writes landed on port " + port.getString(1);
                    if (port.getInt(1) == agent.site().postgresPort()) {
                        return;
                    }
                }
            } catch (SQLException e) {
                last = e.getMessage();
            }
            Poll.pause();
        }
        assertTrue(false, "no write through HAProxy reached " + agent.name() + "; last: " + last);
    }

    private Connection connect() throws SQLException {
        Properties login = new Properties();
        login.setProperty("user", "postgres");
        login.setProperty("password", password);
        login.setProperty("connectTimeout", "2");
        login.setProperty("socketTimeout", "5");
        return DriverManager.getConnection("jdbc:postgresql://127.0.0.1:" + writePort + "/postgres", login);
    }

    @Override
    public void close() {
        process.destroy();
        try {
            process.waitFor();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
