package io.matriarch.loop;

import io.matriarch.cluster.LeaderLock;
import io.matriarch.cluster.LeaseId;
import io.matriarch.cluster.Lsn;
import io.matriarch.dcs.LeaseRenewals;
import io.matriarch.dcs.WriteResult;
import io.matriarch.ha.LockHold;
import io.matriarch.ha.Tick;
import java.time.Duration;
import java.util.Optional;

/**
 * Keeps the leases of this agent: the leader lock while it holds one, and the session of its member key.
 *
 * <p>The hold is proven until {@code sent + lease - margin}, where {@code sent} is the moment before the renewal left
 * that succeeded. A renewal whose outcome is unknown proves nothing and takes nothing away; a rejected one ends the
 * hold. Renewals stop when the loop has not completed a tick for a while, so that a hung loop loses its lock.
 *
 * <p>Threads: any. {@link #poll} never blocks; results arrive on threads of the store.
 */
public final class LeaderLockKeeper {

    /** After it a renewal is sent again. The first one may still succeed, and then proves what its sending time allows. */
    private static final Duration ATTEMPT = Duration.ofMillis(300);
    private static final Duration ANSWER = Duration.ofMillis(1500);
    private static final Duration RETRY_FLOOR = Duration.ofMillis(50);
    private static final Duration SESSION_ATTEMPT = Duration.ofSeconds(1);
    private static final Duration LONGEST_INTERVAL = Duration.ofMillis(500);
    private static final Duration FENCE = Duration.ofMillis(100);
    private static final Duration SCHEDULING = Duration.ofMillis(100);
    private static final Duration SUSPENDED = Duration.ofMillis(200);
    private static final Duration IDLE = Duration.ofSeconds(10);
    private static final int DRIFT_PERCENT = 2;
    private static final int MOST_IN_FLIGHT = 6;
    private static final int READINGS = 3;
    private static final Duration HELD_UP = Duration.ofMillis(20);

    private final LeaseRenewals leases;
    private final Ticker ticker;
    private final Ticker suspendAware;
    private volatile Runnable onChange = () -> { };
    private volatile Runnable onDue = () -> { };
    private volatile PrimaryDeadline deadlines = (held, until) -> { };

    private final FailsafePromise promise;
    private LeaderLock lock;
    private Tick promisedUntil;
    private Tick validUntil;
    private LockHold.Proof proof;
    private Duration lease = Duration.ZERO;
    private Lsn flushed = Lsn.ZERO;
    private Tick nextRenewal;
    private int inFlight;
    private Duration clockGap;
    private Tick permitUntil;
    private Optional<Duration> lenient = Optional.empty();
    private Tick provenBoot;
    private Duration provenLease = Duration.ZERO;

    private LeaseId session;
    private Duration sessionTtl = Duration.ZERO;
    private Tick nextSession;
    private boolean sessionLost;

    /** @param suspendAware a clock that also counts the time the machine was suspended; the same one when there is none */
    public LeaderLockKeeper(LeaseRenewals leases, Ticker ticker, Ticker suspendAware) {
        this.leases = leases;
        this.ticker = ticker;
        this.suspendAware = suspendAware;
        this.promise = new FailsafePromise(ticker);
        this.permitUntil = ticker.now();
        this.clockGap = gap();
    }

    /** Calls {@code listener}, on any thread, when the hold becomes valid or is lost, or the session is lost. */
    public void onChange(Runnable listener) {
        onChange = listener;
    }

    /** Calls {@code listener}, on any thread, when {@link #poll} has something to do before the moment it named. */
    public void onDue(Runnable listener) {
        onDue = listener;
    }

    /** Tells {@code listener} until when PostgreSQL may live as primary. */
    public void onProof(PrimaryDeadline listener) {
        deadlines = listener;
    }

    /**
     * How long PostgreSQL may live after a proof was sent. Empty, as in the beginning, is strict: as long as the hold
     * itself, and no longer. A longer time is safe only where another member cannot acknowledge commits before this one
     * is cut off. The deadline that follows from the last proof is told at once when this changes; a guard takes an
     * earlier one over only when it is armed anew.
     */
    public synchronized void lenient(Optional<Duration> span) {
        if (!span.equals(lenient)) {
            lenient = span;
            tellDeadline();
        }
    }

    /** How much of a lease is not relied on: time to fence, drift of two clocks, scheduling. */
    public static Duration margin(Duration lease) {
        return FENCE.plus(lease.multipliedBy(DRIFT_PERCENT).dividedBy(100)).plus(SCHEDULING);
    }

    /** The hold as it is known at this moment. */
    public synchronized LockHold hold() {
        dropAfterSuspension(ticker.now());
        return new LockHold(Optional.ofNullable(lock), Optional.ofNullable(validUntil), Optional.ofNullable(proof),
                Optional.ofNullable(promisedUntil));
    }

