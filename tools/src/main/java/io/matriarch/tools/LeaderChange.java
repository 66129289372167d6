package io.matriarch.tools;

import io.matriarch.cluster.ClusterView;
import io.matriarch.cluster.Member;
import io.matriarch.cluster.MemberName;
import io.matriarch.dcs.WriteResult;
import java.io.IOException;
import java.time.Clock;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The dialogue of {@code switchover} and {@code failover}, and the request that ends it. */
final class LeaderChange {

    private static final DateTimeFormatter MINUTES = DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm");

    private final CtlSession session;
    private final Clock clock;
    private final boolean force;

    /** @param force ask nothing */
    LeaderChange(CtlSession session, Clock clock, boolean force) {
        this.session = session;
        this.clock = clock;
        this.force = force;
    }

    /** @throws CtlError when it cannot be, or the operator said no */
    void switchover(Optional<String> leader, Optional<String> candidate, Optional<String> scheduled) {
        ClusterView view = topology();
        String current = holder(view).orElseThrow(() -> new CtlError("This cluster has no leader"));
        String from = leader.orElseGet(() -> force ? current : session.terminal().ask(
                ClusterDocument.isStandbyCluster(view) ? "Standby Leader" : "Primary", current));
        if (!from.equals(current)) {
            throw new CtlError("Member " + from + " is not the leader of cluster " + session.cluster());
        }
        Optional<String> to = candidate(view, candidate, "switchover");
        Optional<String> at = time(scheduled);
        if (at.isPresent() && view.isPaused()) {
            throw new CtlError("Can't schedule switchover in the paused state");
        }
        String question = at.map(t -> "schedule switchover of cluster " + session.cluster() + " at " + t)
                .orElse("switchover cluster " + session.cluster());
        confirm("Are you sure you want to " + question + ", demoting current leader " + current + "?",
                at.isPresent() ? "scheduled switchover" : "switchover");
        request(view, new Request("switchover", Optional.of(from), to, at));
    }

    /** @throws CtlError when it cannot be, or the operator said no */
    void failover(Optional<String> candidate) {
        ClusterView view = topology();
        Optional<String> to = candidate(view, candidate, "failover");
        if (ClusterDocument.isSynchronous(view) && to.filter(name -> isAsynchronous(view, name)).isPresent()) {
            confirm("Are you sure you want to failover to the asynchronous node " + to.get() + "?", "failover");
        }
        confirm("Are you sure you want to failover cluster " + session.cluster()
                + holder(view).map(l -> ", demoting current leader " + l).orElse("") + "?", "failover");
        request(view, new Request("failover", Optional.empty(), to, Optional.empty()));
    }

    private record Request(String action, Optional<String> leader, Optional<String> candidate, Optional<String> at) {

        Map<String, Object> body() {
            Map<String, Object> body = new HashMap<>();
            body.put("candidate", candidate.orElse(null));
            leader.ifPresent(l -> body.put("leader", l));
            at.ifPresent(t -> body.put("scheduled_at", t));
            return body;
        }
    }

    private ClusterView topology() {
        ClusterView view = session.store().read();
        session.terminal().line("Current cluster topology");
        session.printMembers(view);
        return view;
    }

    private static Optional<String> holder(ClusterView view) {
        return view.leader().map(l -> l.holder().value());
    }

    private Optional<String> candidate(ClusterView view, Optional<String> named, String action) {
        List<String> names = view.members().values().stream()
                .filter(m -> !view.isLockedBy(m.name()) && !m.record().nofailover())
                .map(m -> m.name().value()).sorted().toList();
        if (names.isEmpty()) {
            throw new CtlError("No candidates found to " + action + " to");
        }
        Optional<String> chosen = (named.isPresent() || force ? named : Optional.of(session.terminal().ask(
                "Candidate [" + String.join(", ", names.stream().map(n -> "'" + n + "'").toList()) + "]", "")))
                .filter(n -> !n.isEmpty());
        if (chosen.isEmpty() && action.equals("failover")) {
            throw new CtlError("Failover could be performed only to a specific candidate");
        }
        if (chosen.equals(holder(view)) && chosen.isPresent()) {
            throw new CtlError("Member " + chosen.get() + " is already the leader of cluster " + session.cluster());
        }
        chosen.filter(n -> !names.contains(n)).ifPresent(n -> {
            throw new CtlError("Member " + n + " does not exist in cluster " + session.cluster()
                    + " or is tagged as nofailover");
        });
        return chosen;
    }

    private static boolean isAsynchronous(ClusterView view, String name) {
        return view.sync().filter(s -> s.leader().isPresent())
                .filter(s -> s.standbys().stream().noneMatch(n -> n.value().equalsIgnoreCase(name))
                        && !s.leader().get().value().equalsIgnoreCase(name)).isPresent();
    }

    private Optional<String> time(Optional<String> scheduled) {
        String example = LocalDateTime.now(clock).plusHours(1).format(MINUTES);
        String text = scheduled.orElseGet(() -> force ? "now" : session.terminal().ask(
                "When should the switchover take place (e.g. " + example + " ) ", "now"));
        return ScheduledTime.parse(text, clock.getZone());
    }

    private void confirm(String question, String action) {
        if (!force && !session.terminal().confirm(question)) {
            throw new CtlError("Aborting " + action);
        }
    }

    private void request(ClusterView view, Request request) {
        try {
            MemberApi api = session.api();
            String url = handlingMember(view, request).flatMap(m -> m.record().apiUrl())
                    .orElseThrow(() -> new IOException("no member publishes an API"));
            MemberApi.Reply reply = api.send("POST", url, request.action(), request.body());
            if (reply.status() == 501 && request.action().equals("switchover")
                    && reply.text().contains("Server does not support this operation")) {
                reply = api.send("POST", url, "failover", request.body());
            }
            if (reply.status() != 200 && reply.status() != 202) {
                boolean unknown = reply.text().contains("status unknown");
                session.terminal().line(title(request.action()) + (unknown ? " result unknown" : " failed")
                        + ", details: " + reply.status() + ", " + reply.text());
                return;
            }
            session.terminal().line(session.stamp() + " " + reply.text());
            session.printMembers(session.store().read());
        } catch (IOException e) {
            session.terminal().warning("WARNING - " + e.getMessage());
            session.terminal().line(session.stamp() + " Could not " + request.action()
                    + " using Patroni api, falling back to DCS");
            writeKey(request);
            session.printMembers(view);
        }
    }

    private static Optional<Member> handlingMember(ClusterView view, Request request) {
        return view.leader().map(l -> l.holder()).or(() -> request.candidate().map(MemberName::new))
                .flatMap(view::member);
    }

    private void writeKey(Request request) {
        WriteResult result = session.store().requestFailover(request.leader().map(MemberName::new),
                request.candidate().map(MemberName::new), request.at());
        if (result instanceof WriteResult.Rejected rejected) {
            throw new CtlError("the store refused the request: " + rejected.why());
        }
        if (result instanceof WriteResult.Unknown unknown) {
            throw new CtlError("it is not known whether the request was stored: " + unknown.why());
        }
    }

    private static String title(String action) {
        return Character.toUpperCase(action.charAt(0)) + action.substring(1);
    }
}
