package io.matriarch.etcdapi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The client of the npm package etcd3 works unchanged. */
class NpmClientIT {

    private static final String PACKAGE = "etcd3@1.1.2";

    @TempDir
    Path dir;

    private record Ended(int code, String output) {
    }

    private Ended run(List<String> command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).directory(dir.toFile()).redirectErrorStream(true).start();
        process.getOutputStream().close();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Ended(process.waitFor(), output);
    }

    @Test
    @Timeout(180)
    void doesWhatItDoesWithEtcd() throws Exception {
        assumeTrue(List.of("/usr/bin", "/usr/local/bin", "/bin").stream().anyMatch(bin -> Files.isExecutable(Path.of(bin, "npm"))),
                "npm is not installed");
        Ended installed = run(List.of("npm", "install", "--no-package-lock", "--no-audit", "--no-fund", "--ignore-scripts", PACKAGE));
        assumeTrue(installed.code() == 0 || System.getenv("CI") != null, () -> "npm cannot install: " + installed.output());
        assertEquals(0, installed.code(), installed.output());
        Files.copy(Path.of("src/test/resources/clients/etcd3.js"), dir.resolve("client.js"));
        try (TestServer server = TestServer.start(dir.resolve("raft"))) {
            Ended done = run(List.of("node", "client.js", server.url()));
            assertEquals(0, done.code(), done.output());
            assertEquals("""
                    get 1
                    all {"npm/a":"1","npm/b":"2"}
                    keys npm/b,npm/a
                    count 2
                    txn true false 3
                    watch put npm/w1 x, delete npm/w1
                    lease alive
                    revoked null
                    lock EtcdLockFailedError
                    leader me
                    deleted 2
                    error GRPCInvalidArgumentError
                    """, done.output());
        }
    }
}
