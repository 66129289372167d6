package io.matriarch.tools;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** Orders members as the tree of who replicates from whom. Members that replicate in a circle are left out. Pure. */
final class MemberTree {

    private MemberTree() {
    }

    /** The leader first, every replica below its upstream with {@code + } and its indentation before the name. */
    static List<Map<String, Object>> order(List<Map<String, Object>> members) {
        Set<Object> replicas = members.stream().filter(m -> !isLeader(m)).map(m -> m.get("name"))
                .collect(Collectors.toSet());
        Object root = members.stream().filter(MemberTree::isLeader).map(m -> m.get("name")).findFirst().orElse("");
        Map<Object, List<Map<String, Object>>> below = new LinkedHashMap<>();
        List<Map<String, Object>> out = new ArrayList<>();
        for (Map<String, Object> member : members) {
            if (isLeader(member)) {
                out.add(member);
            } else {
                below.computeIfAbsent(upstream(member, replicas, root), k -> new ArrayList<>()).add(member);
            }
        }
        append(out, below, root, 0);
        return out;
    }

    private static boolean isLeader(Map<String, Object> member) {
        return String.valueOf(member.get("role")).endsWith("leader");
    }

    private static Object upstream(Map<String, Object> member, Set<Object> replicas, Object root) {
        Object from = member.get("tags") instanceof Map<?, ?> tags ? tags.get("replicatefrom") : null;
        return from != null && !from.equals(member.get("name")) && replicas.contains(from) ? from : root;
    }

    /** Each member has one upstream, so the recursion is at most as deep as there are members. */
    private static void append(List<Map<String, Object>> out, Map<Object, List<Map<String, Object>>> below,
                               Object upstream, int level) {
        for (Map<String, Object> member : below.getOrDefault(upstream, List.of())) {
            Map<String, Object> shown = new LinkedHashMap<>(member);
            shown.put("name", "  ".repeat(level) + "+ " + member.get("name"));
            out.add(shown);
            append(out, below, member.get("name"), level + 1);
        }
    }
}
