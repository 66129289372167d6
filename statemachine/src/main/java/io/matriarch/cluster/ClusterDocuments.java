package io.matriarch.cluster;

import io.matriarch.cluster.Member.MemberRecord;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * The values of the cluster's keys: written byte for byte as Patroni writes them, read as tolerantly as Patroni reads
 * them. A value that cannot be read never fails the view of the cluster; it counts as empty.
 */
public final class ClusterDocuments {

    /** The failover key when there is no request; the key is never deleted. */
    public static final String NO_FAILOVER = "{}";

    private ClusterDocuments() {
    }

    public static String member(MemberRecord member) {
        return MemberDocument.write(member);
    }

    /** Slots are left out when there are none. */
    public static String status(ClusterStatus status) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("optime", status.optime().value());
        if (!status.slots().isEmpty()) {
            Map<String, Object> slots = new LinkedHashMap<>();
            status.slots().forEach((slot, lsn) -> slots.put(slot, lsn.value()));
            json.put("slots", slots);
        }
        if (!status.retainSlots().isEmpty()) {
            json.put("retain_slots", status.retainSlots());
        }
        return Json.write(json);
    }

    /** Members by API URL. */
    public static String failsafe(Map<String, String> members) {
        return Json.write(new TreeMap<>(members));
    }

    /** A list of lists with three to five items. */
    public static String history(TimelineHistory history) {
        List<List<Object>> json = new ArrayList<>();
        for (TimelineHistory.Entry entry : history.entries()) {
            List<Object> line = new ArrayList<>(List.of(entry.timeline(), entry.switchpoint().value(), entry.reason()));
            if (entry.timestamp().isPresent() || entry.newLeader().isPresent()) {
                line.add(entry.timestamp().orElse(null));
            }
            entry.newLeader().ifPresent(line::add);
            json.add(line);
        }
        return Json.write(json);
    }

    public static String sync(SyncState sync) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("leader", sync.leader().map(MemberName::value).orElse(null));
        json.put("quorum", sync.quorum());
        json.put("sync_standby", sync.standbys().isEmpty() ? null
                : sync.standbys().stream().sorted().map(MemberName::value).collect(Collectors.joining(",")));
        return Json.write(json);
    }

    public static String config(Map<String, Object> document) {
        return Json.write(document);
    }

    public static String failover(Optional<MemberName> leader, Optional<MemberName> candidate,
                                  Optional<String> scheduledAt) {
        Map<String, Object> json = new LinkedHashMap<>();
        leader.ifPresent(name -> json.put("leader", name.value()));
        candidate.ifPresent(name -> json.put("member", name.value()));
        scheduledAt.ifPresent(time -> json.put("scheduled_at", time));
        return Json.write(json);
    }

    /** The cluster as its keys say it, read at one revision. Keys of others are ignored. */
    public static ClusterView view(ClusterKeys keys, Revision revision, Collection<StoredKey> stored) {
        Map<String, StoredKey> byKey = new LinkedHashMap<>();
        SortedMap<MemberName, Member> members = new TreeMap<>();
        for (StoredKey kv : stored) {
            byKey.put(kv.key(), kv);
            keys.memberOf(kv.key()).ifPresent(name ->
                    members.put(name, new Member(name, kv.modified(), MemberDocument.read(kv.value()))));
        }
        Optional<StoredKey> status = find(byKey, keys.status()).or(() -> find(byKey, keys.optimeLeader()));
        return new ClusterView(revision, find(byKey, keys.initialize()).map(StoredKey::value),
                find(byKey, keys.leader()).flatMap(ClusterDocuments::readLeader),
                Collections.unmodifiableSortedMap(members),
                find(byKey, keys.config()).map(ClusterDocuments::readConfig).orElse(DynamicConfig.ABSENT),
                find(byKey, keys.failover()).flatMap(ClusterDocuments::readFailover),
                find(byKey, keys.history()).map(ClusterDocuments::readHistory).orElse(TimelineHistory.ABSENT),
                status.map(kv -> readStatus(kv.value())).orElse(ClusterStatus.EMPTY),
                find(byKey, keys.sync()).map(ClusterDocuments::readSync),
                find(byKey, keys.failsafe()).map(kv -> readFailsafe(kv.value())).orElse(Map.of()));
    }

    private static Optional<StoredKey> find(Map<String, StoredKey> byKey, String key) {
        return Optional.ofNullable(byKey.get(key));
    }

    private static Optional<MemberName> name(Object value) {
        return Json.text(value).map(String::strip)
                .filter(text -> !text.isEmpty() && text.indexOf('/') < 0).map(MemberName::new);
    }

    private static Optional<LeaderLock> readLeader(StoredKey kv) {
        return name(kv.value()).map(holder -> new LeaderLock(holder, kv.lease(), kv.modified()));
    }

    private static DynamicConfig readConfig(StoredKey kv) {
        return Json.object(kv.value()).map(map -> new DynamicConfig(strings(map), kv.modified()))
                .orElse(DynamicConfig.ABSENT);
    }

    private static Map<String, Object> strings(Map<?, ?> map) {
        Map<String, Object> copy = new LinkedHashMap<>();
        map.forEach((k, v) -> copy.put(String.valueOf(k), v));
        return Collections.unmodifiableMap(copy);
    }

    /** JSON, or the old form {@code leader:candidate}. */
    private static Optional<FailoverRequest> readFailover(StoredKey kv) {
        Optional<Object> json = Json.read(kv.value());
        Optional<MemberName> leader;
        Optional<MemberName> candidate;
        Optional<String> scheduledAt = Optional.empty();
        if (json.isPresent()) {
            Map<?, ?> fields = json.get() instanceof Map<?, ?> map ? map : Map.of();
            leader = name(fields.get("leader"));
            candidate = name(fields.get("member"));
            scheduledAt = Json.text(fields.get("scheduled_at")).filter(text -> !text.isEmpty());
        } else {
            String[] parts = kv.value().split(":", 3);
            leader = name(parts[0]);
            candidate = parts.length > 1 ? name(parts[1]) : Optional.empty();
        }
        return leader.isEmpty() && candidate.isEmpty() ? Optional.empty()
                : Optional.of(new FailoverRequest(leader, candidate, scheduledAt, kv.modified()));
    }

    private static TimelineHistory readHistory(StoredKey kv) {
        List<TimelineHistory.Entry> entries = new ArrayList<>();
        for (Object line : Json.list(kv.value())) {
            List<?> items = line instanceof List<?> list ? list : List.of();
            Optional<Long> timeline = items.size() < 3 ? Optional.empty() : Json.number(items.get(0));
            timeline.filter(n -> n == n.intValue()).ifPresent(n -> entries.add(new TimelineHistory.Entry(
                    n.intValue(), new Lsn(Json.number(items.get(1)).orElse(0L)), String.valueOf(items.get(2)),
                    items.size() > 3 ? Json.text(items.get(3)) : Optional.empty(),
                    items.size() > 4 ? Json.text(items.get(4)) : Optional.empty())));
        }
        return new TimelineHistory(true, entries);
    }

    /** An object, or the old form: the position alone. */
    private static ClusterStatus readStatus(String value) {
        Optional<Object> json = Json.read(value);
        if (json.isPresent() && json.get() instanceof Map<?, ?> fields) {
            Map<String, Lsn> slots = new LinkedHashMap<>();
            Json.object(fields.get("slots")).ifPresent(map -> map.forEach((slot, lsn) ->
                    Json.number(lsn).ifPresent(n -> slots.put(String.valueOf(slot), new Lsn(n)))));
            List<String> retained = Json.list(fields.get("retain_slots")).stream()
                    .filter(String.class::isInstance).map(String.class::cast).toList();
            return new ClusterStatus(new Lsn(Json.number(fields.get("optime")).orElse(0L)), slots, retained);
        }
        return new ClusterStatus(new Lsn(json.flatMap(Json::number).orElse(0L)), Map.of(), List.of());
    }

    private static SyncState readSync(StoredKey kv) {
        Map<?, ?> fields = Json.object(kv.value()).orElse(Map.of());
        Optional<MemberName> leader = name(fields.get("leader"));
        Set<MemberName> standbys = new LinkedHashSet<>();
        for (String standby : Json.text(fields.get("sync_standby")).orElse("").split(",")) {
            name(standby).ifPresent(standbys::add);
        }
        long quorum = leader.isEmpty() ? 0 : Json.number(fields.get("quorum")).orElse(0L);
        return new SyncState(leader, (int) Math.max(0, Math.min(quorum, Integer.MAX_VALUE)), standbys, kv.modified());
    }

    private static Map<String, String> readFailsafe(String value) {
        Map<String, String> urls = new TreeMap<>();
        Json.object(value).ifPresent(map -> map.forEach((name, url) ->
                Json.text(url).ifPresent(text -> urls.put(String.valueOf(name), text))));
        return Collections.unmodifiableMap(urls);
    }
}
