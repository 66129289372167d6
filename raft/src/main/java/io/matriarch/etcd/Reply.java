package io.matriarch.etcd;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.URI;

/** What came of one request to etcd. */
sealed interface Reply {

    /** @param from the member that answered */
    record Answer(JsonNode body, URI from) implements Reply {
    }

    /** Etcd refused and changed nothing. {@code code} is gRPC's. */
    record Refused(int code, String text) implements Reply {
    }

    /** It is not known what became of the request. */
    record Silence(String why) implements Reply {
    }
}
