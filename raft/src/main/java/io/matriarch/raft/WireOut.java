package io.matriarch.raft;

import io.matriarch.config.HostPort;
import io.matriarch.store.Bytes;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.UUID;

/** Builds one message of the talk between peers: big-endian numbers, byte strings with a length before them. */
final class WireOut {

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final DataOutputStream out = new DataOutputStream(bytes);

    WireOut u8(int value) {
        return write(() -> out.writeByte(value));
    }

    WireOut flag(boolean value) {
        return write(() -> out.writeBoolean(value));
    }

    WireOut i32(int value) {
        return write(() -> out.writeInt(value));
    }

    WireOut i64(long value) {
        return write(() -> out.writeLong(value));
    }

    WireOut uuid(UUID value) {
        return i64(value.getMostSignificantBits()).i64(value.getLeastSignificantBits());
    }

    WireOut bytes(byte[] value) {
        i32(value.length);
        return write(() -> out.write(value));
    }

    WireOut bytes(Bytes value) {
        return bytes(value.toArray());
    }

    WireOut text(String value) {
        return bytes(Bytes.of(value));
    }

    WireOut address(HostPort value) {
        return text(value.host()).i32(value.port());
    }

    byte[] done() {
        return bytes.toByteArray();
    }

    private WireOut write(Step step) {
        try {
            step.run();
            return this;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private interface Step {
        void run() throws IOException;
    }
}
