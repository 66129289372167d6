package io.matriarch.etcdapi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.matriarch.config.ClientCheck;
import io.matriarch.config.Secret;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What somebody without credentials can do through an adapter that is not open to writes: read, and nothing else. */
class StrangerIT {

    private static final String REFUSAL = "etcdserver: user name is empty";

    @TempDir
    private static Path directory;
    private static TestServer server;

    @BeforeAll
    static void start() throws Exception {
        server = TestServer.start(directory.resolve("raft"), false, Optional.empty(), ClientCheck.NONE);
        server.put("config", "{}");
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static Etcdctl etcdctl() {
        return Etcdctl.at(server.endpoint());
    }

    @Test
    void readsAndWatches() throws Exception {
        assertEquals("config\n{}\n", etcdctl().run("get", "config").ok());
        assertEquals("config\n{}\n", etcdctl().run("get", "config", "--consistency=s").ok());
        assertTrue(etcdctl().run("endpoint", "health").ok().isEmpty());
        assertTrue(etcdctl().run("endpoint", "hashkv").ok().contains(server.endpoint()));
        assertTrue(etcdctl().run("member", "list").ok().contains("m1"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"put config x", "del config", "del --prefix c", "lease grant 60", "lease revoke 1", "lease keep-alive 1 --once",
        "compaction 1", "user add eve --no-password", "role add admin", "auth enable", "user grant-role eve root",
        "lock mine true", "elect --listen=false seat eve", "snapshot save SNAPSHOT", "defrag", "user list"})
    void changesNothing(String words) throws Exception {
        String[] command = words.replace("SNAPSHOT", directory.resolve("s.db").toString()).split(" ");
        Etcdctl.Output output = etcdctl().run(command);
        assertTrue(output.code() != 0, () -> words + ": " + output.out());
        assertTrue((output.out() + output.err()).contains(REFUSAL), () -> words + ": " + output.out() + output.err());
        assertEquals("config\n{}\n", etcdctl().run("get", "--prefix", "").ok());
    }

    @Test
    void changesNothingByATransaction() throws Exception {
        Etcdctl.Output output = etcdctl().runWith("\nput config x\n\nput config y\n\n", "txn");
        assertTrue((output.out() + output.err()).contains(REFUSAL), output::err);
    }

    @ParameterizedTest
    @CsvSource(delimiter = ' ', value = {"/v3/kv/put {\"key\":\"YQ==\"}", "/v3/kv/deleterange {\"key\":\"YQ==\"}", "/v3/kv/txn {}",
        "/v3/kv/compaction {\"revision\":1}", "/v3/lease/grant {\"TTL\":60}", "/v3/lease/revoke {\"ID\":1}", "/v3/auth/enable {}",
        "/v3/auth/user/add {\"name\":\"eve\",\"password\":\"x\"}", "/v3/auth/role/add {\"name\":\"admin\"}",
        "/v3/maintenance/defragment {}", "/v3/maintenance/snapshot {}", "/v3/lock/lock {\"name\":\"ZXZl\"}",
        "/v3/election/campaign {\"name\":\"ZXZl\"}", "/v3beta/kv/put {\"key\":\"YQ==\"}"})
    void changesNothingThroughTheGateway(String path, String body) throws Exception {
        JsonClient.Reply answer = new JsonClient(server.url()).post(path, body);
        assertTrue(answer.status() != 200 && answer.body().contains(REFUSAL), () -> path + ": " + answer);
    }

    /** The password of the configuration makes root, and from then on etcd's own rules hold. */
    @Test
    void theFirstUserOpensTheStore() throws Exception {
        try (TestServer own = TestServer.start(directory.resolve("users"), false, Optional.empty(), ClientCheck.NONE)) {
            own.adapter().requireUsers(new Secret("first-secret"));
            Etcdctl etcdctl = Etcdctl.at(own.endpoint());
            own.await(store -> store.auth().enabled());
            assertEquals("OK\n", etcdctl.with("--user=root:first-secret").run("put", "a", "1").ok());
            assertTrue(etcdctl.run("get", "a").refused().contains(REFUSAL));
            assertTrue(etcdctl.with("--user=root:wrong").run("put", "a", "2").err().contains("authentication failed"));
            etcdctl.with("--user=root:first-secret").runWith("next-secret\n", "user", "passwd", "root", "--interactive=false").ok();
            assertEquals("a\n1\n", etcdctl.with("--user=root:next-secret").run("get", "a").ok());
            own.adapter().requireUsers(new Secret("first-secret"));
            Thread.sleep(300);
            assertEquals("a\n1\n", etcdctl.with("--user=root:next-secret").run("get", "a").ok());
        }
    }

    @Test
    void anAdapterThatIsOpenIsAsEtcdIs() throws Exception {
        try (TestServer open = TestServer.start(directory.resolve("open"))) {
            assertEquals("OK\n", Etcdctl.at(open.endpoint()).run("put", "a", "1").ok());
        }
    }
}
