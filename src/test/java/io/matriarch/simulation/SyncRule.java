package io.matriarch.simulation;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What {@code synchronous_standby_names} demands of a commit.
 *
 * @param any   any {@code count} of the names, otherwise the first {@code count} of them that are connected
 * @param count 0 when commits wait for nobody
 */
record SyncRule(boolean any, int count, List<String> names) {

    static final SyncRule NONE = new SyncRule(false, 0, List.of());

    private static final Pattern LIST = Pattern.compile("(?i)(?:(ANY|FIRST)\\s+)?(\\d+)\\s*\\((.*)\\)");

    SyncRule {
        names = List.copyOf(names);
    }

    /** Reads the setting as PostgreSQL does. */
    static SyncRule parse(String setting) {
        String text = setting.trim();
        if (text.isEmpty()) {
            return NONE;
        }
        Matcher m = LIST.matcher(text);
        return m.matches() ? new SyncRule("ANY".equalsIgnoreCase(m.group(1)), Integer.parseInt(m.group(2)), split(m.group(3)))
                : new SyncRule(false, 1, split(text));
    }

    private static List<String> split(String list) {
        return Arrays.stream(list.split(",")).map(name -> name.trim().replace("\"", "").toLowerCase(Locale.ROOT))
                .toList();
    }

    boolean isOff() {
        return count == 0;
    }

    /** The names that are synchronous or take part in the quorum now, in order. */
    List<String> chosen(Map<String, Long> flushed) {
        List<String> present = present(flushed);
        return any || present.size() <= count ? present : present.subList(0, count);
    }

    private List<String> present(Map<String, Long> flushed) {
        if (names.contains("*")) {
            return flushed.keySet().stream().sorted().toList();
        }
        return names.stream().filter(flushed::containsKey).toList();
    }

    /** How far commits are released when the connected replicas have confirmed this much; -1: nothing is. */
    long released(Map<String, Long> flushed) {
        if (isOff()) {
            return Long.MAX_VALUE;
        }
        List<String> counted = chosen(flushed);
        if (counted.size() < count) {
            return -1;
        }
        List<Long> positions = new ArrayList<>(counted.stream().map(flushed::get).sorted().toList());
        return positions.get(positions.size() - count);
    }
}