    /** When PostgreSQL has to have ended unless there is another proof; empty when none was ever given. */
    public synchronized Optional<Tick> writableUntil() {
        if (lenient.isPresent() && proof != null) {
            Tick until = proof.sent().plus(lenient.get());
            return Optional.of(validUntil != null && until.isBefore(validUntil) ? validUntil : until);
        }
        return Optional.ofNullable(validUntil);
    }

    /** The moment a request is about to be sent: what its success proves counts from here. */
    public Moment moment() {
        Tick boot = suspendAware.now();
        return new Moment(ticker.now(), gap(), boot);
    }

    /** A lock that was acquired by a request sent at {@code sent}; it replaces any other. */
    public void acquired(LeaderLock acquired, Moment sent, Duration duration) {
        synchronized (this) {
            lock = acquired;
            lease = duration;
            validUntil = sent.at.plus(duration).plus(margin(duration).negated());
            nextRenewal = sent.at.plus(interval());
            clockGap = sent.clockGap;
            proof = new LockHold.Proof(acquired, sent.at);
            provenBoot = sent.boot;
            provenLease = duration;
            tellDeadline();
        }
        onDue.run();
    }

    /**
     * Every other member has promised, after {@code sent}, not to take the lock for {@code duration}: as good as a renewal,
     * unless the store has said meanwhile that the lock is gone.
     */
    synchronized void promised(LeaderLock held, Moment sent, Duration duration) {
        if (!held.equals(lock) || suspendedSince(sent.clockGap)) {
            return;
        }
        Tick until = sent.at.plus(duration).plus(margin(duration).negated());
        if (validUntil == null || validUntil.isBefore(until)) {
            validUntil = until;
            clockGap = sent.clockGap;
            proof = new LockHold.Proof(lock, sent.at);
            provenBoot = sent.boot;
            provenLease = duration;
            tellDeadline();
        }
        promisedUntil = until;
    }

    /** What this agent has promised others. */
    FailsafePromise promise() {
        return promise;
    }

    /** Begins to renew a lock that the store says is ours. It is not valid before a renewal succeeded. */
    public void adopt(LeaderLock adopted, Tick now, Duration duration) {
        synchronized (this) {
            if (lock != null && lock.equals(adopted)) {
                return;
            }
            lock = adopted;
            lease = duration;
            validUntil = null;
            provenBoot = null;
            nextRenewal = now;
        }
        onDue.run();
    }

    /** Stops renewing; the hold is gone at once, and so is what is known of an earlier one. */
    public synchronized void forget() {
        lost();
        promisedUntil = null;
        proof = null;
    }

    private void lost() {
        lock = null;
        validUntil = null;
        provenBoot = null;
    }

    /** The lease that later renewals ask for. */
    public synchronized void lease(Duration duration) {
        lease = duration;
    }

    /** How far the local log is on disk, for the next renewals. */
    public synchronized void flushed(Lsn position) {
        flushed = position;
    }

    /** Allows renewals until {@code until}; the loop says so after each tick. */
    public synchronized void permit(Tick until) {
        permitUntil = until;
    }

    /** Keeps {@code newSession} alive from now on. */
    public synchronized void session(LeaseId newSession, Duration ttl, Tick now) {
        if (!newSession.equals(session)) {
            session = newSession;
            nextSession = now.plus(ttl.dividedBy(3));
        }
        sessionTtl = ttl;
    }

    /** Whether the session was found to be gone since the last call. */
    public synchronized boolean takeSessionLost() {
        boolean lost = sessionLost;
        sessionLost = false;
        return lost;
    }

    /** Sends what is due and returns when to call again at the latest. */
    public Tick poll(Tick now) {
        Renewal renewal;
        SessionRenewal sessionRenewal;
        Tick next;
        Tick boot = suspendAware.now();
        synchronized (this) {
            dropAfterSuspension(now);
            renewal = dueRenewal(now, boot);
            sessionRenewal = dueSession(now);
            next = nextPoll(now);
        }
        if (renewal != null) {
            leases.renewLock(renewal.lease, renewal.flushed, renewal.duration, ANSWER)
                    .thenAccept(result -> renewed(renewal, result));
        }
        if (sessionRenewal != null) {
            leases.renewSession(sessionRenewal.lease, sessionRenewal.ttl, SESSION_ATTEMPT)
                    .thenAccept(result -> sessionRenewed(sessionRenewal, result));
        }
        return next;
    }

    private Tick nextPoll(Tick now) {
        Tick next = now.plus(IDLE);
        if (lock != null && nextRenewal.isBefore(next)) {
            next = nextRenewal;
        }
        if (session != null && nextSession.isBefore(next)) {
            next = nextSession;
        }
        Tick soonest = now.plus(RETRY_FLOOR);
        return next.isBefore(soonest) ? soonest : next;
    }

