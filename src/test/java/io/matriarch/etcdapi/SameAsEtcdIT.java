package io.matriarch.etcdapi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.matriarch.config.HostPort;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Iterator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A real etcd and ours are asked the same things, by chance, and answer the same, field by field. */
class SameAsEtcdIT {

    private static final Path ETCD = Path.of("/usr/bin/etcd");
    private static final int REQUESTS = Integer.getInteger("matriarch.etcd.requests", 1_500);
    private static final long SEED = Long.getLong("matriarch.etcd.seed", 4);

    @TempDir
    private Path directory;
    private final ObjectMapper json = new ObjectMapper();

    @Test
    void randomRequestsAreAnsweredAlike() throws Exception {
        assertTrue(Files.isExecutable(ETCD), "etcd is missing. Debian: apt-get install etcd-server");
        HostPort client = TestServer.freeAddress();
        Process etcd = etcd(client);
        try (TestServer server = TestServer.start(directory.resolve("raft"))) {
            JsonClient theirs = new JsonClient("http://" + client);
            JsonClient ours = new JsonClient(server.url());
            awaitReady(theirs);
            RandomRequests requests = new RandomRequests(SEED);
            for (int i = 0; i < REQUESTS; i++) {
                RandomRequests.Request request = requests.next();
                String expected = normal(theirs.post(request.path(), request.body()), requests);
                String found = normal(ours.post(request.path(), request.body()), requests);
                assertEquals(expected, found, "request " + i + " of seed " + SEED + ": " + request);
            }
        } finally {
            etcd.destroyForcibly().waitFor();
        }
    }

    private Process etcd(HostPort client) throws IOException {
        String peer = "http://" + TestServer.freeAddress();
        return new ProcessBuilder(ETCD.toString(), "--data-dir", directory.resolve("etcd").toString(), "--listen-client-urls",
                "http://" + client, "--advertise-client-urls", "http://" + client, "--listen-peer-urls", peer,
                "--initial-advertise-peer-urls", peer, "--initial-cluster", "default=" + peer, "--unsafe-no-fsync")
                .redirectErrorStream(true).redirectOutput(directory.resolve("etcd.log").toFile()).start();
    }

    private static void awaitReady(JsonClient client) throws Exception {
        long deadline = System.nanoTime() + Duration.ofSeconds(30).toNanos();
        while (true) {
            try {
                if (client.post("/v3/kv/range", "{\"key\":\"YQ==\"}").status() == 200) {
                    return;
                }
            } catch (IOException e) {
                assertTrue(System.nanoTime() < deadline, "etcd does not start");
            }
            Thread.sleep(50);
        }
    }

    /** What must differ is taken out: identities, terms, the words about JSON that is none. */
    private String normal(JsonClient.Reply reply, RandomRequests requests) throws IOException {
        JsonNode body = json.readTree(reply.body());
        strip(body, requests);
        String text = body.toString();
        boolean aboutJson = reply.status() == 400 && !text.contains("etcdserver: ");
        // a lease may be a second further with one of the two
        return reply.status() + " " + (aboutJson ? "(not JSON of this kind)" : text.replaceAll("\"TTL\":\"(5\\d\\d|60\\d)\"", "\"TTL\":\"...\""));
    }

    private static void strip(JsonNode node, RandomRequests requests) {
        if (node instanceof ObjectNode object) {
            object.remove("cluster_id");
            object.remove("member_id");
            object.remove("raft_term");
            if (object.has("revision")) {
                requests.seen(object.get("revision").asLong());
            }
        }
        for (Iterator<JsonNode> children = node.elements(); children.hasNext();) {
            strip(children.next(), requests);
        }
    }
}
