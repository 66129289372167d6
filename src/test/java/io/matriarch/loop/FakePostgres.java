package io.matriarch.loop;

import io.matriarch.cluster.LeaseId;
import io.matriarch.cluster.Revision;
import io.matriarch.cluster.TimelineHistory;
import io.matriarch.ha.CutVote;
import io.matriarch.ha.LongTaskStatus;
import io.matriarch.ha.Operation;
import io.matriarch.ha.PostgresStatus;
import io.matriarch.ha.Tick;
import io.matriarch.postgres.Postgres;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;

/** A server that is what a test says and notes what is done to it. */
final class FakePostgres implements Postgres {

    final List<String> calls = new ArrayList<>();
    PostgresStatus status;
    Optional<LongTaskStatus> task = Optional.empty();
    boolean succeeds = true;
    Optional<BooleanSupplier> permit = Optional.empty();
    Duration lastTimeout = Duration.ZERO;

    FakePostgres(PostgresStatus status) {
        this.status = status;
    }

    private boolean done(String call) {
        calls.add(call);
        return succeeds;
    }

    @Override
    public PostgresStatus observe(Duration timeout) {
        lastTimeout = timeout;
        return status;
    }

    @Override
    public boolean begin(Operation operation, Tick now, BooleanSupplier allowed) {
        permit = Optional.of(allowed);
        if (succeeds) {
            task = Optional.of(new LongTaskStatus(operation, now, Optional.empty()));
        }
        return done("begin " + operation.label());
    }

    void end(boolean success) {
        LongTaskStatus t = task.orElseThrow();
        task = Optional.of(new LongTaskStatus(t.operation(), t.begun(),
                Optional.of(new LongTaskStatus.Outcome(success, "over"))));
    }

    @Override
    public Optional<LongTaskStatus> task() {
        return task;
    }

    @Override
    public void acknowledge() {
        task = Optional.empty();
    }

    @Override
    public void cancel(Duration timeout) {
        done("cancel");
    }

    @Override
    public boolean fence(Duration timeout) {
        return done("fence");
    }

    @Override
    public void nudge() {
        done("nudge");
    }

    @Override
    public boolean syncSlots(Set<String> wanted) {
        return done("syncSlots");
    }

    @Override
    public boolean applySettings(Map<String, Object> dynamicConfig) {
        return done("applySettings");
    }

    @Override
    public boolean setStandbyNames(String names) {
        return done("setStandbyNames " + names);
    }

    @Override
    public boolean releaseStandbyNames() {
        return done("releaseStandbyNames");
    }

    @Override
    public Optional<CutVote> cut(Revision epoch, Duration timeout) {
        calls.add("cut " + epoch.value());
        return succeeds ? Optional.of(new CutVote(epoch, status.timeline(), status.position())) : Optional.empty();
    }

    @Override
    public Optional<TimelineHistory> timelineHistory() {
        return Optional.empty();
    }

    @Override
    public boolean arm(LeaseId lease, Revision epoch) {
        return done("arm");
    }

    @Override
    public boolean disarm() {
        return done("disarm");
    }

    @Override
    public void onExit(Runnable listener) {
        calls.add("onExit");
    }

    @Override
    public void close() {
        calls.add("close");
    }
}
