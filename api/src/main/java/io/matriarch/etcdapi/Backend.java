package io.matriarch.etcdapi;

import io.matriarch.dcs.ReplicatedStore.Outcome;
import io.matriarch.store.AuthState;
import io.matriarch.store.Bytes;
import io.matriarch.store.Command;
import io.matriarch.store.RangeRequest;
import io.matriarch.store.Result;
import io.matriarch.store.Store;
import io.matriarch.store.StoreError;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/** The ways to the store that all calls share; failures are {@link CallRefused}s with etcd's wording. Threads: any. */
final class Backend {

    static final Duration TIMEOUT = Duration.ofSeconds(5);

    private final EtcdPorts ports;
    private final Schema schema;
    private final Tokens tokens;

    Backend(EtcdPorts ports, Schema schema, Tokens tokens) {
        this.ports = ports;
        this.schema = schema;
        this.tokens = tokens;
    }

    Tokens tokens() {
        return tokens;
    }

    /** Who makes the call, by its token or else its certificate. While nobody is asked who he is, he is nobody. */
    Identity identify(Call call, Store store) {
        AuthState auth = store.auth();
        if (!auth.enabled()) {
            return Identity.NOBODY;
        }
        return call.header("token").or(() -> call.header("authorization")).map(token -> tokens.read(auth, token))
                .or(() -> call.certifiedUser().map(user -> new Identity(user, auth.revision()))).orElse(Identity.NOBODY);
    }

    /**
     * Keeps strangers from changing things while the group asks nobody who he is.
     *
     * @throws CallRefused when writes are not open and the client has no certificate
     */
    private void requireKnown(Call call) {
        if (!ports.openWrites() && !call.isCertified()) {
            throw new CallRefused(Status.of(StoreError.USER_EMPTY));
        }
    }

    /** @throws CallRefused when somebody else than root must not do this, or a stranger while nobody is asked */
    void requireRoot(Call call, Store store) {
        if (!store.auth().enabled()) {
            requireKnown(call);
            return;
        }
        Identity who = identify(call, store);
        if (who.user().isEmpty()) {
            throw new CallRefused(Status.of(StoreError.USER_EMPTY));
        }
        if (!store.auth().isRoot(who.user())) {
            throw new CallRefused(Status.of(StoreError.PERMISSION_DENIED));
        }
    }

    /** @throws CallRefused when the range is not for the eyes of who makes the call */
    void requireRead(Call call, Store store, Bytes key, Bytes rangeEnd) {
        Identity who = identify(call, store);
        store.mayNotRead(who.user(), who.authRevision(), key, rangeEnd).ifPresent(error -> {
            throw new CallRefused(Status.of(error));
        });
    }

    EtcdPorts ports() {
        return ports;
    }

    Schema schema() {
        return schema;
    }

    /** Has a command applied and gives its result, which is not a refusal. */
    CompletableFuture<Result> propose(Call call, Command command) {
        requireLeader(call);
        Identity who = readHere(store -> {
            if (!store.auth().enabled()) {
                requireKnown(call);
            }
            return identify(call, store);
        });
        return ports.store().propose(new Command.As(who.user(), who.authRevision(), command), TIMEOUT).thenApply(outcome -> {
            if (outcome instanceof Outcome.Done done) {
                raiseAlarm(done.applied().result());
                return accepted(done.applied().result());
            }
            throw new CallRefused(Status.TIMED_OUT);
        });
    }

    /** A linearizable read; the result is not a refusal. */
    CompletableFuture<Result> range(Call call, RangeRequest request) {
        requireLeader(call);
        Identity who = readHere(store -> identify(call, store));
        return ports.local().range(who.user(), who.authRevision(), request, TIMEOUT).thenApply(outcome -> {
            if (outcome instanceof Outcome.Done done) {
                return accepted(done.applied().result());
            }
            throw new CallRefused(Status.TIMED_OUT);
        });
    }

    /** As with etcd, lack of space is an alarm, and who frees some has to end it. */
    private void raiseAlarm(Result result) {
        Command.Note alarm = MaintenanceCalls.noSpace(ports.group().facts().memberId());
        boolean full = result instanceof Result.ErrorResult refusal && refusal.error() == StoreError.NO_SPACE;
        if (full && readHere(store -> store.notes(alarm.name()).isEmpty())) {
            ports.store().propose(alarm, TIMEOUT);
        }
    }

    /** Reads what was true at some moment after the call began. */
    <T> CompletableFuture<T> readCurrent(Call call, Function<Store, T> reader) {
        requireLeader(call);
        return ports.local().current(TIMEOUT).thenApply(current -> {
            if (!current) {
                throw new CallRefused(Status.TIMED_OUT);
            }
            return ports.local().read(reader);
        });
    }

    <T> T readHere(Function<Store, T> reader) {
        return ports.local().read(reader);
    }

    static Result accepted(Result result) {
        if (result instanceof Result.ErrorResult refusal) {
            throw new CallRefused(Status.of(refusal.error()));
        }
        return result;
    }

    /** A client may ask to be refused rather than to wait when there is no Raft leader. */
    void requireLeader(Call call) {
        if (wantsLeader(call) && ports.group().facts().leaderId() == 0) {
            throw new CallRefused(Status.NO_LEADER);
        }
    }

    static boolean wantsLeader(Call call) {
        return call.header("hasleader").filter("true"::equals).isPresent();
    }

    Message fresh(String shape) {
        return schema.fresh(shape);
    }

    /** The header of an answer; a revision of 0 is left out. */
    Message header(long revision) {
        StoreGroup.Facts facts = ports.group().facts();
        return fresh("ResponseHeader").set("cluster_id", facts.clusterId()).set("member_id", facts.memberId())
                .set("revision", revision).set("raft_term", facts.term());
    }

    /** An answer with its header. */
    Message answer(String shape, long revision) {
        return fresh(shape).set("header", header(revision));
    }
}
