package io.matriarch.etcdapi;

import io.matriarch.store.Bytes;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * The protobuf form of messages. Unknown fields are skipped, as protobuf wants it; everything that is damaged is an
 * {@link IllegalArgumentException}.
 */
final class WireCodec {

    private static final int MAX_DEPTH = 100;
    private static final int VARINT = 0;
    private static final int FIXED64 = 1;
    private static final int LENGTH = 2;
    private static final int FIXED32 = 5;

    private WireCodec() {
    }

    static byte[] encode(Message message) {
        Out out = new Out();
        write(out, message);
        return out.toByteArray();
    }

    private static final class Out extends ByteArrayOutputStream {

        void varint(long value) {
            long rest = value;
            while ((rest & ~0x7FL) != 0) {
                write((int) (rest & 0x7F | 0x80));
                rest >>>= 7;
            }
            write((int) rest);
        }

        void block(int number, byte[] content) {
            varint((long) number << 3 | LENGTH);
            varint(content.length);
            writeBytes(content);
        }
    }

    private static void write(Out out, Message message) {
        for (Field field : message.shape().fields()) {
            Object value = message.value(field);
            if (value == null) {
                continue;
            }
            if (!field.repeated()) {
                write(out, field, value, field.group() != 0);
            } else if (field.isNumber()) {
                Out packed = new Out();
                ((List<?>) value).forEach(v -> packed.varint((Long) v));
                out.block(field.number(), packed.toByteArray());
            } else {
                ((List<?>) value).forEach(v -> write(out, field, v, true));
            }
        }
    }

    private static void write(Out out, Field field, Object value, boolean evenDefault) {
        if (value instanceof Long number) {
            if (number != 0 || evenDefault) {
                out.varint((long) field.number() << 3 | VARINT);
                out.varint(number);
            }
        } else if (value instanceof Boolean flag) {
            if (flag || evenDefault) {
                out.varint((long) field.number() << 3 | VARINT);
                out.write(flag ? 1 : 0);
            }
        } else {
            byte[] content = value instanceof Message inner ? encode(inner) : value instanceof Bytes bytes
                    ? bytes.toArray() : ((String) value).getBytes(StandardCharsets.UTF_8);
            if (content.length > 0 || evenDefault || value instanceof Message) {
                out.block(field.number(), content);
            }
        }
    }

    static Message decode(Shape shape, byte[] content) {
        return read(shape, ByteBuffer.wrap(content), MAX_DEPTH);
    }

    private static Message read(Shape shape, ByteBuffer in, int depthLeft) {
        if (depthLeft == 0) {
            throw new IllegalArgumentException("nested too deep");
        }
        Message message = new Message(shape);
        while (in.hasRemaining()) {
            long tag = varint(in);
            int number = (int) (tag >>> 3);
            int wire = (int) (tag & 7);
            if (tag >>> 32 != 0 || number == 0) {
                throw new IllegalArgumentException("not a field number");
            }
            Field field = shape.numbered(number);
            if (field == null) {
                skip(in, wire);
            } else {
                read(message, field, wire, in, depthLeft);
            }
        }
        return message;
    }

    private static void read(Message message, Field field, int wire, ByteBuffer in, int depthLeft) {
        boolean number = field.isNumber() || field.type() == Field.Type.BOOL;
        if (number && wire == LENGTH && field.repeated()) {
            ByteBuffer packed = block(in);
            while (packed.hasRemaining()) {
                message.add(field, scalar(field, varint(packed)));
            }
        } else if (number) {
            require(wire == VARINT, field);
            store(message, field, scalar(field, varint(in)));
        } else {
            require(wire == LENGTH, field);
            ByteBuffer content = block(in);
            store(message, field, switch (field.type()) {
                case MESSAGE -> merged(message, field, read(field.message().orElseThrow(), content, depthLeft - 1));
                case STRING -> text(content);
                default -> Bytes.of(array(content));
            });
        }
    }

    /** A message that comes twice is one: fields of the second replace those of the first. */
    private static Message merged(Message owner, Field field, Message next) {
        if (field.repeated() || !(owner.value(field) instanceof Message before)) {
            return next;
        }
        for (Field inner : next.shape().fields()) {
            Object value = next.value(inner);
            if (value != null && inner.repeated()) {
                ((List<?>) value).forEach(v -> before.add(inner, v));
            } else if (value != null) {
                before.put(inner, value);
            }
        }
        return before;
    }

    private static void store(Message message, Field field, Object value) {
        if (field.repeated()) {
            message.add(field, value);
        } else {
            message.put(field, value);
        }
    }

    private static Object scalar(Field field, long value) {
        return switch (field.type()) {
            case BOOL -> value != 0;
            case UINT32 -> value & 0xffff_ffffL;
            case ENUM -> (long) (int) value;
            default -> value;
        };
    }

    private static void require(boolean condition, Field field) {
        if (!condition) {
            throw new IllegalArgumentException("field " + field.name() + " has another type on the wire");
        }
    }

    private static String text(ByteBuffer content) {
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(content).toString();
        } catch (CharacterCodingException e) {
            throw new IllegalArgumentException("a text is not UTF-8", e);
        }
    }

    private static byte[] array(ByteBuffer content) {
        byte[] bytes = new byte[content.remaining()];
        content.get(bytes);
        return bytes;
    }

    private static ByteBuffer block(ByteBuffer in) {
        long length = varint(in);
        if (length < 0 || length > in.remaining()) {
            throw new IllegalArgumentException("length beyond the end");
        }
        ByteBuffer content = in.slice(in.position(), (int) length);
        in.position(in.position() + (int) length);
        return content;
    }

    private static long varint(ByteBuffer in) {
        long value = 0;
        for (int shift = 0; shift < Long.SIZE; shift += 7) {
            if (!in.hasRemaining()) {
                throw new IllegalArgumentException("ends too early");
            }
            int next = in.get();
            value |= (long) (next & 0x7F) << shift;
            if (next >= 0) {
                return value;
            }
        }
        throw new IllegalArgumentException("number does not end");
    }

    private static void skip(ByteBuffer in, int wire) {
        switch (wire) {
            case VARINT -> varint(in);
            case LENGTH -> block(in);
            case FIXED64, FIXED32 -> {
                int size = wire == FIXED64 ? Long.BYTES : Integer.BYTES;
                if (in.remaining() < size) {
                    throw new IllegalArgumentException("ends too early");
                }
                in.position(in.position() + size);
            }
            default -> throw new IllegalArgumentException("unknown wire type " + wire);
        }
    }
}
