package io.matriarch.rest;

import io.matriarch.cluster.ClusterView;
import io.matriarch.cluster.Member;
import io.matriarch.cluster.MemberName;
import io.matriarch.ha.PeerReport;
import io.matriarch.loop.PeerProbe;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Whether anybody could take the leader lock that an order wants to move. */
final class Eligibility {

    private static final Duration PATIENCE = Duration.ofSeconds(2);

    private final PeerProbe peers;

    Eligibility(PeerProbe peers) {
        this.peers = peers;
    }

    /** Refuses an order that nobody could carry out. Waits up to two seconds for the answers of members. */
    void check(FailoverOrder order, ClusterView view) throws Refusal {
        Optional<String> holder = view.leader().map(l -> l.holder().value());
        if (order.leader().isPresent() && !order.leader().equals(holder)) {
            throw Refusal.text(412, "leader name does not match");
        }
        Map<MemberName, Member> eligible = order.candidate().isPresent()
                ? candidate(order, view, order.candidate().get()) : anyone(order, view, holder);
        if (!hasGoodOne(eligible)) {
            throw impossible(order, "no good candidates have been found");
        }
    }

    private static Map<MemberName, Member> candidate(FailoverOrder order, ClusterView view, String name)
            throws Refusal {
        Optional<Member> member = view.members().values().stream()
                .filter(m -> m.name().value().equals(name)).findFirst();
        if (order.switchover() && needsSync(view)
                && member.map(m -> !ClusterMode.isInSync(view, m.name())).orElse(true)) {
            throw Refusal.text(412, "candidate name does not match with sync_standby");
        }
        if (member.isEmpty()) {
            throw Refusal.text(412, "candidate does not exists");
        }
        return Map.of(member.get().name(), member.get());
    }

    private static Map<MemberName, Member> anyone(FailoverOrder order, ClusterView view, Optional<String> holder)
            throws Refusal {
        Map<MemberName, Member> others = new LinkedHashMap<>();
        boolean sync = needsSync(view);
        for (Member m : view.members().values()) {
            boolean leads = holder.isPresent() && holder.get().equals(m.name().value());
            if (!leads && m.record().apiUrl().isPresent() && (!sync || ClusterMode.isInSync(view, m.name()))) {
                others.put(m.name(), m);
            }
        }
        if (others.isEmpty()) {
            throw impossible(order, sync ? "can not find sync_standby" : "cluster does not have members except leader");
        }
        return others;
    }

    private boolean hasGoodOne(Map<MemberName, Member> eligible) {
        Map<MemberName, String> urls = new LinkedHashMap<>();
        eligible.forEach((name, member) -> {
            if (!member.record().nofailover()) {
                member.record().apiUrl().ifPresent(url -> urls.put(name, url));
            }
        });
        if (urls.isEmpty()) {
            return false;
        }
        // A quick round first, so that a dead member does not delay an order that another one can carry out.
        return isAnyGood(peers.ask(urls, Set.of(), urls.keySet(), PATIENCE))
                || isAnyGood(peers.ask(urls, urls.keySet(), Set.of(), PATIENCE));
    }

    private static boolean isAnyGood(Map<MemberName, PeerReport> reports) {
        return reports.values().stream()
                .anyMatch(r -> r.running() && !r.watchdogFailed() && !isTrue(r.tags().get("nofailover")));
    }

    private static boolean isTrue(Object tag) {
        return !(tag == null || tag.equals(Boolean.FALSE) || tag.equals(""));
    }

    private static boolean needsSync(ClusterView view) {
        ClusterMode mode = ClusterMode.of(view);
        return mode.synchronous() && !mode.quorum();
    }

    private static Refusal impossible(FailoverOrder order, String why) {
        return Refusal.text(412, order.action() + " is not possible: " + why);
    }
}
