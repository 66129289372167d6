package io.matriarch.store;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.zip.CRC32C;
import java.util.zip.CheckedInputStream;

/** Reads one snapshot. Everything is checked for consistency before a store comes out of it. */
final class SnapshotReader {

    /** A record holds at most one revision's changes, so a few commands' worth; far above what is ever written. */
    private static final long MAX_RECORD_BYTES = 1L << 30;
    private static final Event.Type[] EVENT_TYPES = Event.Type.values();

    private final CheckedInputStream in;
    private final LeaseTable leases = new LeaseTable();
    private final Notes notes = new Notes();
    private AuthState auth = AuthState.NONE;
    private final List<KeyValue> base = new ArrayList<>();
    private StoreLimits limits;
    private long appliedIndex;
    private long stampMillis;
    private long revision;
    private long compacted;
    private List<Event> atCompacted = List.of();
    private VersionedKeys keys;

    SnapshotReader(InputStream source) {
        this.in = new CheckedInputStream(source, new CRC32C());
    }

    Store read() throws IOException {
        readHeader();
        boolean more = true;
        while (more) {
            more = readRecord(nextRecord());
        }
        expectChecksum();
        return finish();
    }

    private void readHeader() throws IOException {
        if (!Arrays.equals(in.readNBytes(SnapshotCodec.MAGIC.length), SnapshotCodec.MAGIC)) {
            throw new IOException("not a snapshot");
        }
        int version = in.read();
        if (version != SnapshotCodec.VERSION) {
            throw new IOException("snapshot of format version " + version + ", known is " + SnapshotCodec.VERSION);
        }
        WireReader header = nextRecord();
        require(header.octet() == SnapshotCodec.HEADER, "header is missing");
        limits = new StoreLimits((int) header.number(), (int) header.number(), header.number(), header.number());
        appliedIndex = header.number();
        stampMillis = header.number();
        leases.restoreLastChosen(header.number());
        revision = header.number();
        compacted = header.number();
        header.expectEnd();
        require(revision >= 1 && compacted >= 0 && compacted <= revision, "revisions contradict each other");
    }

    private WireReader nextRecord() throws IOException {
        long length = 0;
        int shift = 0;
        int next;
        do {
            next = in.read();
            if (next < 0) {
                throw new EOFException("snapshot ends too early");
            }
            length |= (long) (next & 0x7F) << shift;
            shift += 7;
        } while ((next & 0x80) != 0 && shift < 35);
        if (length > MAX_RECORD_BYTES) {
            throw new IOException("damaged snapshot: record of " + length + " bytes");
        }
        // Reads in pieces, so that a damaged length cannot take more memory than the stream has bytes.
        byte[] content = in.readNBytes((int) length);
        if (content.length < length) {
            throw new EOFException("snapshot ends too early");
        }
        return WireReader.of(content);
    }

    private boolean readRecord(WireReader record) {
        int kind = record.octet();
        switch (kind) {
            case SnapshotCodec.LEASE -> leases.restore(record.number(), record.number(), record.number(),
                    record.number());
            case SnapshotCodec.NOTE -> require(notes.write(new Command.Note(record.bytes(), record.bytes())),
                    "more notes than there is room for");
            case SnapshotCodec.AUTH -> auth = readAuth(record);
            case SnapshotCodec.KEY -> readBase(ResultCodec.readKeyValue(record.record()));
            case SnapshotCodec.REVISION -> readRevision(record);
            case SnapshotCodec.END -> {
                record.expectEnd();
                return false;
            }
            default -> throw new IllegalArgumentException("unknown record: " + kind);
        }
        record.expectEnd();
        return true;
    }

    private static AuthState readAuth(WireReader in) {
        boolean enabled = in.flag();
        long changes = in.number();
        Bytes tokenKey = in.bytes();
        SortedMap<String, AuthState.User> users = new TreeMap<>();
        in.records(element -> users.put(element.text(),
                new AuthState.User(element.bytes(), new TreeSet<>(element.records(WireReader::text)))));
        SortedMap<String, List<Permission>> roles = new TreeMap<>();
        in.records(element -> roles.put(element.text(), element.records(CommandCodec::readPermission)));
        return new AuthState(enabled, changes, tokenKey, users, roles);
    }

    private void readBase(KeyValue kv) {
        require(keys == null, "key after the changes");
        require(kv.version() > 0 && kv.modRevision() <= compacted, "key newer than the compacted revision");
        require(base.isEmpty() || base.get(base.size() - 1).key().compareTo(kv.key()) < 0, "keys out of order");
        base.add(kv);
    }

    private void readRevision(WireReader record) {
        long at = record.number();
        List<Event> events = record.records(SnapshotReader::readEvent);
        require(!events.isEmpty() && events.stream().allMatch(e -> e.kv().modRevision() == at),
                "changes at another revision");
        if (at == compacted && keys == null) {
            atCompacted = events;
            keys = newKeys();
            return;
        }
        if (keys == null) {
            keys = newKeys();
        }
        require(at == keys.revision() + 1, "revision " + at + " after " + keys.revision());
        events.forEach(event -> keys.record(event.type(), event.kv()));
        keys.commit();
    }

    private static Event readEvent(WireReader in) {
        Event.Type type = in.constant(EVENT_TYPES);
        KeyValue kv = ResultCodec.readKeyValue(in.record());
        in.expectEnd();
        require((type == Event.Type.PUT) == (kv.version() > 0), "deletion with a version");
        return new Event(type, kv, java.util.Optional.empty());
    }

    private VersionedKeys newKeys() {
        return new VersionedKeys(compacted, base, atCompacted);
    }

    private void expectChecksum() throws IOException {
        int expected = (int) in.getChecksum().getValue();
        byte[] stored = in.readNBytes(Integer.BYTES);
        require(stored.length == Integer.BYTES, "checksum is missing");
        int found = (stored[0] & 0xff) << 24 | (stored[1] & 0xff) << 16 | (stored[2] & 0xff) << 8 | stored[3] & 0xff;
        require(found == expected, "checksum does not match");
    }

    private Store finish() {
        VersionedKeys restored = keys == null ? newKeys() : keys;
        require(restored.revision() == revision, "changes end at " + restored.revision() + ", not " + revision);
        for (KeyValue kv : restored.allLive()) {
            require(kv.lease() == 0 || leases.exists(kv.lease()), "key on a lease that is not there");
            leases.attach(kv.lease(), kv.key());
        }
        Store store = new Store(limits, restored, leases, notes, appliedIndex, stampMillis);
        store.auth(auth);
        return store;
    }

    private static void require(boolean condition, String otherwise) {
        if (!condition) {
            throw new IllegalArgumentException(otherwise);
        }
    }
}
