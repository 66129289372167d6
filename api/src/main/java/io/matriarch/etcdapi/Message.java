package io.matriarch.etcdapi;

import io.matriarch.store.Bytes;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** One message: the values of the fields of its shape. Scalars that were not set read as 0, false or empty. One thread at a time. */
final class Message {

    private final Shape shape;
    private final Object[] values;

    Message(Shape shape) {
        this.shape = shape;
        this.values = new Object[shape.fields().size()];
    }

    Shape shape() {
        return shape;
    }

    /** The raw value; null when it was not set. Repeated fields are lists. */
    Object value(Field field) {
        return values[field.index()];
    }

    /** Sets a field and unsets the others of its choice. */
    Message put(Field field, Object value) {
        if (field.group() != 0) {
            for (Field other : shape.fields()) {
                if (other.group() == field.group()) {
                    values[other.index()] = null;
                }
            }
        }
        values[field.index()] = value;
        return this;
    }

    /** Adds to a repeated field. */
    Message add(Field field, Object value) {
        @SuppressWarnings("unchecked")
        List<Object> list = (List<Object>) values[field.index()];
        if (list == null) {
            list = new ArrayList<>();
            values[field.index()] = list;
        }
        list.add(value);
        return this;
    }

    Message set(String field, Object value) {
        return put(shape.field(field), value);
    }

    Message set(String field, long value) {
        return put(shape.field(field), value);
    }

    Message add(String field, Object value) {
        return add(shape.field(field), value);
    }

    /** An empty message of the kind that a field holds. */
    Message fresh(String field) {
        return new Message(shape.field(field).message().orElseThrow());
    }

    boolean has(String field) {
        return values[shape.field(field).index()] != null;
    }

    long number(String field) {
        Object value = values[shape.field(field).index()];
        return value == null ? 0 : (Long) value;
    }

    boolean flag(String field) {
        Object value = values[shape.field(field).index()];
        return value != null && (Boolean) value;
    }

    Bytes bytes(String field) {
        Object value = values[shape.field(field).index()];
        return value == null ? Bytes.EMPTY : (Bytes) value;
    }

    String text(String field) {
        Object value = values[shape.field(field).index()];
        return value == null ? "" : (String) value;
    }

    Optional<Message> message(String field) {
        return Optional.ofNullable((Message) values[shape.field(field).index()]);
    }

    /** A repeated field; empty when it was not set. */
    <T> List<T> list(String field, Class<T> type) {
        Object value = values[shape.field(field).index()];
        return value == null ? List.of() : ((List<?>) value).stream().map(type::cast).toList();
    }

    List<Message> messages(String field) {
        return list(field, Message.class);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Message m && m.shape == shape && java.util.Arrays.equals(values, m.values);
    }

    @Override
    public int hashCode() {
        return java.util.Arrays.hashCode(values);
    }

    /** Names the kind alone: values may be secrets. */
    @Override
    public String toString() {
        return shape.name();
    }
}
