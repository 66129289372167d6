package io.matriarch.raft;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.matriarch.config.HostPort;
import io.matriarch.raft.GroupStatus.PeerStatus;
import io.matriarch.store.Bytes;
import io.matriarch.store.Command;
import io.matriarch.store.Event;
import io.matriarch.store.KeyValue;
import io.matriarch.store.Store;
import io.matriarch.store.StoreLimits;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeSet;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What peers tell each other, and what a snapshot keeps, comes back as it was. */
class MessagesTest {

    private static final HostPort ADDRESS = new HostPort("::1", 2379);
    private static final UUID ID = new UUID(1, 2);

    @Test
    void aHelloWithACharter() {
        Hello hello = new Hello(ID, ADDRESS, new TreeSet<>(List.of("a:1", "b:1")), Stage.ACCEPTED,
                Optional.of(Charter.of(new UUID(3, 4), Map.of(ADDRESS, ID))), new TreeSet<>(List.of(ID)), true);
        assertEquals(hello, Hello.decode(hello.encode()));
    }

    @Test
    void everyAnswer() {
        for (Answer answer : List.of(new Answer.NotLeader(Optional.of(ADDRESS)), new Answer.NotLeader(Optional.empty()),
                new Answer.NotReady("soon"), new Answer.Failed("no"))) {
            assertEquals(answer, Answer.decode(answer.encode()));
        }
        Answer.Done done = (Answer.Done) Answer.decode(new Answer.Done(7, new byte[] {1, 2}).encode());
        assertEquals(7, done.index());
        assertArrayEquals(new byte[] {1, 2}, done.reply());
    }

    @Test
    void aStatus() {
        GroupStatus status = new GroupStatus("service", GroupStatus.Formation.WAITING, List.of(ADDRESS), "waits",
                List.of(new PeerStatus("x", ADDRESS, GroupStatus.Role.LEADER, true, true, 5, 6, 7, OptionalLong.of(8)),
                        new PeerStatus("y", ADDRESS, GroupStatus.Role.UNKNOWN, false, false, 0, -1, -1,
                                OptionalLong.empty())));
        assertEquals(status, GroupStatus.decode(status.encode()));
    }

    @Test
    void aBatchOfEvents() {
        KeyValue kv = new KeyValue(Bytes.of("k"), Bytes.of("v"), 1, 2, 3, 4);
        WatchBatch batch = new WatchBatch(false, 9, List.of(new Event(Event.Type.PUT, kv, Optional.of(kv)),
                new Event(Event.Type.DELETE, kv, Optional.empty())));
        WireIn in = new WireIn(batch.encode(123));
        assertEquals(123, in.i64());
        assertEquals(batch, WatchBatch.decode(in));
    }

    @Test
    void damagedMessagesAreRefused() {
        byte[] good = new Answer.NotReady("soon").encode();
        assertThrows(IllegalArgumentException.class, () -> Answer.decode(java.util.Arrays.copyOf(good, 3)));
        assertThrows(IllegalArgumentException.class, () -> Answer.decode(new byte[] {9}));
        assertThrows(IllegalArgumentException.class, () -> new WireIn(new byte[] {127, 0, 0, 0}).list(WireIn::u8));
        assertThrows(IllegalArgumentException.class, () -> new WireIn(new byte[] {-1, -1, -1, -1}).bytes());
    }

    @Test
    void aCallIsNewOnce() {
        RecentCalls calls = new RecentCalls();
        assertTrue(calls.add(ID, 1));
        assertTrue(calls.add(ID, 2));
        assertFalse(calls.add(ID, 1));
    }

    @Test
    void onlyTheLastCallsAreKept() {
        RecentCalls calls = new RecentCalls();
        for (long i = 0; i <= RecentCalls.RETAINED; i++) {
            assertTrue(calls.add(ID, i));
        }
        assertFalse(calls.add(ID, 1));
        assertTrue(calls.add(ID, 0));
    }

    @Test
    void aSnapshotKeepsTheStoreAndTheCalls(@TempDir Path directory) throws IOException {
        Store store = new Store(StoreLimits.STANDARD);
        store.apply(1, 0, new Command.Put(Bytes.of("k"), Bytes.of("v"), 0, false));
        RecentCalls calls = new RecentCalls();
        calls.add(ID, 1);
        Path file = directory.resolve("snapshot");
        new SnapshotFile(calls, store).write(file);
        SnapshotFile read = SnapshotFile.read(file);
        assertEquals(store.revision(), read.store().revision());
        assertFalse(read.calls().add(ID, 1));
        byte[] content = Files.readAllBytes(file);
        Files.write(file, java.util.Arrays.copyOf(content, content.length - 5));
        assertThrows(IOException.class, () -> SnapshotFile.read(file));
    }

    @Test
    void recentCallsComeBackInOrder() throws IOException {
        RecentCalls calls = new RecentCalls();
        calls.add(ID, 1);
        calls.add(ID, 2);
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        calls.write(new DataOutputStream(bytes));
        ByteArrayOutputStream again = new ByteArrayOutputStream();
        RecentCalls.read(new DataInputStream(new ByteArrayInputStream(bytes.toByteArray())))
                .write(new DataOutputStream(again));
        assertArrayEquals(bytes.toByteArray(), again.toByteArray());
    }

    @Test
    void changesOfTheGroup() {
        HostPort other = new HostPort("::1", 9);
        for (GroupChange change : List.of(new GroupChange.Add(ADDRESS, true), new GroupChange.Expect(ADDRESS, false),
                new GroupChange.Remove(ADDRESS), new GroupChange.Replace(ADDRESS, other), new GroupChange.Promote(other),
                new GroupChange.Demote(other), new GroupChange.Transfer(Optional.of(other)),
                new GroupChange.Transfer(Optional.empty()))) {
            for (boolean planOnly : List.of(true, false)) {
                GroupChange.Order order = new GroupChange.Order(change, planOnly);
                assertEquals(order, GroupChange.Order.decode(new WireIn(order.encode())));
            }
        }
        ChangeReport report = new ChangeReport("no", ChangeReport.Refusal.QUORUM, new ChangeReport.Footing(List.of(ADDRESS, other),
                List.of(other), List.of(ADDRESS)), ChangeReport.Footing.NONE, List.of("a", "b"), "done");
        assertEquals(report, ChangeReport.decode(report.encode()));
        Membership.Applicant applicant = new Membership.Applicant(new java.util.UUID(1, 2), other,
                Optional.of(new java.util.UUID(3, 4)), true);
        assertEquals(applicant, Membership.Applicant.decode(new WireIn(applicant.encode())));
    }
}
