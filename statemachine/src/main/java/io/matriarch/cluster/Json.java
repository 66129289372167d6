package io.matriarch.cluster;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** JSON text to and from maps, lists, strings, numbers, booleans and null; written as Python's compact form. */
final class Json {

    private static final JsonMapper MAPPER = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(JsonWriteFeature.ESCAPE_NON_ASCII)
            .disable(JsonWriteFeature.WRITE_HEX_UPPER_CASE)
            .build();

    private Json() {
    }

    static String write(Object value) {
        try {
            return MAPPER.writeValueAsString(value);
        } catch (JsonProcessingException notJson) {
            throw new IllegalArgumentException("not a JSON value: " + notJson.getOriginalMessage(), notJson);
        }
    }

    /** The value, or empty when the text is no JSON; {@code null} reads as an empty text. */
    static Optional<Object> read(String text) {
        try {
            Object value = MAPPER.readValue(text, Object.class);
            return Optional.of(value == null ? "" : value);
        } catch (JsonProcessingException notJson) {
            return Optional.empty(); // readers take an unreadable value for an empty one
        }
    }

    /** The object, or empty when the value is anything else; a string may hold the object's JSON text. */
    static Optional<Map<?, ?>> object(Object value) {
        Object decoded = value instanceof String text ? read(text).orElse("") : value;
        return decoded instanceof Map<?, ?> map ? Optional.of(map) : Optional.empty();
    }

    /** The list, or an empty one when the value is anything else; a string may hold the list's JSON text. */
    static List<?> list(Object value) {
        Object decoded = value instanceof String text ? read(text).orElse("") : value;
        return decoded instanceof List<?> list ? list : List.of();
    }

    /** A whole number, given as a number or as text. */
    static Optional<Long> number(Object value) {
        if (value instanceof Integer || value instanceof Long) {
            return Optional.of(((Number) value).longValue());
        }
        if (value instanceof String text && text.strip().matches("-?[0-9]{1,18}")) {
            return Optional.of(Long.parseLong(text.strip()));
        }
        return Optional.empty();
    }

    static Optional<String> text(Object value) {
        return value instanceof String text ? Optional.of(text) : Optional.empty();
    }
}
