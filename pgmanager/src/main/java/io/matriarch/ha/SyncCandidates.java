package io.matriarch.ha;

import io.matriarch.cluster.Lsn;
import io.matriarch.cluster.Member;
import io.matriarch.cluster.MemberName;
import io.matriarch.cluster.PostgresState;
import io.matriarch.ha.PostgresStatus.Replica;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The connected replicas that commits may wait for, best first. */
final class SyncCandidates {

    private static final List<String> BY_STATE = List.of("sync", "quorum", "potential", "async");

    private SyncCandidates() {
    }

    static List<MemberName> of(Facts f) {
        Map<MemberName, Replica> connected = connected(f);
        Map<MemberName, Member> fit = new LinkedHashMap<>();
        connected.keySet().forEach(name -> f.member(name).filter(SyncCandidates::isFit)
                .ifPresent(member -> fit.put(name, member)));
        fit.values().removeIf(member -> Optional.ofNullable(member.record().tags().get("replicatefrom"))
                .map(String::valueOf).filter(from -> fit.keySet().stream().anyMatch(n -> n.value().equals(from))).isPresent());
        Lsn newest = fit.size() > 1 ? fit.keySet().stream().map(name -> connected.get(name).flushed()).reduce(Lsn.ZERO, Lsn::max)
                : f.postgres().flushed();
        long limit = f.settings().sync().maximumLag();
        List<MemberName> candidates = new ArrayList<>();
        fit.keySet().stream().filter(name -> limit <= 0
                || newest.value() - connected.get(name).flushed().value() <= limit).forEach(candidates::add);
        candidates.sort(Comparator.comparing((MemberName name) -> fit.get(name).record().nofailover())
                .thenComparing(name -> -priority(fit.get(name)))
                .thenComparing(name -> rank(connected.get(name)))
                .thenComparing(name -> connected.get(name).flushed(), Comparator.reverseOrder())
                .thenComparing(Comparator.naturalOrder()));
        return candidates;
    }

    /** Streaming rows of members; of two rows of one name the one that is further. */
    static Map<MemberName, Replica> connected(Facts f) {
        Map<MemberName, Replica> connected = new LinkedHashMap<>();
        f.view().map(view -> view.members().keySet()).orElse(java.util.Set.of()).stream()
                .filter(name -> !name.equals(f.me()))
                .forEach(name -> f.postgres().replicas().stream()
                        .filter(row -> row.applicationName().equalsIgnoreCase(name.value()))
                        .filter(row -> row.state().equals("streaming") && row.flushed().isKnown())
                        .max(Comparator.comparing(Replica::flushed)).ifPresent(row -> connected.put(name, row)));
        return connected;
    }

    private static boolean isFit(Member member) {
        Object nosync = member.record().tags().get("nosync");
        return member.record().state().equals(PostgresState.RUNNING.wire())
                && (nosync == null || !TagReader.isTrue(nosync)) && priority(member) > 0;
    }

    private static int priority(Member member) {
        return member.record().tags().get("sync_priority") instanceof Number n ? n.intValue() : 1;
    }

    private static int rank(Replica row) {
        int rank = BY_STATE.indexOf(row.syncState());
        return rank < 0 ? BY_STATE.size() : rank;
    }
}
