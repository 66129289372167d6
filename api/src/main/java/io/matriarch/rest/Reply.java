package io.matriarch.rest;

import java.nio.charset.StandardCharsets;
import java.util.Map;

/**
 * What a request gets.
 *
 * @param contentType empty for a reply that is a status line and nothing else
 * @param closing     the connection ends with this reply
 * @param headers     further headers
 */
record Reply(int status, String contentType, String body, boolean closing, Map<String, String> headers) {

    private static final String JSON = "application/json";
    private static final String TEXT = "text/html";
    private static final String PAGE = "text/html;charset=utf-8";

    Reply {
        headers = Map.copyOf(headers);
    }

    static Reply statusOnly(int status) {
        return new Reply(status, "", "", false, Map.of());
    }

    static Reply json(int status, Object value) {
        return new Reply(status, JSON, JsonText.write(value), false, Map.of());
    }

    static Reply text(int status, String text) {
        return new Reply(status, TEXT, text, false, Map.of());
    }

    /** An HTML page about a request that could not be understood or carried out. */
    static Reply errorPage(int status, String message, String explanation) {
        String body = "<!DOCTYPE HTML>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><title>Error response</title></head>\n"
                + "<body>\n<h1>Error response</h1>\n<p>Error code: " + status + "</p>\n<p>Message: " + escaped(message)
                + ".</p>\n<p>Error code explanation: " + status + " - " + escaped(explanation) + ".</p>\n</body>\n</html>\n";
        return new Reply(status, PAGE, body, true, Map.of());
    }

    Reply withHeader(String name, String value) {
        Map<String, String> more = new java.util.HashMap<>(headers);
        more.put(name, value);
        return new Reply(status, contentType, body, closing, more);
    }

    boolean hasBody() {
        return !contentType.isEmpty();
    }

    /** Whether this is an {@linkplain #errorPage error page}. */
    boolean isErrorPage() {
        return contentType.equals(PAGE);
    }

    byte[] bytes() {
        return body.getBytes(StandardCharsets.UTF_8);
    }

    private static String escaped(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
    }
}
