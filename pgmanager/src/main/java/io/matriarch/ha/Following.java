package io.matriarch.ha;

import io.matriarch.cluster.FailoverRequest;
import io.matriarch.cluster.Member;
import io.matriarch.cluster.MemberName;
import io.matriarch.ha.HaMemory.Upkeep;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Another member holds the lock: be its replica. */
final class Following {

    private static final Duration EAGER = Duration.ofSeconds(30);
    private static final Duration FIRST_CHECK = Duration.ofSeconds(3);
    private static final Duration CHECK_AGAIN = Duration.ofSeconds(10);
    private static final Duration WATCHED = Duration.ofMillis(50);
    private static final Duration WAITED_FOR = Duration.ofMillis(15);

    private Following() {
    }

    static Decision decide(Facts f, MemberName leader) {
        if (f.isCutFrom(f.leader())) {
            String reason = "cut off from " + leader + ", waiting for a later holder of the lock";
            return !f.postgres().alive() ? start(f, Optional.empty())
                    : f.postgres().isRunningReplica() ? upkeep(f, Rule.CUT_OFF, reason, Facts.SOON)
                    : f.decide(Rule.CUT_OFF, reason, Facts.SOON);
        }
        Optional<Decision> request = OperatorRequests.ofReplica(f, leader);
        if (request.isPresent()) {
            return request.get();
        }
        if (!f.postgres().alive()) {
            return start(f, wanted(f, leader));
        }
        if (!f.postgres().isRunningReplica()) {
            return f.decide(Rule.STARTING_REPLICA, "Still starting up as a standby.", Facts.CALM);
        }
        return follow(f, leader, noAction(f, leader));
    }

    private static String noAction(Facts f, MemberName leader) {
        return "no action. I am (" + f.me() + "), a secondary, and following a leader (" + leader + ")";
    }

    /** A stopped server comes back as a replica; following nobody while nobody is known to lead. */
    static Decision start(Facts f, Optional<Upstream> upstream) {
        if (!f.memory().backoff().isOver(f.now())) {
            return f.decide(Rule.START_BACKOFF, "failed to start postgres", Facts.SOON);
        }
        return f.decide(Rule.START_REPLICA, "starting as a secondary", Facts.CALM, new Effect.DisarmGuard(),
                new Effect.Begin(new Operation.StartReplica(upstream, f.settings().pgCtlTimeout())));
    }

    static Optional<Upstream> wanted(Facts f, MemberName leader) {
        return f.settings().nostream() || f.isCutFrom(f.leader()) ? Optional.empty()
                : Upstreams.source(f, leader).flatMap(Upstreams::of);
    }

    /** A running replica: points it at its upstream and sees to it that it streams. */
    static Decision follow(Facts f, MemberName leader, String calmReason) {
        Optional<Upstream> wanted = wanted(f, leader);
        boolean unknownSource = wanted.isEmpty() && !f.settings().nostream();
        if (!unknownSource && !wanted.map(Upstreams::address).equals(f.postgres().following())) {
            if (Election.mayAskForVote(f, leader)) {
                return f.decide(Rule.AWAIT_CUT, calmReason, WATCHED);
            }
            if (!f.memory().backoff().isOver(f.now())) {
                return f.decide(Rule.FOLLOW_BACKOFF, calmReason, Facts.SOON);
            }
            return f.decide(Rule.FOLLOW, "following a different leader because the leader is now " + leader,
                    Facts.CALM, new Effect.Begin(new Operation.Follow(wanted)));
        }
        if (wanted.isPresent() && f.memory().upkeep().notStreamingSince().isPresent()) {
            return reconnect(f, wanted.get(), calmReason);
        }
        return upkeep(f, Rule.FOLLOWING, calmReason, pace(f));
    }

    /** While a switchover is on, its primary waits for the position that its successor publishes with every look. */
    private static Duration pace(Facts f) {
        Optional<FailoverRequest> moving = f.view().flatMap(view -> view.failover())
                .filter(r -> r.scheduledAt().isEmpty() && (r.leader().isPresent() || r.candidate().isPresent()));
        return moving.isEmpty() ? Facts.CALM
                : moving.get().candidate().equals(Optional.of(f.me())) ? WAITED_FOR : WATCHED;
    }

    private static Decision reconnect(Facts f, Upstream upstream, String calmReason) {
        Upkeep upkeep = f.memory().upkeep();
        Tick since = upkeep.notStreamingSince().orElseThrow();
        boolean sourceReady = f.member(upstream.name()).filter(member -> isReady(f, member)).isPresent();
        if (!sourceReady) {
            return upkeep(f, Rule.FOLLOWING, calmReason, Facts.CALM);
        }
        Duration away = f.now().since(since);
        boolean checkDue = upkeep.refollowAt().map(at -> f.now().since(at).compareTo(CHECK_AGAIN) >= 0)
                .orElse(away.compareTo(FIRST_CHECK) >= 0);
        if (checkDue && f.memory().backoff().isOver(f.now())) {
            Upkeep checked = upkeep.withNotStreaming(since, upkeep.nudgedAt(), Optional.of(f.now()));
            return f.decide(Rule.FOLLOW_AGAIN, "checking why the replica does not stream from " + upstream.name(),
                    Facts.CALM, f.memory().withUpkeep(checked),
                    new Effect.Begin(new Operation.Follow(Optional.of(upstream))));
        }
        Duration pace = away.compareTo(EAGER) < 0 ? Facts.SOON : Facts.CALM;
        if (upkeep.nudgedAt().filter(at -> f.now().since(at).compareTo(pace) < 0).isPresent()) {
            return upkeep(f, Rule.FOLLOWING, calmReason, Facts.SOON);
        }
        Upkeep nudged = upkeep.withNotStreaming(since, Optional.of(f.now()), upkeep.refollowAt());
        return f.decide(Rule.NUDGE, calmReason, pace, f.memory().withUpkeep(nudged), new Effect.Nudge());
    }

    /** The leader accepts replicas once it publishes the role of a primary; another replica always does. */
    private static boolean isReady(Facts f, Member source) {
        boolean isLeader = f.otherLeader().equals(Optional.of(source.name()));
        return !isLeader || Upstreams.publishesPrimary(source);
    }

    /** Takes over settings that changed. */
    static Decision upkeep(Facts f, Rule rule, String reason, Duration next) {
        List<Effect> effects = new ArrayList<>();
        HaMemory memory = PrimaryDuties.settings(f, f.memory(), effects);
        Election.keepNamesReady(f, effects);
        return new Decision(rule, reason, effects, memory, next);
    }
}
