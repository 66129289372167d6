package io.matriarch.etcdapi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.Client;
import io.etcd.jetcd.KV;
import io.etcd.jetcd.KeyValue;
import io.etcd.jetcd.Watch;
import io.etcd.jetcd.auth.Permission;
import io.etcd.jetcd.election.CampaignResponse;
import io.etcd.jetcd.lease.LeaseGrantResponse;
import io.etcd.jetcd.kv.GetResponse;
import io.etcd.jetcd.kv.TxnResponse;
import io.etcd.jetcd.op.Cmp;
import io.etcd.jetcd.op.CmpTarget;
import io.etcd.jetcd.op.Op;
import io.etcd.jetcd.options.DeleteOption;
import io.etcd.jetcd.options.GetOption;
import io.etcd.jetcd.options.LeaseOption;
import io.etcd.jetcd.options.PutOption;
import io.etcd.jetcd.options.WatchOption;
import io.etcd.jetcd.watch.WatchEvent;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** jetcd, the Java client of etcd, works unchanged. */
@Timeout(60)
class JetcdIT {

    @TempDir
    private static Path directory;
    private static TestServer server;
    private static Client client;

    @BeforeAll
    static void start() throws Exception {
        server = TestServer.start(directory.resolve("raft"));
        client = Client.builder().endpoints(server.url()).build();
    }

    @AfterAll
    static void stop() {
        client.close();
        server.close();
    }

    private static ByteSequence bytes(String text) {
        return ByteSequence.from(text, StandardCharsets.UTF_8);
    }

    private static List<String> texts(GetResponse response) {
        return response.getKvs().stream().map(kv -> kv.getKey() + "=" + kv.getValue()).toList();
    }

    @Test
    void keysAndTransactions() throws Exception {
        KV kv = client.getKVClient();
        kv.put(bytes("kv/a"), bytes("1")).get();
        assertEquals("1", kv.put(bytes("kv/a"), bytes("2"), PutOption.builder().withPrevKV().build()).get().getPrevKv().getValue().toString());
        kv.put(bytes("kv/b"), bytes("3")).get();
        GetOption prefix = GetOption.builder().isPrefix(true).withSortField(GetOption.SortTarget.KEY)
                .withSortOrder(GetOption.SortOrder.DESCEND).build();
        assertEquals(List.of("kv/b=3", "kv/a=2"), texts(kv.get(bytes("kv/"), prefix).get()));
        assertEquals(2, kv.get(bytes("kv/"), GetOption.builder().isPrefix(true).withCountOnly(true).build()).get().getCount());
        long revision = kv.get(bytes("kv/a")).get().getKvs().get(0).getModRevision();
        TxnResponse won = kv.txn().If(new Cmp(bytes("kv/a"), Cmp.Op.EQUAL, CmpTarget.modRevision(revision)))
                .Then(Op.put(bytes("kv/a"), bytes("4"), PutOption.DEFAULT), Op.get(bytes("kv/b"), GetOption.DEFAULT)).commit().get();
        assertTrue(won.isSucceeded());
        assertEquals("3", won.getGetResponses().get(0).getKvs().get(0).getValue().toString());
        TxnResponse lost = kv.txn().If(new Cmp(bytes("kv/a"), Cmp.Op.EQUAL, CmpTarget.modRevision(revision)))
                .Then(Op.put(bytes("kv/a"), bytes("5"), PutOption.DEFAULT)).Else(Op.delete(bytes("kv/b"), DeleteOption.DEFAULT)).commit().get();
        assertFalse(lost.isSucceeded());
        assertEquals(List.of("kv/a=2"), texts(kv.get(bytes("kv/a"), GetOption.builder().withRevision(revision).build()).get()));
        assertEquals(1, kv.delete(bytes("kv/"), DeleteOption.builder().isPrefix(true).build()).get().getDeleted());
        kv.compact(revision).get();
        ExecutionException compacted = assertThrows(ExecutionException.class, () ->
                kv.get(bytes("kv/a"), GetOption.builder().withRevision(revision - 1).build()).get());
        assertTrue(compacted.getMessage().contains("etcdserver: mvcc: required revision has been compacted"), compacted.getMessage());
    }

