package io.matriarch.loop;

import io.matriarch.cluster.LeaseId;
import io.matriarch.cluster.Lsn;
import io.matriarch.cluster.Member.MemberRecord;
import io.matriarch.cluster.PostgresRole;
import io.matriarch.cluster.PostgresState;
import io.matriarch.cluster.Timeline;
import io.matriarch.dcs.WriteResult;
import io.matriarch.ha.LongTaskStatus;
import io.matriarch.ha.Observation;
import io.matriarch.ha.Operation;
import io.matriarch.ha.PostgresStatus;
import io.matriarch.ha.Tick;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** The member key of this agent and the lease it lives on. The loop's thread alone. */
final class MemberSession {

    private final HaPorts ports;
    private final LeaderLockKeeper keeper;
    private LeaseId lease;
    private Optional<MemberRecord> published = Optional.empty();
    private Optional<Tick> publishedAt = Optional.empty();

    MemberSession(HaPorts ports, LeaderLockKeeper keeper) {
        this.ports = ports;
        this.keeper = keeper;
        this.lease = ports.leases().get();
    }

    LeaseId lease() {
        return lease;
    }

    /** Takes a fresh session; whatever lives on the old one expires with it. */
    void renew() {
        lease = ports.leases().get();
        published = Optional.empty();
    }

    /** Publishes when there is news, or when the log has moved and {@code loop_wait} has passed. */
    void publishIfDue(Observation seen, Duration timeout) {
        MemberRecord record = record(seen);
        boolean lost = keeper.takeSessionLost()
                || seen.cluster().filter(view -> view.member(seen.settings().me()).isEmpty()).isPresent();
        boolean news = published.isEmpty() || !withoutPositions(published.get()).equals(withoutPositions(record));
        boolean moved = !published.equals(Optional.of(record)) && publishedAt.filter(at ->
                seen.now().since(at).compareTo(seen.settings().loopWait()) < 0).isEmpty();
        if (lost || news || moved) {
            publish(seen, record, timeout);
        }
    }

    WriteResult publish(Observation seen, Duration timeout) {
        return publish(seen, record(seen), timeout);
    }

    private WriteResult publish(Observation seen, MemberRecord record, Duration timeout) {
        Duration ttl = seen.settings().ttl();
        Tick sent = ports.ticker().now();
        WriteResult result = ports.dcs().publishMember(seen.settings().me(), record, lease, ttl, timeout);
        if (result.isApplied()) {
            published = Optional.of(record);
            publishedAt = Optional.of(sent);
            keeper.session(lease, ttl, sent);
        } else if (result instanceof WriteResult.Rejected) {
            renew();
        }
        return result;
    }

    private MemberRecord record(Observation seen) {
        PostgresStatus postgres = seen.postgres();
        MemberCard card = ports.settings().card();
        boolean positions = isRunning(postgres.state()) && seen.task().filter(LongTaskStatus::isRunning)
                .filter(task -> !(task.operation() instanceof Operation.Promote)).isEmpty();
        boolean primary = postgres.role() == PostgresRole.PRIMARY;
        boolean standby = positions && !primary;
        Map<String, Object> extra = new TreeMap<>();
        card.proxyUrl().ifPresent(url -> extra.put("proxy_url", url));
        if (!postgres.pendingRestart().isEmpty()) {
            extra.put("pending_restart", true);
            Map<String, Object> reasons = new TreeMap<>();
            postgres.pendingRestart().forEach((name, values) ->
                    reasons.put(name, Map.of("old_value", values.get(0), "new_value", values.get(1))));
            extra.put("pending_restart_reason", reasons);
        }
        return new MemberRecord(card.connUrl(), card.apiUrl(), postgres.state().wire(), role(seen), card.version(),
                known(positions, postgres.position()), known(standby, postgres.received()),
                known(standby, postgres.replayed()), replicationState(standby, postgres),
                Optional.of(postgres.timeline()).filter(t -> positions && t.isKnown()), pauseInForce(seen),
                card.tags(), extra);
    }

    /** Others may rely on a pause only once no guard can kill this server any more. */
    private static boolean pauseInForce(Observation seen) {
        return seen.memory().paused() && !(seen.postgres().alive() && seen.postgres().guard().mayBeArmed());
    }

    private static boolean isRunning(PostgresState state) {
        return state == PostgresState.RUNNING || state == PostgresState.RESTARTING || state == PostgresState.STARTING;
    }

    /** Without data that can be used there is no role. A primary that is down is no primary to others, unless it holds the lock and is being started again. */
    private static PostgresRole role(Observation seen) {
        if (seen.postgres().dataDirectory() != PostgresStatus.DataDirectory.PRESENT) {
            return PostgresRole.UNINITIALIZED;
        }
        PostgresRole role = seen.postgres().role();
        boolean down = role == PostgresRole.PRIMARY && !seen.postgres().alive();
        return down && !seen.lock().isValidAt(seen.now()) ? PostgresRole.DEMOTED : role;
    }

    private static Optional<Lsn> known(boolean wanted, Lsn position) {
        return wanted && position.isKnown() ? Optional.of(position) : Optional.empty();
    }

    private static Optional<String> replicationState(boolean standby, PostgresStatus postgres) {
        return postgres.receiver().map(PostgresStatus.Receiver::status).filter(s -> standby && s.equals("streaming"));
    }

    private static MemberRecord withoutPositions(MemberRecord r) {
        return new MemberRecord(r.connUrl(), r.apiUrl(), r.state(), r.role(), r.version(), Optional.empty(),
                Optional.empty(), Optional.empty(), r.replicationState(), r.timeline().filter(Timeline::isKnown),
                r.pause(), r.tags(), r.extra());
    }
}
