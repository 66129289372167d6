package io.matriarch.ha;

import io.matriarch.cluster.MemberName;
import io.matriarch.cluster.SyncState;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a value of {@code synchronous_standby_names} says: a commit waits for so many of these standbys.
 *
 * @param any    any of them, or else the first ones that are connected
 * @param number 0 without names
 */
record StandbyRule(boolean any, int number, Set<MemberName> names) {

    /** Nobody bears this name: commits wait for a replica to come. */
    static final MemberName PLACEHOLDER = new MemberName("__patroni_strict_sync_replica_placeholder__");
    static final StandbyRule NONE = new StandbyRule(false, 0, Set.of());

    private static final Pattern PLAIN = Pattern.compile("[A-Za-z_][A-Za-z_0-9$]*");
    private static final Pattern COUNTED = Pattern.compile("\\s*(?:(FIRST|ANY)\\s+)?(\\d{1,9})\\s*\\((.*)\\)\\s*",
            Pattern.CASE_INSENSITIVE | Pattern.DOTALL);
    private static final Pattern NAME = Pattern.compile("\\s*(?:\"((?:[^\"]|\"\")*)\"|([^,\"]+))\\s*(?:,|$)");

    StandbyRule {
        names = Collections.unmodifiableSet(new TreeSet<>(names));
    }

    /** As Patroni writes it where each of them counts. */
    static StandbyRule all(Collection<MemberName> names) {
        return names.isEmpty() ? NONE : new StandbyRule(false, names.size(), Set.copyOf(names));
    }

    static StandbyRule any(int number, Collection<MemberName> names) {
        return names.isEmpty() || number <= 0 ? NONE : new StandbyRule(true, Math.min(number, names.size()), Set.copyOf(names));
    }

    /** Understands a value; one that PostgreSQL would not take says nothing. */
    static StandbyRule parse(String text) {
        Matcher counted = COUNTED.matcher(text);
        boolean hasNumber = counted.matches();
        List<MemberName> names = names(hasNumber ? counted.group(3) : text);
        if (names.isEmpty()) {
            return NONE;
        }
        boolean any = hasNumber && "ANY".equalsIgnoreCase(counted.group(1));
        int number = hasNumber ? Integer.parseInt(counted.group(2)) : 1;
        return new StandbyRule(any, Math.min(number, names.size()), Set.copyOf(names));
    }

    private static List<MemberName> names(String list) {
        List<MemberName> names = new ArrayList<>();
        Matcher m = NAME.matcher(list);
        while (m.find() && m.end() > m.start()) {
            String name = m.group(1) != null ? m.group(1).replace("\"\"", "\"") : m.group(2).strip();
            boolean possible = !name.isEmpty() && name.indexOf('/') < 0; // no member bears another one
            if (possible && !names.contains(new MemberName(name))) {
                names.add(new MemberName(name));
            }
        }
        return names;
    }

    /** Names in their order, quoted where needed, with a number where there are several. */
    String text() {
        if (names.isEmpty()) {
            return "";
        }
        String list = String.join(",", names.stream().map(name -> quoted(name.value())).toList());
        if (any) {
            return "ANY " + number + " (" + list + ")";
        }
        return names.size() == 1 ? list : number + " (" + list + ")";
    }

    private static String quoted(String name) {
        boolean isWord = Set.of("first", "any").contains(name.toLowerCase(Locale.ROOT));
        return PLAIN.matcher(name).matches() && !isWord ? name : "\"" + name.replace("\"", "\"\"") + "\"";
    }

    /** Names of members; a placeholder is none, and whatever fits every name stands for nobody in particular. */
    Set<MemberName> members() {
        Set<MemberName> members = new TreeSet<>(names);
        members.remove(PLACEHOLDER);
        return members;
    }

    /**
     * Whether what the sync key promises holds while commits wait as this rule says: of the leader and the voters no more
     * than {@code quorum} lack a commit that {@code me} acknowledges.
     */
    boolean keeps(SyncState sync, MemberName me) {
        Set<MemberName> everyone = new TreeSet<>(sync.standbys());
        sync.leader().ifPresent(everyone::add);
        everyone.add(me);
        everyone.addAll(names);
        return sync.standbys().isEmpty() || everyone.size() <= sync.quorum() + number + 1;
    }
}