    @Test
    void watches() throws Exception {
        BlockingQueue<String> seen = new LinkedBlockingQueue<>();
        WatchOption option = WatchOption.builder().isPrefix(true).withPrevKV(true).build();
        try (Watch.Watcher watcher = client.getWatchClient().watch(bytes("w/"), option, response -> {
            for (WatchEvent event : response.getEvents()) {
                seen.add(event.getEventType() + " " + event.getKeyValue().getKey() + " before " + value(event.getPrevKV()));
            }
        })) {
            client.getWatchClient().requestProgress();
            client.getKVClient().put(bytes("w/a"), bytes("1")).get();
            client.getKVClient().delete(bytes("w/a")).get();
            assertEquals("PUT w/a before ", seen.poll(10, TimeUnit.SECONDS));
            assertEquals("DELETE w/a before 1", seen.poll(10, TimeUnit.SECONDS));
        }
    }

    private static String value(KeyValue kv) {
        return kv == null ? "" : kv.getValue().toString();
    }

    @Test
    void leasesLocksAndElections() throws Exception {
        LeaseGrantResponse lease = client.getLeaseClient().grant(30).get();
        client.getKVClient().put(bytes("l/a"), bytes("1"), PutOption.builder().withLeaseId(lease.getID()).build()).get();
        assertEquals(30, client.getLeaseClient().keepAliveOnce(lease.getID()).get().getTTL());
        assertEquals(List.of(bytes("l/a")), client.getLeaseClient().timeToLive(lease.getID(),
                LeaseOption.builder().withAttachedKeys().build()).get().getKeys());
        ByteSequence lock = client.getLockClient().lock(bytes("mutex"), lease.getID()).get().getKey();
        assertTrue(lock.toString().startsWith("mutex/"));
        client.getLockClient().unlock(lock).get();
        CampaignResponse office = client.getElectionClient().campaign(bytes("office"), lease.getID(), bytes("me")).get();
        assertEquals("me", client.getElectionClient().leader(bytes("office")).get().getKv().getValue().toString());
        client.getElectionClient().resign(office.getLeader()).get();
        client.getLeaseClient().revoke(lease.getID()).get();
        assertEquals(0, client.getKVClient().get(bytes("l/a")).get().getCount());
    }

    @Test
    void clusterAndMaintenance() throws Exception {
        assertEquals("m1", client.getClusterClient().listMember().get().getMembers().get(0).getName());
        assertTrue(client.getMaintenanceClient().statusMember(server.url()).get().getVersion().startsWith("3.5."));
        assertEquals(0, client.getMaintenanceClient().listAlarms().get().getAlarms().size());
        client.getMaintenanceClient().hashKV(server.url(), 0).get();
    }

    @Test
    void usersAndRoles(@TempDir Path dir) throws Exception {
        try (TestServer own = TestServer.start(dir.resolve("raft")); Client open = Client.builder().endpoints(own.url()).build()) {
            open.getAuthClient().userAdd(bytes("root"), bytes("secret")).get();
            open.getAuthClient().roleAdd(bytes("root")).get();
            open.getAuthClient().userGrantRole(bytes("root"), bytes("root")).get();
            open.getAuthClient().roleAdd(bytes("reader")).get();
            open.getAuthClient().roleGrantPermission(bytes("reader"), bytes("r/"), bytes("r0"), Permission.Type.READ).get();
            open.getAuthClient().userAdd(bytes("eve"), bytes("word")).get();
            open.getAuthClient().userGrantRole(bytes("eve"), bytes("reader")).get();
            open.getAuthClient().authEnable().get();
            try (Client root = Client.builder().endpoints(own.url()).user(bytes("root")).password(bytes("secret")).build();
                 Client eve = Client.builder().endpoints(own.url()).user(bytes("eve")).password(bytes("word")).build()) {
                root.getKVClient().put(bytes("r/a"), bytes("1")).get();
                assertEquals(List.of("r/a=1"), texts(eve.getKVClient().get(bytes("r/a")).get()));
                ExecutionException denied = assertThrows(ExecutionException.class, () -> eve.getKVClient().put(bytes("r/a"), bytes("2")).get());
                assertTrue(denied.getMessage().contains("etcdserver: permission denied"), denied.getMessage());
            }
        }
    }
}
