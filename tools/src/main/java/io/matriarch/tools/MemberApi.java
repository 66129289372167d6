package io.matriarch.tools;

import java.io.IOException;
import java.util.Map;

/** Port: the REST API of a member. */
interface MemberApi {

    /**
     * Sends a request and waits for the answer.
     *
     * @param apiUrl the URL a member publishes
     * @param path   name of the endpoint, without a slash
     * @throws IOException no answer
     */
    Reply send(String method, String apiUrl, String path, Map<String, Object> body) throws IOException;

    /** An answer, whatever its code. */
    record Reply(int status, String text) {
    }
}
