package io.matriarch.store;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32C;
import java.util.zip.CheckedOutputStream;

/**
 * The versioned byte form of a whole store.
 *
 * <p>Magic, format version, then records, each with its length before it, then a CRC32C of all that. The records are:
 * a header, the leases, the notes, the users and roles, the keys as they were at the compacted revision, every revision's changes since, the end.
 * Reading replays the changes, so history, watch events and previous values are as they were.
 */
public final class SnapshotCodec {

    static final byte[] MAGIC = {'M', 'T', 'R', 'S'};
    static final int VERSION = 1;

    static final int HEADER = 1;
    static final int LEASE = 2;
    static final int KEY = 3;
    static final int REVISION = 4;
    static final int END = 5;
    static final int NOTE = 6;
    static final int AUTH = 7;

    private SnapshotCodec() {
    }

    /** Writes the store; the same state always gives the same bytes. The stream is flushed, not closed. */
    public static void write(Store store, OutputStream out) throws IOException {
        CheckedOutputStream sum = new CheckedOutputStream(new BufferedOutputStream(out, 1 << 16), new CRC32C());
        sum.write(MAGIC);
        sum.write(VERSION);
        StoreLimits limits = store.limits();
        put(sum, new WireWriter().octet(HEADER).number(limits.requestBytes()).number(limits.txnOps())
                .number(limits.storeBytes()).number(limits.historyRevisions())
                .number(store.appliedIndex()).number(store.stampMillis()).number(store.lastChosenLease())
                .number(store.revision()).number(store.compactedRevision()));
        for (LeaseState lease : store.leases()) {
            put(sum, new WireWriter().octet(LEASE).number(lease.id()).number(lease.ttlMillis())
                    .number(lease.sequence()).number(lease.position()));
        }
        for (Map.Entry<Bytes, Bytes> note : store.notes().startingWith(Bytes.EMPTY).entrySet()) {
            put(sum, new WireWriter().octet(NOTE).bytes(note.getKey()).bytes(note.getValue()));
        }
        if (!store.auth().equals(AuthState.NONE)) {
            put(sum, auth(store.auth()));
        }
        for (KeyValue kv : store.keys().base()) {
            put(sum, new WireWriter().octet(KEY).record(ResultCodec.write(kv)));
        }
        for (List<Event> events : store.keys().eventsSince(store.compactedRevision()).orElseThrow()) {
            put(sum, revision(events));
        }
        put(sum, new WireWriter().octet(END));
        int crc = (int) sum.getChecksum().getValue();
        sum.write(new byte[] {(byte) (crc >>> 24), (byte) (crc >>> 16), (byte) (crc >>> 8), (byte) crc});
        sum.flush();
    }

    private static void put(OutputStream out, WireWriter content) throws IOException {
        out.write(new WireWriter().record(content).toArray());
    }

    private static WireWriter auth(AuthState auth) {
        WireWriter out = new WireWriter().octet(AUTH).flag(auth.enabled()).number(auth.revision()).bytes(auth.tokenKey())
                .number(auth.users().size());
        auth.users().forEach((name, user) -> {
            WireWriter element = new WireWriter().text(name).bytes(user.password()).number(user.roles().size());
            user.roles().forEach(role -> element.record(new WireWriter().text(role)));
            out.record(element);
        });
        out.number(auth.roles().size());
        auth.roles().forEach((name, permissions) -> {
            WireWriter element = new WireWriter().text(name).number(permissions.size());
            permissions.forEach(p -> element.record(CommandCodec.write(new WireWriter(), p)));
            out.record(element);
        });
        return out;
    }

    private static WireWriter revision(List<Event> events) {
        WireWriter out = new WireWriter().octet(REVISION).number(events.get(0).kv().modRevision())
                .number(events.size());
        for (Event event : events) {
            WireWriter element = new WireWriter().octet(event.type().ordinal());
            out.record(element.record(ResultCodec.write(event.kv())));
        }
        return out;
    }

    /**
     * Reads exactly one snapshot; what follows it in the stream is left there.
     *
     * @throws IOException when the bytes are damaged, incomplete or of a version this code does not know
     */
    public static Store read(InputStream in) throws IOException {
        try {
            return new SnapshotReader(in).read();
        } catch (IllegalArgumentException damaged) {
            throw new IOException("damaged snapshot: " + damaged.getMessage(), damaged);
        }
    }
}
