package io.matriarch.tools;

import io.matriarch.tools.TextTable.Column;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * The table of {@code list} and {@code topology}, from a document as {@code GET /cluster} returns it. Pure.
 *
 * @param initialize value of the initialize key: null without one, empty while somebody founds the cluster
 * @param extended   whether columns that are empty everywhere are shown too
 */
record MemberTable(String cluster, String initialize, Map<String, Object> document, OutputFormat format,
                   boolean extended) {

    private static final List<String> ALWAYS = List.of("Cluster", "Member", "Host", "Role", "State", "TL",
            "Receive LSN", "Receive Lag", "Replay LSN", "Replay Lag");
    private static final List<String> WHEN_USED = List.of("Pending restart", "Pending restart reason",
            "Scheduled restart", "Tags");
    private static final Set<String> RIGHT = Set.of("TL", "Receive LSN", "Replay LSN", "Lag");
    private static final int LONGEST_REASON = 50;
    private static final int POSTGRES_PORT = 5432;
    private static final double MEBIBYTE = 1024.0 * 1024.0;

    /** The whole text, ended by a line feed. */
    String render() {
        List<Map<String, Object>> members = members();
        List<Map<String, Object>> ordered = format == OutputFormat.TOPOLOGY ? MemberTree.order(members) : members;
        List<String> columns = columns(members);
        boolean withPort = needsPort(members);
        List<List<Object>> rows = new ArrayList<>();
        for (Map<String, Object> member : ordered) {
            Map<String, Object> cells = cells(member, withPort);
            rows.add(columns.stream().map(c -> cells.getOrDefault(c, "")).toList());
        }
        return switch (format) {
            case JSON -> PythonJson.write(objects(columns, rows)) + "\n";
            case YAML, YML -> YamlText.block(objects(columns, rows)) + "\n";
            case TSV -> separated(columns, rows);
            case PRETTY, TOPOLOGY -> pretty(columns, rows) + information();
        };
    }

    @SuppressWarnings("unchecked")
    private List<Map<String, Object>> members() {
        return (List<Map<String, Object>>) document.getOrDefault("members", List.of());
    }

    private List<String> columns(List<Map<String, Object>> members) {
        List<String> columns = new ArrayList<>(ALWAYS);
        WHEN_USED.stream().filter(c -> extended || members.stream().anyMatch(m -> isUsed(m.get(key(c)))))
                .forEach(columns::add);
        return columns;
    }

    private static boolean isUsed(Object value) {
        return value instanceof Map<?, ?> map ? !map.isEmpty()
                : value != null && !value.equals(false) && !value.equals("");
    }

    private static String key(String column) {
        return column.toLowerCase(Locale.ROOT).replace(' ', '_');
    }

    private static boolean needsPort(List<Map<String, Object>> members) {
        Set<Object> hosts = new HashSet<>();
        boolean needed = false;
        for (Map<String, Object> member : members) {
            needed |= member.get("host") != null && !hosts.add(member.get("host"));
            needed |= member.get("port") instanceof Number port && port.intValue() != POSTGRES_PORT;
        }
        return needed;
    }

    private Map<String, Object> cells(Map<String, Object> member, boolean withPort) {
        Map<String, Object> cells = new LinkedHashMap<>();
        cells.put("Cluster", cluster);
        cells.put("Member", member.get("name"));
        cells.put("Host", withPort && member.get("port") != null
                ? member.get("host") + ":" + member.get("port") : member.getOrDefault("host", ""));
        cells.put("Role", titleCase(String.valueOf(member.get("role"))));
        cells.put("State", member.getOrDefault("state", ""));
        cells.put("TL", member.getOrDefault("timeline", ""));
        positions(cells, member);
        cells.put("Pending restart", Boolean.TRUE.equals(member.get("pending_restart")) ? "*" : "");
        cells.put("Pending restart reason", reasons(member.get("pending_restart_reason")));
        cells.put("Scheduled restart", schedule(member.get("scheduled_restart")));
        if (isUsed(member.get("tags"))) {
            cells.put("Tags", member.get("tags"));
        }
        return cells;
    }

    private static void positions(Map<String, Object> cells, Map<String, Object> member) {
        boolean partsUnknown = "unknown".equals(member.get("receive_lsn")) && "unknown".equals(member.get("replay_lsn"));
        boolean wholeKnown = member.containsKey("lsn") && !"unknown".equals(member.get("lsn"));
        cells.put("Receive LSN", member.getOrDefault("receive_lsn", ""));
        cells.put("Receive Lag", mebibytes(member.get("receive_lag")));
        cells.put("Replay LSN", member.getOrDefault("replay_lsn", ""));
        cells.put("Replay Lag", mebibytes(member.get("replay_lag")));
        if (partsUnknown && wholeKnown) {
            String part = "streaming".equals(member.get("state")) ? "Receive" : "Replay";
            cells.put(part + " LSN", member.get("lsn"));
            cells.put(part + " Lag", mebibytes(member.get("lag")));
        }
    }

    private static Object mebibytes(Object bytes) {
        return bytes instanceof Number number ? (Object) (long) Math.rint(number.longValue() / MEBIBYTE) : "";
    }

    private String reasons(Object value) {
        if (!(value instanceof Map<?, ?> byParameter)) {
            return "";
        }
        List<String> lines = new ArrayList<>();
        byParameter.forEach((parameter, change) -> {
            Map<?, ?> values = change instanceof Map<?, ?> map ? map : Map.of();
            String full = parameter + ": " + values.get("old_value") + "->" + values.get("new_value");
            lines.add(format.isForPeople() && full.length() > LONGEST_REASON
                    ? parameter + ": [hidden - too long]" : full);
        });
        return String.join("\n", lines);
    }

    private static String schedule(Object value) {
        if (!(value instanceof Map<?, ?> restart) || restart.get("schedule") == null) {
            return "";
        }
        Object version = restart.get("postgres_version");
        return restart.get("schedule") + (version == null ? "" : " if version < " + version);
    }

    private static String titleCase(String role) {
        StringBuilder out = new StringBuilder();
        for (String word : role.split("_")) {
            out.append(out.isEmpty() ? "" : " ").append(word.isEmpty() ? ""
                    : word.substring(0, 1).toUpperCase(Locale.ROOT) + word.substring(1));
        }
        return out.toString();
    }

    private static List<Map<String, Object>> objects(List<String> columns, List<List<Object>> rows) {
        List<Map<String, Object>> out = new ArrayList<>();
        for (List<Object> row : rows) {
            Map<String, Object> object = new LinkedHashMap<>();
            for (int c = 0; c < columns.size(); c++) {
                if (!row.get(c).toString().isEmpty()) {
                    object.put(columns.get(c), row.get(c));
                }
            }
            out.add(object);
        }
        return out;
    }

    private static String separated(List<String> columns, List<List<Object>> rows) {
        StringBuilder out = new StringBuilder(String.join("\t", columns)).append('\n');
        for (List<Object> row : rows) {
            out.append(String.join("\t", row.stream().map(cell -> cell instanceof Map<?, ?>
                    ? YamlText.flow(cell).strip() : cell.toString()).toList())).append('\n');
        }
        return out.toString();
    }

    private String pretty(List<String> columns, List<List<Object>> rows) {
        List<Column> shown = columns.stream().skip(1).map(c -> c.endsWith(" Lag") ? "Lag" : c)
                .map(c -> new Column(c, RIGHT.contains(c))).toList();
        List<List<String>> texts = rows.stream().map(row -> row.stream().skip(1).map(this::text).toList()).toList();
        String sysid = initialize == null ? "uninitialized" : initialize.isEmpty() ? "initializing" : initialize;
        return new TextTable(" Cluster: " + cluster + " (" + sysid + ") ", shown, texts).render();
    }

    private String text(Object cell) {
        if (!(cell instanceof Map<?, ?>)) {
            return cell.toString();
        }
        return (format == OutputFormat.PRETTY ? YamlText.block(cell) : YamlText.flow(cell)).strip();
    }

    private String information() {
        StringBuilder out = new StringBuilder();
        if (document.containsKey("pause")) {
            out.append(" Maintenance mode: on\n");
        }
        if (document.get("scheduled_switchover") instanceof Map<?, ?> scheduled) {
            out.append(" Switchover scheduled at: ").append(scheduled.get("at")).append('\n');
            for (String end : List.of("from", "to")) {
                if (scheduled.get(end) != null) {
                    out.append(String.format("%24s: %s\n", end, scheduled.get(end)));
                }
            }
        }
        return out.toString();
    }
}
