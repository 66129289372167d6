package io.matriarch.rest;

import java.util.Optional;

/**
 * One request, without the connection it came on.
 *
 * @param path          as sent: nothing decoded, without the query
 * @param clientAddress numeric address of the client
 * @param authorization value of that header
 * @param certified     the client has shown a certificate that was found good
 */
record Request(String method, String path, Query query, String clientAddress, Optional<String> authorization,
               RequestBody body, boolean certified) {

    /** Of a client that has shown no certificate. */
    Request(String method, String path, Query query, String clientAddress, Optional<String> authorization, RequestBody body) {
        this(method, path, query, clientAddress, authorization, body, false);
    }

    /** The first segment of the path; leading slashes are ignored. Empty for the root. */
    String segment() {
        int start = 0;
        while (start < path.length() && path.charAt(start) == '/') {
            start++;
        }
        int end = path.indexOf('/', start);
        return path.substring(start, end < 0 ? path.length() : end);
    }
}
