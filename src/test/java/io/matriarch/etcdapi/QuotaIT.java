package io.matriarch.etcdapi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.Base64;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A client that fills the store: it gets etcd's words and an alarm, and the members go on. */
class QuotaIT {

    private static final int VALUE_BYTES = 1_500_000;
    private static final int MOST_PUTS = 60;

    @TempDir
    private Path directory;

    @Test
    void aFullStoreRaisesAnAlarmAndMembersStillWrite() throws Exception {
        try (TestServer server = TestServer.start(directory.resolve("raft"))) {
            Etcdctl etcdctl = Etcdctl.at(server.endpoint());
            JsonClient json = new JsonClient(server.url());
            String value = Base64.getEncoder().encodeToString(new byte[VALUE_BYTES]);
            JsonClient.Reply last = new JsonClient.Reply(200, "");
            int puts = 0;
            while (last.status() == 200 && puts < MOST_PUTS) {
                last = json.post("/v3/kv/put", "{\"key\":\"" + JsonClient.base64("k" + puts) + "\",\"value\":\"" + value + "\"}");
                puts++;
            }
            assertEquals(429, last.status());
            assertTrue(last.body().contains("\"error\":\"etcdserver: mvcc: database space exceeded\",") && last.body().contains("\"code\":8"),
                    last::body);
            server.await(store -> !MaintenanceCalls.alarms(store).isEmpty());
            assertTrue(etcdctl.run("alarm", "list").ok().matches("memberID:[0-9]+ alarm:NOSPACE \n?"));
            assertEquals("etcdserver: mvcc: database space exceeded", etcdctl.run("put", "small", "x").refused().trim());
            assertEquals("etcdserver: mvcc: database space exceeded", etcdctl.run("lease", "grant", "60").refused()
                    .replaceFirst("^.*desc = ", "").replaceFirst("^failed to grant lease \\((.*)\\)$", "$1").trim());
            assertEquals("{\"health\":\"false\"}", json.get("/health").body());
            server.put("/service/main/leader", "a member writes on");
            assertTrue(etcdctl.run("get", "/service/main/leader").ok().contains("a member writes on"));

            etcdctl.run("del", "--prefix", "k").ok();
            assertEquals("etcdserver: mvcc: database space exceeded", etcdctl.run("put", "small", "x").refused().trim());
            assertTrue(etcdctl.run("alarm", "disarm").ok().contains("alarm:NOSPACE"));
            assertEquals("OK\n", etcdctl.run("put", "small", "x").ok());
            assertEquals("", etcdctl.run("alarm", "list").ok());
        }
    }
}
