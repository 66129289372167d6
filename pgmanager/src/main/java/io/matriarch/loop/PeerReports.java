package io.matriarch.loop;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.matriarch.cluster.Lsn;
import io.matriarch.cluster.PostgresRole;
import io.matriarch.cluster.Timeline;
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
