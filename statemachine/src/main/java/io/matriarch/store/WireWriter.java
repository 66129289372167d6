package io.matriarch.store;

import java.util.Arrays;
import java.util.zip.CRC32C;

/** Builds the compact byte form: numbers as 7-bit groups, lowest first; byte strings and records with their length before them. */
final class WireWriter {

    private byte[] buffer = new byte[64];
    private int size;

    WireWriter octet(int value) {
        ensure(1);
        buffer[size++] = (byte) value;
        return this;
    }

    /** A number; small ones are short, negative ones take ten bytes. */
    WireWriter number(long value) {
        ensure(10);
        long rest = value;
        while ((rest & ~0x7FL) != 0) {
            buffer[size++] = (byte) (rest & 0x7F | 0x80);
            rest >>>= 7;
        }
        buffer[size++] = (byte) rest;
        return this;
    }

    WireWriter bytes(Bytes value) {
        number(value.size());
        ensure(value.size());
        value.copyTo(buffer, size);
        size += value.size();
        return this;
    }

    WireWriter text(String value) {
        return bytes(Bytes.of(value));
    }

    WireWriter flag(boolean value) {
        return octet(value ? 1 : 0);
    }

    /** A record: its length, then its content. */
    WireWriter record(WireWriter content) {
        number(content.size);
        ensure(content.size);
        System.arraycopy(content.buffer, 0, buffer, size, content.size);
        size += content.size;
        return this;
    }

    /** Appends the checksum of everything so far. */
    WireWriter checksum() {
        CRC32C crc = new CRC32C();
        crc.update(buffer, 0, size);
        int value = (int) crc.getValue();
        return octet(value >>> 24).octet(value >>> 16).octet(value >>> 8).octet(value);
    }

    byte[] toArray() {
        return Arrays.copyOf(buffer, size);
    }

    private void ensure(int more) {
        if (buffer.length - size < more) {
            buffer = Arrays.copyOf(buffer, Math.max(Math.addExact(size, more), Math.min(buffer.length, 1 << 29) * 2));
        }
    }
}
