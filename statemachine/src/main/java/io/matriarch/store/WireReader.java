package io.matriarch.store;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.zip.CRC32C;

/**
 * Reads what {@link WireWriter} wrote. Never allocates more than the input can hold, and throws
 * {@link IllegalArgumentException} for anything it cannot read.
 */
final class WireReader {

    private final byte[] buffer;
    private final int end;
    private int at;

    private WireReader(byte[] buffer, int from, int end) {
        this.buffer = buffer;
        this.at = from;
        this.end = end;
    }

    static WireReader of(byte[] bytes) {
        return new WireReader(bytes, 0, bytes.length);
    }

    /** The content before the checksum at the end, which must match. */
    static WireReader checked(byte[] bytes) {
        int end = bytes.length - Integer.BYTES;
        if (end < 0) {
            throw new IllegalArgumentException("too short: " + bytes.length + " bytes");
        }
        CRC32C crc = new CRC32C();
        crc.update(bytes, 0, end);
        int stored = (bytes[end] & 0xff) << 24 | (bytes[end + 1] & 0xff) << 16 | (bytes[end + 2] & 0xff) << 8
                | bytes[end + 3] & 0xff;
        if (stored != (int) crc.getValue()) {
            throw new IllegalArgumentException("checksum does not match");
        }
        return new WireReader(bytes, 0, end);
    }

    int octet() {
        need(1);
        return buffer[at++] & 0xff;
    }

    long number() {
        long value = 0;
        for (int shift = 0; shift < Long.SIZE; shift += 7) {
            int next = octet();
            if (shift == 63 && next > 1) {
                throw new IllegalArgumentException("number has more than 64 bits");
            }
            value |= (long) (next & 0x7F) << shift;
            if ((next & 0x80) == 0) {
                if (next == 0 && shift > 0) {
                    throw new IllegalArgumentException("number is not in its shortest form");
                }
                return value;
            }
        }
        throw new IllegalArgumentException("number does not end");
    }

    Bytes bytes() {
        int length = length();
        Bytes value = Bytes.of(buffer, at, length);
        at += length;
        return value;
    }

    String text() {
        Bytes bytes = bytes();
        String text = bytes.utf8();
        if (!Bytes.of(text).equals(bytes)) {
            throw new IllegalArgumentException("a text is not UTF-8");
        }
        return text;
    }

    boolean flag() {
        return flags(1) == 1;
    }

    /** A byte of which only the bits of the mask may be set. */
    int flags(int mask) {
        int value = octet();
        if ((value & ~mask) != 0) {
            throw new IllegalArgumentException("unknown flags: " + value);
        }
        return value;
    }

    /** One of the constants of an enum, by position. */
    <E> E constant(E[] constants) {
        int ordinal = octet();
        if (ordinal >= constants.length) {
            throw new IllegalArgumentException("unknown constant: " + ordinal);
        }
        return constants[ordinal];
    }

    /** A record: a reader of exactly its content. */
    WireReader record() {
        int length = length();
        WireReader content = new WireReader(buffer, at, at + length);
        at += length;
        return content;
    }

    /** A count and that many records. */
    <T> List<T> records(Function<WireReader, T> element) {
        long count = number();
        if (count < 0 || count > end - at) {
            throw new IllegalArgumentException("more elements than bytes: " + count);
        }
        List<T> list = new ArrayList<>();
        for (long i = 0; i < count; i++) {
            list.add(element.apply(record()));
        }
        return list;
    }

    boolean isAtEnd() {
        return at == end;
    }

    /** Refuses what is left: it may be a field of a newer version, which must not be ignored. */
    void expectEnd() {
        if (!isAtEnd()) {
            throw new IllegalArgumentException("unknown fields: " + (end - at) + " bytes are left over");
        }
    }

    private int length() {
        long length = number();
        if (length < 0 || length > end - at) {
            throw new IllegalArgumentException("length beyond the end: " + length);
        }
        return (int) length;
    }

    private void need(int count) {
        if (end - at < count) {
            throw new IllegalArgumentException("ends too early");
        }
    }
}