    private Renewal dueRenewal(Tick now, Tick boot) {
        if (lock == null || now.isBefore(nextRenewal) || !now.isBefore(permitUntil) || inFlight >= MOST_IN_FLIGHT) {
            return null;
        }
        inFlight++;
        nextRenewal = now.plus(ATTEMPT);
        return new Renewal(lock.lease(), flushed, lease, now, gap(), boot);
    }

    private SessionRenewal dueSession(Tick now) {
        if (session == null || now.isBefore(nextSession) || !now.isBefore(permitUntil)) {
            return null;
        }
        nextSession = now.plus(SESSION_ATTEMPT);
        return new SessionRenewal(session, sessionTtl, now);
    }

    private void renewed(Renewal renewal, WriteResult result) {
        boolean changed = false;
        boolean due = false;
        synchronized (this) {
            inFlight--;
            if (lock == null || !lock.lease().equals(renewal.lease)) {
                return;
            }
            Tick now = ticker.now();
            if (result instanceof WriteResult.Applied) {
                changed = prove(renewal, now);
            } else if (result instanceof WriteResult.Rejected) {
                lost();
                changed = true;
            } else {
                Tick again = renewal.sent.plus(RETRY_FLOOR);
                nextRenewal = now.isBefore(again) ? again : now;
                due = true;
            }
        }
        if (changed) {
            onChange.run();
        }
        if (due) {
            onDue.run();
        }
    }

    /** Takes over the time a successful renewal proves; true when the hold was not valid before. */
    private boolean prove(Renewal renewal, Tick now) {
        if (suspendedSince(renewal.clockGap)) {
            nextRenewal = now;
            return false;
        }
        boolean wasValid = validUntil != null && now.isBefore(validUntil);
        Duration lasts = leases.lasts(renewal.lease, renewal.duration);
        Tick proven = renewal.sent.plus(lasts).plus(margin(lasts).negated());
        if (validUntil == null || validUntil.isBefore(proven)) {
            validUntil = proven;
            clockGap = renewal.clockGap;
            proof = new LockHold.Proof(lock, renewal.sent);
            provenBoot = renewal.boot;
            provenLease = lasts;
            tellDeadline();
        }
        nextRenewal = renewal.sent.plus(interval());
        return !wasValid;
    }

    private void tellDeadline() {
        if (lock != null && provenBoot != null) {
            Duration held = provenLease.minus(margin(provenLease));
            Duration span = lenient.filter(longer -> longer.compareTo(held) > 0).orElse(held);
            deadlines.until(lock, provenBoot.plus(span));
        }
    }

    private void sessionRenewed(SessionRenewal renewal, WriteResult result) {
        boolean lost = false;
        synchronized (this) {
            if (!renewal.lease.equals(session)) {
                return;
            }
            if (result instanceof WriteResult.Applied) {
                nextSession = renewal.sent.plus(renewal.ttl.dividedBy(3));
            } else if (result instanceof WriteResult.Rejected) {
                sessionLost = true;
                lost = true;
            }
        }
        if (lost) {
            onChange.run();
        }
    }

    /** Half a second, less often only with a lease of more than five. */
    private Duration interval() {
        Duration fifth = lease.dividedBy(5);
        Duration tenth = lease.dividedBy(10);
        Duration often = fifth.compareTo(LONGEST_INTERVAL) < 0 ? fifth : LONGEST_INTERVAL;
        return tenth.compareTo(often) < 0 ? often : tenth;
    }

    /** A machine that slept does not know what others did meanwhile: nothing that was proven before counts. */
    private void dropAfterSuspension(Tick now) {
        if ((validUntil != null || proof != null) && suspendedSince(clockGap)) {
            validUntil = null;
            proof = null;
            promisedUntil = null;
            nextRenewal = now;
        }
    }

    private boolean suspendedSince(Duration gapThen) {
        return gap().minus(gapThen).compareTo(SUSPENDED) > 0;
    }

    /** How far the suspend-aware clock is ahead. Read again when this thread was held up between the two readings. */
    private Duration gap() {
        Duration gap = Duration.ZERO;
        for (int i = 0; i < READINGS; i++) {
            Tick before = ticker.now();
            gap = suspendAware.now().since(before);
            if (ticker.now().since(before).compareTo(HELD_UP) < 0) {
                return gap;
            }
        }
        return gap;
    }

    /** A moment on both clocks; {@code boot} is the suspend-aware one, never later than {@code at}. */
    public record Moment(Tick at, Duration clockGap, Tick boot) {
    }

    private record Renewal(LeaseId lease, Lsn flushed, Duration duration, Tick sent, Duration clockGap, Tick boot) {
    }

    private record SessionRenewal(LeaseId lease, Duration ttl, Tick sent) {
    }
}
