package io.matriarch.raft;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.UUID;

/**
 * The calls whose commands were applied last, the same on every peer.
 *
 * <p>Ratis remembers the answers of recent calls too, but in memory and for seconds only: a peer that was restarted or
 * got a snapshot would apply a repeated call again.
 */
final class RecentCalls {

    static final int RETAINED = 4096;

    private record Call(UUID client, long number) {
    }

    private final Set<Call> calls = new LinkedHashSet<>();

    /** @return false when the call was applied before */
    boolean add(UUID client, long number) {
        if (!calls.add(new Call(client, number))) {
            return false;
        }
        if (calls.size() > RETAINED) {
            Iterator<Call> oldest = calls.iterator();
            oldest.next();
            oldest.remove();
        }
        return true;
    }

    void write(DataOutputStream out) throws IOException {
        out.writeInt(calls.size());
        for (Call call : calls) {
            out.writeLong(call.client.getMostSignificantBits());
            out.writeLong(call.client.getLeastSignificantBits());
            out.writeLong(call.number);
        }
    }

    static RecentCalls read(DataInputStream in) throws IOException {
        RecentCalls recent = new RecentCalls();
        int count = in.readInt();
        if (count < 0 || count > RETAINED) {
            throw new IOException("impossible number of calls: " + count);
        }
        for (int i = 0; i < count; i++) {
            recent.add(new UUID(in.readLong(), in.readLong()), in.readLong());
        }
        return recent;
    }
}
