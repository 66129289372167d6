package io.matriarch.raft;

import java.util.ArrayList;
import java.util.List;

/**
 * Several commands in one entry of the log, and their answers in one reply. An entry with one command is that command
 * alone; a command begins with another byte than a batch does.
 */
final class BatchCodec {

    private static final int MAGIC = 0xB5;
    private static final int VERSION = 1;

    private BatchCodec() {
    }

    static byte[] encode(List<byte[]> commands) {
        return list(new WireOut().u8(MAGIC).u8(VERSION), commands);
    }

    static boolean isBatch(byte[] entry) {
        return entry.length > 0 && (entry[0] & 0xFF) == MAGIC;
    }

    /** @throws IllegalArgumentException when it is damaged or of a version this code does not know */
    static List<byte[]> decode(byte[] entry) {
        WireIn in = new WireIn(entry);
        in.u8();
        int version = in.u8();
        if (version != VERSION) {
            throw new IllegalArgumentException("a batch of version " + version + ", known is " + VERSION);
        }
        return list(in);
    }

    static byte[] encodeResults(List<byte[]> results) {
        return list(new WireOut(), results);
    }

    static List<byte[]> decodeResults(byte[] reply) {
        return list(new WireIn(reply));
    }

    private static byte[] list(WireOut out, List<byte[]> parts) {
        parts.forEach(part -> out.flag(true).bytes(part));
        return out.flag(false).done();
    }

    private static List<byte[]> list(WireIn in) {
        List<byte[]> parts = new ArrayList<>();
        while (in.flag()) {
            parts.add(in.bytes());
        }
        return parts;
    }
}
