package io.matriarch.etcdapi;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.matriarch.store.Bytes;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;

/**
 * The JSON form of messages, as etcd's gateway has it: names of the schema, 64-bit numbers as texts, bytes in base64,
 * enumerations by name, nothing for values that are 0, false or empty. Reading is more tolerant: names in camel case,
 * numbers as numbers, enumerations by number, unknown fields.
 */
final class JsonCodec {

    /** Messages in the body of one request; a client that streams more uses gRPC. */
    private static final int MAX_MESSAGES = 1_000;
    private static final int MAX_DEPTH = 250;
    private static final BigInteger UINT64_END = BigInteger.ONE.shiftLeft(64);

    private final JsonFactory factory = JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder().maxNestingDepth(MAX_DEPTH).build()).build();
    private final ObjectMapper mapper = new ObjectMapper(factory);

    String encode(Message message) {
        StringWriter text = new StringWriter();
        try (JsonGenerator out = factory.createGenerator(text)) {
            write(out, message);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return text.toString();
    }

    private static void write(JsonGenerator out, Message message) throws IOException {
        out.writeStartObject();
        for (Field field : message.shape().fields()) {
            Object value = message.value(field);
            if (value instanceof List<?> list) {
                out.writeArrayFieldStart(field.name());
                for (Object element : list) {
                    write(out, field, element);
                }
                out.writeEndArray();
            } else if (value != null && (field.group() != 0 || !isDefault(value))) {
                out.writeFieldName(field.name());
                write(out, field, value);
            }
        }
        out.writeEndObject();
    }

    private static boolean isDefault(Object value) {
        return value.equals(0L) || value.equals(false) || value.equals("") || value.equals(Bytes.EMPTY);
    }

    private static void write(JsonGenerator out, Field field, Object value) throws IOException {
        switch (field.type()) {
            case INT64 -> out.writeString(Long.toString((Long) value));
            case UINT64 -> out.writeString(Long.toUnsignedString((Long) value));
            case UINT32 -> out.writeNumber((Long) value);
            case BOOL -> out.writeBoolean((Boolean) value);
            case STRING -> out.writeString((String) value);
            case BYTES -> out.writeString(Base64.getEncoder().encodeToString(((Bytes) value).toArray()));
            case ENUM -> {
                long number = (Long) value;
                if (number >= 0 && number < field.names().size()) {
                    out.writeString(field.names().get((int) number));
                } else {
                    out.writeNumber(number);
                }
            }
            case MESSAGE -> write(out, (Message) value);
        }
    }

    /**
     * Reads the messages of a body, one after the other; an empty body is one empty message.
     *
     * @throws IllegalArgumentException when it is not JSON, or not of this shape
     */
    List<Message> decode(Shape shape, byte[] body) {
        List<Message> messages = new ArrayList<>();
        try (JsonParser parser = factory.createParser(body)) {
            while (parser.nextToken() != null) {
                if (messages.size() == MAX_MESSAGES) {
                    throw new IllegalArgumentException("too many messages in one body");
                }
                JsonNode node = mapper.readTree(parser);
                messages.add(read(shape, node));
            }
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("invalid JSON: " + e.getOriginalMessage(), e);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return messages.isEmpty() ? List.of(new Message(shape)) : messages;
    }

    private static Message read(Shape shape, JsonNode node) {
        if (!node.isObject()) {
            throw new IllegalArgumentException("json: cannot unmarshal " + kind(node) + " into a message " + shape.name());
        }
        Message message = new Message(shape);
        for (Map.Entry<String, JsonNode> entry : node.properties()) {
            Field field = shape.named(entry.getKey());
            if (field == null || entry.getValue().isNull()) {
                continue;
            }
            if (!field.repeated()) {
                message.put(field, value(field, entry.getValue()));
            } else if (entry.getValue().isArray()) {
                entry.getValue().forEach(element -> message.add(field, value(field, element)));
            } else {
                throw wrong(field, entry.getValue());
            }
        }
        return message;
    }

    private static Object value(Field field, JsonNode node) {
        return switch (field.type()) {
            case INT64 -> number(field, node, BigInteger.valueOf(Long.MIN_VALUE), BigInteger.valueOf(Long.MAX_VALUE));
            case UINT64 -> number(field, node, BigInteger.ZERO, UINT64_END.subtract(BigInteger.ONE));
            case UINT32 -> number(field, node, BigInteger.ZERO, BigInteger.valueOf(0xffff_ffffL));
            case ENUM -> enumeration(field, node);
            case MESSAGE -> read(field.message().orElseThrow(), node);
            case BOOL -> {
                if (!node.isBoolean()) {
                    throw wrong(field, node);
                }
                yield node.booleanValue();
            }
            case STRING -> requireText(field, node);
            case BYTES -> bytes(field, node);
        };
    }

    private static String requireText(Field field, JsonNode node) {
        if (!node.isTextual()) {
            throw wrong(field, node);
        }
        return node.textValue();
    }

    private static Bytes bytes(Field field, JsonNode node) {
        String text = requireText(field, node);
        try {
            if (text.length() % 4 != 0) {
                throw new IllegalArgumentException("padding is missing");
            }
            return Bytes.of(Base64.getDecoder().decode(text));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("illegal base64 data in field " + field.name(), e);
        }
    }

    private static Long number(Field field, JsonNode node, BigInteger least, BigInteger most) {
        BigInteger number;
        if (node.isIntegralNumber()) {
            number = node.bigIntegerValue();
        } else if (node.isTextual() && node.textValue().matches("-?[0-9]{1,20}")) {
            number = new BigInteger(node.textValue());
        } else {
            throw wrong(field, node);
        }
        if (number.compareTo(least) < 0 || number.compareTo(most) > 0) {
            throw wrong(field, node);
        }
        return number.longValue();
    }

    private static Long enumeration(Field field, JsonNode node) {
        if (node.isTextual()) {
            int index = field.names().indexOf(node.textValue());
            if (index < 0) {
                throw new IllegalArgumentException("unknown value for enum field " + field.name());
            }
            return (long) index;
        }
        if (!node.isIntegralNumber() || !node.canConvertToInt()) {
            throw wrong(field, node);
        }
        return node.longValue();
    }

    private static IllegalArgumentException wrong(Field field, JsonNode node) {
        return new IllegalArgumentException("json: cannot unmarshal " + kind(node) + " into field " + field.name());
    }

    private static String kind(JsonNode node) {
        return node.getNodeType().name().toLowerCase(java.util.Locale.ROOT);
    }
}
