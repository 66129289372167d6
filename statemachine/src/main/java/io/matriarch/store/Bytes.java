package io.matriarch.store;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** An immutable byte string, ordered as etcd orders keys: unsigned, byte by byte. */
public final class Bytes implements Comparable<Bytes> {

    public static final Bytes EMPTY = new Bytes(new byte[0]);

    private final byte[] content;

    private Bytes(byte[] content) {
        this.content = content;
    }

    /** Wraps a copy of the array. */
    public static Bytes of(byte[] content) {
        return content.length == 0 ? EMPTY : new Bytes(content.clone());
    }

    /** Wraps a copy of a part of an array. */
    static Bytes of(byte[] source, int from, int length) {
        return length == 0 ? EMPTY : new Bytes(Arrays.copyOfRange(source, from, from + length));
    }

    /** The UTF-8 form of a text. */
    public static Bytes of(String text) {
        return new Bytes(text.getBytes(StandardCharsets.UTF_8));
    }

    public byte[] toArray() {
        return content.clone();
    }

    void copyTo(byte[] target, int at) {
        System.arraycopy(content, 0, target, at, content.length);
    }

    public int size() {
        return content.length;
    }

    public byte at(int index) {
        return content[index];
    }

    public boolean startsWith(Bytes prefix) {
        return content.length >= prefix.content.length
                && Arrays.equals(content, 0, prefix.content.length, prefix.content, 0, prefix.content.length);
    }

    /** The first key after this one. */
    Bytes next() {
        return new Bytes(Arrays.copyOf(content, content.length + 1));
    }

    /** The end of the range of all keys that start with this one; etcd's single zero byte when there is none above. */
    public Bytes prefixEnd() {
        for (int i = content.length - 1; i >= 0; i--) {
            if (content[i] != (byte) 0xff) {
                byte[] end = Arrays.copyOf(content, i + 1);
                end[i]++;
                return new Bytes(end);
            }
        }
        return new Bytes(new byte[] {0});
    }

    /** The content read as UTF-8. */
    public String utf8() {
        return new String(content, StandardCharsets.UTF_8);
    }

    @Override
    public int compareTo(Bytes other) {
        return Arrays.compareUnsigned(content, other.content);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Bytes b && Arrays.equals(content, b.content);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(content);
    }

    @Override
    public String toString() {
        return utf8();
    }
}
