package io.matriarch.etcdapi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What operators do with etcdctl works, and says the same as with etcd. */
class EtcdctlIT {

    @TempDir
    private static Path directory;
    private static TestServer server;
    private static Etcdctl etcdctl;

    @BeforeAll
    static void start() throws Exception {
        server = TestServer.start(directory.resolve("raft"));
        etcdctl = Etcdctl.at(server.endpoint());
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @Test
    void putsGetsAndDeletes() throws Exception {
        assertEquals("OK\n", etcdctl.run("put", "kv/a", "1").ok());
        assertEquals("OK\nkv/a\n1\n", etcdctl.run("put", "kv/a", "2", "--prev-kv").ok());
        assertEquals("OK\n", etcdctl.run("put", "kv/b", "3").ok());
        assertEquals("kv/a\n2\nkv/b\n3\n", etcdctl.run("get", "--prefix", "kv/").ok());
        assertEquals("kv/b\n3\nkv/a\n2\n", etcdctl.run("get", "--prefix", "kv/", "--order=DESCEND", "--sort-by=KEY").ok());
        assertEquals("3\n", etcdctl.run("get", "kv/b", "--print-value-only").ok());
        assertEquals("kv/a\n2\n", etcdctl.run("get", "--prefix", "kv/", "--limit=1").ok());
        assertEquals("kv/a\n\nkv/b\n\n", etcdctl.run("get", "kv/a", "kv/c", "--keys-only").ok());
        assertEquals("kv/b\n3\n", etcdctl.run("get", "kv/b", "--from-key", "--limit=1").ok());
        assertTrue(etcdctl.run("get", "--prefix", "kv/", "--limit=1", "-w", "fields").ok().contains("\"Count\" : 2"));
        assertEquals("OK\n", etcdctl.run("put", "kv/a", "--ignore-value", "--lease=0").ok());
        assertEquals("2\nkv/a\n2\nkv/b\n3\n", etcdctl.run("del", "--prefix", "kv/", "--prev-kv").ok());
        assertEquals("", etcdctl.run("get", "--prefix", "kv/").ok());
        assertEquals("etcdserver: key not found", etcdctl.run("put", "kv/none", "--ignore-value").refused().trim());
    }

    @Test
    void transactions() throws Exception {
        assertEquals("FAILURE\n\nOK\n", etcdctl.runWith("value(\"tx/a\") = \"1\"\n\nput tx/a 2\n\nput tx/a 1\n\n", "txn").ok());
        assertEquals("SUCCESS\n\nOK\n\ntx/a\n2\n",
                etcdctl.runWith("value(\"tx/a\") = \"1\"\nmod(\"tx/b\") = \"0\"\n\nput tx/a 2\nget tx/a\n\nput tx/a 3\n\n", "txn").ok());
        assertEquals("etcdserver: duplicate key given in txn request",
                etcdctl.runWith("\nput tx/a 1\nput tx/a 2\n\n\n", "txn").refused().trim());
    }

    @Test
    void watches() throws Exception {
        etcdctl.run("put", "w/a", "old").ok();
        try (Etcdctl.Running watch = etcdctl.begin("watch", "--prefix", "w/", "--prev-kv", "--rev=" + revisionOf("w/a"))) {
            assertEquals(List.of("PUT", "w/a", "old"), watch.next(3));
            etcdctl.run("put", "w/a", "new").ok();
            assertEquals(List.of("PUT", "w/a", "old", "w/a", "new"), watch.next(5));
            etcdctl.run("del", "w/a").ok();
            assertEquals(List.of("DELETE", "w/a", "new", "w/a", ""), watch.next(5));
        }
    }

    @Test
    void leases() throws Exception {
        assertTrue(etcdctl.run("lease", "grant", "1").ok().contains("TTL(2s)"), "the shortest");
        String id = etcdctl.run("lease", "grant", "60").ok().split(" ")[1];
        etcdctl.run("put", "l/a", "1", "--lease=" + id).ok();
        assertTrue(etcdctl.run("lease", "list").ok().contains(id));
        String left = etcdctl.run("lease", "timetolive", id, "--keys").ok();
        assertTrue(left.matches("lease " + id + " granted with TTL\\(60s\\), remaining\\((59|60)s\\), attached keys\\(\\[l/a]\\)\n"), left);
        assertEquals("lease " + id + " keepalived with TTL(60)\n", etcdctl.run("lease", "keep-alive", "--once", id).ok());
        assertEquals("lease " + id + " revoked\n", etcdctl.run("lease", "revoke", id).ok());
        assertEquals("", etcdctl.run("get", "l/a").ok());
        assertEquals("lease " + id + " already expired\n", etcdctl.run("lease", "timetolive", id).ok());
        assertEquals("etcdserver: requested lease not found", etcdctl.run("lease", "revoke", id).refused()
                .replaceFirst(".*(etcdserver)", "$1").replaceAll("[)\\s]+$", ""));
        assertEquals("etcdserver: requested lease not found", etcdctl.run("put", "l/b", "1", "--lease=" + id).refused().trim());
    }

    @Test
    void aLeaseThatNobodyRenewsEnds() throws Exception {
        String id = etcdctl.run("lease", "grant", "2").ok().split(" ")[1];
        etcdctl.run("put", "short/a", "1", "--lease=" + id).ok();
        try (Etcdctl.Running watch = etcdctl.begin("watch", "short/a", "--rev=" + revisionOf("short/a"))) {
            assertEquals(List.of("PUT", "short/a", "1", "DELETE", "short/a"), watch.next(5));
        }
    }

    @Test
    void looksAfterTheServer() throws Exception {
        assertTrue(etcdctl.run("endpoint", "health").err().contains("is healthy"), "health");
        assertTrue(etcdctl.run("endpoint", "status").ok().contains(", 3.5."), "status");
        assertTrue(etcdctl.run("endpoint", "hashkv").ok().startsWith(server.endpoint() + ", "), "hash");
        assertTrue(etcdctl.run("member", "list").ok().contains("started, m1, http://"), "members");
        assertEquals("", etcdctl.run("alarm", "list").ok());
        assertTrue(etcdctl.run("defrag").ok().startsWith("Finished defragmenting"));
        assertEquals("etcdserver: bad leader transferee", etcdctl.run("move-leader", "1234").refused().trim());
        Path file = directory.resolve("snapshot.db");
        etcdctl.run("snapshot", "save", file.toString()).ok();
        assertEquals(32, Files.size(file) % 512);
    }

    @Test
    void changesTheMembership() throws Exception {
        String url = "http://127.0.0.1:19999";
        assertTrue(etcdctl.run("member", "add", "m2", "--peer-urls=" + url).ok()
                .matches("(?s)Member [0-9a-f]+ added to cluster [0-9a-f]+\n.*ETCD_NAME=\"m2\".*"));
        assertTrue(etcdctl.run("member", "list").ok().contains(", unstarted, , " + url + ", , false"));
        assertEquals("etcdserver: Peer URLs already exists", etcdctl.run("member", "add", "m2", "--peer-urls=" + url).refused().trim());
        String id = etcdctl.run("member", "list").ok().lines().filter(l -> l.contains(url)).findFirst().orElseThrow().split(",")[0];
        assertEquals("etcdserver: can only promote a learner member", etcdctl.run("member", "promote", id).refused().trim());
        assertTrue(etcdctl.run("member", "update", id, "--peer-urls=http://127.0.0.1:19998").ok().startsWith("Member "));
        String listed = etcdctl.run("member", "list").ok();
        assertTrue(listed.contains(", unstarted, , http://127.0.0.1:19998, , false") && !listed.contains(url), listed);
        String moved = listed.lines().filter(l -> l.contains("unstarted")).findFirst().orElseThrow().split(",")[0];
        assertTrue(etcdctl.run("member", "remove", moved).ok().startsWith("Member " + moved + " removed from cluster "));
        assertEquals("etcdserver: member not found", etcdctl.run("member", "remove", moved).refused().trim());
        etcdctl.run("member", "add", "l", "--learner", "--peer-urls=" + url).ok();
        String learner = etcdctl.run("member", "list").ok().lines().filter(l -> l.endsWith(", true")).findFirst().orElseThrow().split(",")[0];
        assertEquals("etcdserver: can only promote a learner member which is in sync with leader",
                etcdctl.run("member", "promote", learner).refused().trim());
        etcdctl.run("member", "remove", learner).ok();
        String only = etcdctl.run("member", "list").ok().split(",")[0];
        assertEquals("etcdserver: re-configuration failed due to not enough started members",
                etcdctl.run("member", "remove", only).refused().trim());
        assertEquals("etcdserver: not capable", etcdctl.run("member", "update", only, "--peer-urls=" + url).refused().trim());
    }

    @Test
    void compacts() throws Exception {
        etcdctl.run("put", "c/a", "1").ok();
        etcdctl.run("put", "c/a", "2").ok();
        long revision = revisionOf("c/a");
        assertEquals("c/a\n1\n", etcdctl.run("get", "c/a", "--rev=" + (revision - 1)).ok());
        assertEquals("compacted revision " + revision + "\n", etcdctl.run("compaction", Long.toString(revision)).ok());
        assertEquals("etcdserver: mvcc: required revision has been compacted",
                etcdctl.run("get", "c/a", "--rev=" + (revision - 1)).refused().trim());
        assertEquals("etcdserver: mvcc: required revision is a future revision",
                etcdctl.run("get", "c/a", "--rev=999999").refused().trim());
        assertEquals("etcdserver: mvcc: required revision has been compacted",
                etcdctl.run("compaction", "1").refused().trim());
    }

    @Test
    void locks() throws Exception {
        try (Etcdctl.Running holder = etcdctl.begin("lock", "mutex")) {
            assertTrue(holder.next(1).get(0).startsWith("mutex/"));
            try (Etcdctl.Running second = etcdctl.begin("lock", "mutex", "echo", "second")) {
                holder.process().destroy();
                assertEquals(List.of("second"), second.next(1));
            }
        }
    }

    @Test
    void elects() throws Exception {
        try (Etcdctl.Running candidate = etcdctl.begin("elect", "office", "me")) {
            List<String> won = candidate.next(2);
            assertTrue(won.get(0).startsWith("office/"));
            assertEquals("me", won.get(1));
            try (Etcdctl.Running observer = etcdctl.begin("elect", "--listen", "office")) {
                assertEquals(won, observer.next(2));
            }
        }
    }

    @Test
    void usersAndRoles() throws Exception {
        try (TestServer guarded = TestServer.start(directory.resolve("guarded"))) {
            Etcdctl anybody = Etcdctl.at(guarded.endpoint());
            assertEquals("etcdserver: root user does not exist", anybody.run("auth", "enable").refused().trim());
            assertEquals("User root created\n", anybody.run("user", "add", "root:secret").ok());
            assertEquals("Authentication Enabled\n", anybody.run("auth", "enable").ok());
            Etcdctl root = anybody.with("--user=root:secret");
            root.run("user", "add", "ann:word").ok();
            root.run("role", "add", "apps").ok();
            root.run("role", "grant-permission", "--prefix", "apps", "readwrite", "app/").ok();
            root.run("user", "grant-role", "ann", "apps").ok();
            Etcdctl ann = anybody.with("--user=ann:word");
            assertEquals("OK\n", ann.run("put", "app/a", "1").ok());
            assertEquals("app/a\n1\n", ann.run("get", "--prefix", "app/").ok());
            assertEquals("etcdserver: permission denied", ann.run("put", "other", "1").refused().trim());
            assertEquals("etcdserver: permission denied", ann.run("get", "--prefix", "").refused().trim());
            assertEquals("etcdserver: permission denied", ann.runWith("\n\nput app/b 1\nput other 1\n\n\n", "txn").refused().trim());
            assertEquals("etcdserver: permission denied", ann.run("snapshot", "save", directory.resolve("no").toString()).refused().trim());
            assertTrue(ann.run("watch", "other").err().contains("code = PermissionDenied desc = etcdserver: permission denied"));
            assertEquals("etcdserver: user name is empty", anybody.run("put", "app/a", "2").refused().trim());
            assertTrue(anybody.with("--user=ann:wrong").run("get", "app/a").refused()
                    .contains("authentication failed, invalid user ID or password"));
            assertEquals("User: ann\nRoles: apps", ann.run("user", "get", "ann").ok().strip());
            assertTrue(root.run("role", "get", "apps").ok().contains("[app/, app0) (prefix app/)"));
            assertEquals("ann\nroot\n", root.run("user", "list").ok());
            root.run("user", "revoke-role", "ann", "apps").ok();
            assertEquals("etcdserver: permission denied", ann.run("get", "app/a").refused().trim());
            assertEquals("Authentication Disabled\n", root.run("auth", "disable").ok());
            assertEquals("OK\n", anybody.run("put", "other", "1").ok());
        }
    }

    private static long revisionOf(String key) throws Exception {
        String fields = etcdctl.run("get", key, "-w", "fields").ok();
        return Long.parseLong(fields.replaceAll("(?s).*\"ModRevision\" : (\\d+).*", "$1"));
    }
}
