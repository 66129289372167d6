package io.matriarch.etcd;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.matriarch.dcs.ReplicatedStore.Outcome;
import io.matriarch.etcd.Gateway.Repeat;
import io.matriarch.store.Applied;
import io.matriarch.store.Result;
import io.matriarch.store.StoreError;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * Keeps a lease alive, and proves it. The leader of etcd answers a keepalive out of its memory, also when it is a leader no
 * longer and has not heard of it. So a linearizable read of a key on the lease follows, at the same member; when both
 * answers carry the same term of etcd's Raft, the one that renewed the lease was the leader, and a quorum has said so.
 */
final class Renewal {

    private final Gateway gateway;
    private final Leases leases;

    Renewal(Gateway gateway, Leases leases) {
        this.gateway = gateway;
        this.leases = leases;
    }

    /** @return Done with a lease result, whose keys are 0 when none is on the lease, or with a refusal when it is gone */
    CompletableFuture<Outcome> renew(long id, Duration timeout) {
        long deadline = System.nanoTime() + timeout.toNanos();
        return gateway.call("/v3/lease/keepalive", lease(id), Repeat.FREELY, timeout).thenCompose(reply -> {
            if (!(reply instanceof Reply.Answer answer)) {
                return done(EtcdStore.outcome(reply, body -> new Result.BarrierResult(0)));
            }
            JsonNode result = answer.body().path("result");
            long seconds = Json.number(result, "TTL");
            if (seconds <= 0) {
                leases.gone(id);
                return done(new Outcome.Done(new Applied(new Result.ErrorResult(0, StoreError.LEASE_NOT_FOUND), List.of())));
            }
            leases.granted(id, seconds);
            return new Proof(id, seconds, Json.term(result), answer.from(), deadline).begin();
        });
    }

    private static ObjectNode lease(long id) {
        return Json.object().put("ID", String.valueOf(id));
    }

    private static CompletableFuture<Outcome> done(Outcome outcome) {
        return CompletableFuture.completedFuture(outcome);
    }

    /** The second half of a renewal. */
    private final class Proof {

        private final long id;
        private final long seconds;
        private final long term;
        private final URI endpoint;
        private final long deadline;

        Proof(long id, long seconds, long term, URI endpoint, long deadline) {
            this.id = id;
            this.seconds = seconds;
            this.term = term;
            this.endpoint = endpoint;
            this.deadline = deadline;
        }

        private Duration left() {
            return Duration.ofNanos(Math.max(1, deadline - System.nanoTime()));
        }

        CompletableFuture<Outcome> begin() {
            return leases.key(id).map(key -> read(key, true)).orElseGet(this::askForKeys);
        }

        private CompletableFuture<Outcome> askForKeys() {
            return gateway.callAt(endpoint, "/v3/lease/timetolive", lease(id).put("keys", true), left()).thenCompose(reply -> {
                if (!(reply instanceof Reply.Answer answer)) {
                    return done(EtcdStore.outcome(reply, body -> new Result.BarrierResult(0)));
                }
                Optional<String> key = Optional.ofNullable(answer.body().path("keys").path(0).textValue());
                key.ifPresent(found -> leases.holds(id, found));
                return key.map(found -> read(found, false)).orElseGet(() -> done(renewed(0, Json.revision(answer.body()))));
            });
        }

        private CompletableFuture<Outcome> read(String key, boolean mayHaveMoved) {
            return gateway.callAt(endpoint, "/v3/kv/range", Json.object().put("key", key), left()).thenCompose(reply -> {
                if (!(reply instanceof Reply.Answer answer)) {
                    return done(EtcdStore.outcome(reply, body -> new Result.BarrierResult(0)));
                }
                if (Json.term(answer.body()) != term) {
                    return done(new Outcome.Unknown("etcd changed its leader meanwhile"));
                }
                boolean onIt = Json.number(answer.body().path("kvs").path(0), "lease") == id;
                return !onIt && mayHaveMoved ? askForKeys() : done(renewed(onIt ? 1 : 0, Json.revision(answer.body())));
            });
        }

        private Outcome renewed(long keys, long revision) {
            return new Outcome.Done(new Applied(new Result.LeaseResult(revision, id, seconds * 1000, keys), List.of()));
        }
    }
}
