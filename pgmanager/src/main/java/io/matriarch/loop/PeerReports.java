package io.matriarch.loop;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.matriarch.cluster.Lsn;
import io.matriarch.cluster.PostgresRole;
import io.matriarch.cluster.Revision;
import io.matriarch.cluster.Timeline;
import io.matriarch.ha.CutVote;
import io.matriarch.ha.OperatorIntent;
import io.matriarch.ha.PeerReport;
import io.matriarch.ha.Tick;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** Reads the status document of another member, be it ours or Patroni's. */
final class PeerReports {

    private static final ObjectMapper JSON = new ObjectMapper();

    private PeerReports() {
    }

    /** Empty when the document is no status document. Without positions the server counts as not running. */
    static Optional<PeerReport> parse(String document, Tick receivedAt) {
        JsonNode root;
        try {
            root = JSON.readTree(document);
        } catch (JsonProcessingException e) {
            return Optional.empty();
        }
        if (root == null || !root.isObject() || !root.hasNonNull("role")) {
            return Optional.empty();
        }
        JsonNode wal = root.hasNonNull("xlog") ? root.get("xlog") : root.path("wal");
        long location = wal.path("location").asLong(0);
        long received = wal.path("received_location").asLong(0);
        long replayed = wal.path("replayed_location").asLong(0);
        PostgresRole role = location != 0 ? PostgresRole.PRIMARY : PostgresRole.ofWire(root.path("role").asText());
        long position = Math.max(location, Math.max(received, replayed));
        return Optional.of(new PeerReport(receivedAt, position != 0, role, new Lsn(position),
                new Timeline(root.path("timeline").asInt(0)), root.path("watchdog_failed").asBoolean(false),
                tags(root.path("tags"))));
    }

    /** The body of the request to be cut. */
    static String question(OperatorIntent.CutRequest request) {
        return JSON.createObjectNode().put("epoch", request.epoch().value()).put("leader", request.asker().value())
                .toString();
    }

    static String text(Map<String, Object> fields) {
        return JSON.valueToTree(fields).toString();
    }

    /** Reads a vote; empty when the document is none. */
    static Optional<CutVote> vote(String document) {
        try {
            JsonNode root = JSON.readTree(document);
            boolean complete = root != null && root.path("epoch").isIntegralNumber()
                    && root.path("timeline").isIntegralNumber() && root.path("lsn").isIntegralNumber();
            return complete ? Optional.of(new CutVote(new Revision(root.get("epoch").asLong()),
                    new Timeline(root.get("timeline").asInt()), new Lsn(root.get("lsn").asLong()))) : Optional.empty();
        } catch (JsonProcessingException e) {
            return Optional.empty(); // a refusal is a sentence
        }
    }

    private static Map<String, Object> tags(JsonNode node) {
        Map<String, Object> tags = new TreeMap<>();
        node.properties().forEach(field -> {
            JsonNode value = field.getValue();
            if (value.isBoolean()) {
                tags.put(field.getKey(), value.booleanValue());
            } else if (value.isIntegralNumber()) {
                tags.put(field.getKey(), value.longValue());
            } else if (value.isNumber()) {
                tags.put(field.getKey(), value.doubleValue());
            } else if (value.isTextual()) {
                tags.put(field.getKey(), value.textValue());
            }
        });
        return tags;
    }
}
