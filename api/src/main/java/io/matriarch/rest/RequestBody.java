package io.matriarch.rest;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/** The JSON object that comes with a request. Read once, by the thread that works on the request. */
final class RequestBody {

    static final int LIMIT = 1024 * 1024;

    static final RequestBody NONE = new RequestBody(-1, false, InputStream::nullInputStream);

    private final long declaredLength;
    private final boolean chunked;
    private final Source source;

    /** Where the bytes come from. */
    interface Source {
        InputStream open() throws IOException;
    }

    /** @param declaredLength {@code Content-Length}, -1 without one */
    RequestBody(long declaredLength, boolean chunked, Source source) {
        this.declaredLength = declaredLength;
        this.chunked = chunked;
        this.source = source;
    }

    /** A JSON object with at least one key. */
    Map<String, Object> required() throws Refusal {
        if (declaredLength < 0 && !chunked) {
            throw new Refusal(Reply.errorPage(411, "Length Required", "Client must specify Content-Length"));
        }
        Map<String, Object> object = object(read());
        if (object.isEmpty()) {
            throw badRequest();
        }
        return object;
    }

    /** A JSON object; an empty one when there is no body. */
    Map<String, Object> optional() throws Refusal {
        if (declaredLength <= 0 && !chunked) {
            return Map.of();
        }
        String text = read();
        return text.isBlank() ? Map.of() : object(text);
    }

    private String read() throws Refusal {
        if (declaredLength > LIMIT) {
            throw tooLarge();
        }
        try (InputStream in = source.open()) {
            byte[] bytes = in.readNBytes(LIMIT + 1);
            if (bytes.length > LIMIT) {
                throw tooLarge();
            }
            return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
        } catch (CharacterCodingException e) {
            throw badRequest();
        } catch (IOException e) {
            throw new Refusal(Reply.errorPage(400, "Incomplete body", "The request body did not arrive"));
        }
    }

    private static Map<String, Object> object(String text) throws Refusal {
        try {
            if (JsonText.read(text) instanceof Map<?, ?> map) {
                Map<String, Object> object = new java.util.LinkedHashMap<>();
                map.forEach((key, value) -> object.put((String) key, value));
                return object;
            }
        } catch (IOException e) {
            throw badRequest(); // what the parser says may quote the body, which may hold a password
        }
        throw badRequest();
    }

    private static Refusal badRequest() {
        return new Refusal(Reply.errorPage(400, "Bad Request", "A JSON object is expected in the request body"));
    }

    private static Refusal tooLarge() {
        return new Refusal(Reply.errorPage(413, "Content Too Large", "The request body may have " + LIMIT + " bytes"));
    }
}
