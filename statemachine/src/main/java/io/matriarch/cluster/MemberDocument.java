package io.matriarch.cluster;

import io.matriarch.cluster.Member.MemberRecord;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** The value of a member key. */
final class MemberDocument {

    private static final String QUERY_NAME = "application_name=";

    private MemberDocument() {
    }

    /** The fields in Patroni's order, absent ones left out, fields that Patroni does not know at the end by name. */
    static String write(MemberRecord member) {
        Map<String, Object> extra = new TreeMap<>(member.extra());
        Map<String, Object> json = new LinkedHashMap<>();
        member.connUrl().ifPresent(url -> json.put("conn_url", url));
        member.apiUrl().ifPresent(url -> json.put("api_url", url));
        json.put("state", member.state());
        json.put("role", member.role().wire());
        json.put("version", member.version());
        move(extra, json, "proxy_url", "checkpoint_after_promote");
        if (!member.tags().isEmpty()) {
            json.put("tags", member.tags());
        }
        move(extra, json, "pending_restart", "pending_restart_reason");
        member.xlogLocation().ifPresent(lsn -> json.put("xlog_location", lsn.value()));
        member.replayLsn().ifPresent(lsn -> json.put("replay_lsn", lsn.value()));
        member.receiveLsn().ifPresent(lsn -> json.put("receive_lsn", lsn.value()));
        member.replicationState().ifPresent(state -> json.put("replication_state", state));
        member.timeline().ifPresent(timeline -> json.put("timeline", timeline.value()));
        move(extra, json, "scheduled_restart");
        if (member.pause()) {
            json.put("pause", true);
        }
        extra.forEach(json::putIfAbsent);
        return Json.write(json);
    }

    private static void move(Map<String, Object> from, Map<String, Object> to, String... names) {
        for (String name : names) {
            if (from.containsKey(name)) {
                to.put(name, from.remove(name));
            }
        }
    }

    /** Reads any value: a field that is missing or of the wrong type is empty, an old connection URL gives two fields. */
    static MemberRecord read(String value) {
        Map<String, Object> fields = new LinkedHashMap<>();
        if (value.startsWith("postgres")) {
            readUrl(value, fields);
        } else {
            Json.object(value).ifPresent(map -> map.forEach((k, v) -> fields.put(String.valueOf(k), v)));
        }
        return new MemberRecord(Json.text(fields.remove("conn_url")), Json.text(fields.remove("api_url")),
                Json.text(fields.remove("state")).orElse(""),
                PostgresRole.ofWire(Json.text(fields.remove("role")).orElse("")),
                Json.text(fields.remove("version")).orElse(""), lsn(fields.remove("xlog_location")),
                lsn(fields.remove("receive_lsn")), lsn(fields.remove("replay_lsn")),
                Json.text(fields.remove("replication_state")),
                Json.number(fields.remove("timeline")).filter(n -> n == n.intValue())
                        .map(n -> new Timeline(n.intValue())),
                Boolean.TRUE.equals(fields.remove("pause")), tags(fields.remove("tags")), fields);
    }

    private static Optional<Lsn> lsn(Object value) {
        return Json.number(value).map(Lsn::new);
    }

    private static Map<String, Object> tags(Object value) {
        Map<String, Object> tags = new LinkedHashMap<>();
        if (value instanceof Map<?, ?> map) {
            map.forEach((k, v) -> tags.put(String.valueOf(k), v));
        }
        return tags;
    }

    /** {@code postgres://host:port/db?application_name=api-url}, as very old members publish themselves. */
    private static void readUrl(String url, Map<String, Object> fields) {
        int question = url.indexOf('?');
        fields.put("conn_url", question < 0 ? url : url.substring(0, question));
        if (question < 0) {
            return;
        }
        for (String parameter : url.substring(question + 1).split("&")) {
            if (parameter.startsWith(QUERY_NAME)) {
                fields.putIfAbsent("api_url", percentDecoded(parameter.substring(QUERY_NAME.length())));
            }
        }
    }

    private static String percentDecoded(String text) {
        byte[] raw = text.replace('+', ' ').getBytes(StandardCharsets.UTF_8);
        ByteArrayOutputStream decoded = new ByteArrayOutputStream(raw.length);
        int i = 0;
        while (i < raw.length) {
            int high = i + 2 < raw.length ? Character.digit(raw[i + 1], 16) : -1;
            int low = i + 2 < raw.length ? Character.digit(raw[i + 2], 16) : -1;
            boolean escaped = raw[i] == '%' && high >= 0 && low >= 0;
            decoded.write(escaped ? high << 4 | low : raw[i]);
            i += escaped ? 3 : 1;
        }
        return decoded.toString(StandardCharsets.UTF_8);
    }
}
