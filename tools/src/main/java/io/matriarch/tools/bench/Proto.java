package io.matriarch.tools.bench;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import org.apache.ratis.thirdparty.io.grpc.MethodDescriptor;

/** The few bytes of etcd's protocol that a load generator needs. */
final class Proto implements MethodDescriptor.Marshaller<byte[]> {

    private static final Proto BYTES = new Proto();
    private static final int BYTES_FIELD = 2;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    static MethodDescriptor<byte[], byte[]> method(MethodDescriptor.MethodType type, String name) {
        return MethodDescriptor.newBuilder(BYTES, BYTES).setType(type).setFullMethodName(name).build();
    }

    /** Adds a field of bytes. */
    Proto bytes(int field, byte[] value) {
        varint(field << 3 | BYTES_FIELD);
        varint(value.length);
        out.writeBytes(value);
        return this;
    }

    private void varint(long value) {
        long rest = value;
        while (rest > 0x7F) {
            out.write((int) (rest & 0x7F | 0x80));
            rest >>>= 7;
        }
        out.write((int) rest);
    }

    byte[] done() {
        return out.toByteArray();
    }

    /** Calls back for every field of bytes with that number; skips the others. */
    static void each(byte[] message, int field, java.util.function.Consumer<byte[]> found) {
        int[] at = {0};
        while (at[0] < message.length) {
            long tag = varint(message, at);
            int kind = (int) (tag & 7);
            if (kind == 0) {
                varint(message, at);
            } else if (kind == BYTES_FIELD) {
                int length = (int) varint(message, at);
                if (tag >>> 3 == field) {
                    found.accept(java.util.Arrays.copyOfRange(message, at[0], at[0] + length));
                }
                at[0] += length;
            } else {
                throw new BenchException("a field of kind " + kind + " in an answer");
            }
        }
    }

    private static long varint(byte[] message, int[] at) {
        long value = 0;
        int shift = 0;
        byte next;
        do {
            next = message[at[0]++];
            value |= (long) (next & 0x7F) << shift;
            shift += 7;
        } while (next < 0);
        return value;
    }

    @Override
    public InputStream stream(byte[] value) {
        return new ByteArrayInputStream(value);
    }

    @Override
    public byte[] parse(InputStream stream) {
        try {
            return stream.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
