package io.matriarch.raft;

import io.matriarch.config.HostPort;
import io.matriarch.store.Bytes;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.Function;

/** Reads one message of the talk between peers. Damaged bytes end in {@link IllegalArgumentException}. */
final class WireIn {

    private static final int MOST_ITEMS = 1_000_000;

    private final ByteBuffer in;

    WireIn(byte[] message) {
        this.in = ByteBuffer.wrap(message);
    }

    int u8() {
        return read(1).get() & 0xff;
    }

    boolean flag() {
        return u8() != 0;
    }

    int i32() {
        return read(4).getInt();
    }

    long i64() {
        return read(8).getLong();
    }

    UUID uuid() {
        return new UUID(i64(), i64());
    }

    byte[] bytes() {
        byte[] value = new byte[length(i32())];
        in.get(value);
        return value;
    }

    Bytes string() {
        return Bytes.of(bytes());
    }

    String text() {
        return string().utf8();
    }

    HostPort address() {
        return new HostPort(text(), i32());
    }

    <E extends Enum<E>> E constant(E[] values) {
        int ordinal = u8();
        if (ordinal >= values.length) {
            throw new IllegalArgumentException("unknown constant " + ordinal);
        }
        return values[ordinal];
    }

    <T> List<T> list(Function<WireIn, T> item) {
        int count = i32();
        if (count < 0 || count > MOST_ITEMS) {
            throw new IllegalArgumentException("impossible number of items: " + count);
        }
        List<T> items = new ArrayList<>(Math.min(count, 1024));
        for (int i = 0; i < count; i++) {
            items.add(item.apply(this));
        }
        return items;
    }

    /** Whether a field follows that older senders do not write. */
    boolean more() {
        return in.hasRemaining();
    }

    private ByteBuffer read(int size) {
        length(size);
        return in;
    }

    private int length(int size) {
        if (size < 0 || size > in.remaining()) {
            throw new IllegalArgumentException("message ends too early", new BufferUnderflowException());
        }
        return size;
    }
}
