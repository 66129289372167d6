package io.matriarch.ha;

import io.matriarch.cluster.ClusterView;
import io.matriarch.cluster.Lsn;
import io.matriarch.cluster.Member;
import io.matriarch.cluster.MemberName;
import io.matriarch.cluster.PostgresRole;
import io.matriarch.cluster.SyncState;
import io.matriarch.ha.Decision.Note;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Who could take the lock from this member. */
final class Candidates {

    private Candidates() {
    }

    /**
     * The members that may be promoted, best first.
     *
     * @param named     only this one, when given
     * @param mustReach a position they must have, when given; otherwise the lag limit rules
     */
    static List<MemberName> of(Facts f, Optional<MemberName> named, Optional<Lsn> mustReach,
                               Map<MemberName, PeerReport> answers, List<Note> notes) {
        List<MemberName> fit = new ArrayList<>();
        Optional<SyncState> key = isForced(f) ? Optional.empty() : Election.key(f);
        for (Member member : f.view().map(view -> view.members().values()).orElse(List.of())) {
            boolean asked = named.isEmpty() || named.get().equals(member.name());
            boolean mayLead = key.isEmpty() || key.get().standbys().contains(member.name());
            if (mayLead && !member.name().equals(f.me()) && asked && isFit(f, member, mustReach, answers, notes)) {
                fit.add(member.name());
            }
        }
        fit.sort(Comparator.comparing((MemberName name) -> answers.get(name).position()).reversed()
                .thenComparing(name -> -TagReader.failoverPriority(answers.get(name).tags()))
                .thenComparing(Comparator.naturalOrder()));
        return fit;
    }

    /** A manual failover may go to a member that is not synchronous: the old primary stops for it. */
    private static boolean isForced(Facts f) {
        return f.view().flatMap(ClusterView::failover).filter(r -> !r.isSwitchover() && r.candidate().isPresent()).isPresent();
    }

    private static boolean isFit(Facts f, Member member, Optional<Lsn> mustReach,
                                 Map<MemberName, PeerReport> answers, List<Note> notes) {
        PeerReport report = answers.get(member.name());
        if (report == null || !report.running() || !report.position().isKnown()
                || report.role() == PostgresRole.PRIMARY) {
            notes.add(Note.info("Member " + member.name() + " is not reachable"));
            return false;
        }
        if (member.record().nofailover() || TagReader.nofailover(report.tags())) {
            notes.add(Note.info("Member " + member.name() + " is not allowed to promote"));
            return false;
        }
        if (report.watchdogFailed()) {
            notes.add(Note.info("Member " + member.name() + " is not watchdog capable"));
            return false;
        }
        boolean oldTimeline = report.timeline().isKnown() && report.timeline().compareTo(f.postgres().timeline()) < 0;
        if (oldTimeline || lags(f, report, mustReach)) {
            notes.add(Note.info("Member " + member.name() + " exceeds maximum replication lag"));
            return false;
        }
        return true;
    }

    private static boolean lags(Facts f, PeerReport report, Optional<Lsn> mustReach) {
        if (mustReach.isPresent()) {
            return report.position().compareTo(mustReach.get()) < 0;
        }
        Lsn optime = f.view().map(ClusterView::status).orElseThrow().optime();
        return optime.value() - report.position().value() > f.settings().maximumLagOnFailover();
    }
}
