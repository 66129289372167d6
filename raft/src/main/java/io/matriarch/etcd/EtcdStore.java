package io.matriarch.etcd;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.matriarch.config.ClientTls;
import io.matriarch.config.EtcdConfig;
import io.matriarch.dcs.ReplicatedStore;
import io.matriarch.etcd.Gateway.Repeat;
import io.matriarch.store.Applied;
import io.matriarch.store.Bytes;
import io.matriarch.store.Command;
import io.matriarch.store.Op;
import io.matriarch.store.RangeRequest;
import io.matriarch.store.Result;
import io.matriarch.store.StoreError;
import io.matriarch.tls.TlsException;
import io.matriarch.tls.TlsIdentity;
import java.io.IOException;
import java.net.http.HttpClient;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An etcd cluster as the store. Every read is linearizable. What the embedded store does with leases inside a transaction
 * happens around it: a lease is granted before and ended after, so that the transaction itself is still one step.
 *
 * <p>Leases last whole seconds, and as long as they were granted for: a renewal that asks for another duration is answered
 * with the one the lease has.
 */
public final class EtcdStore implements ReplicatedStore {

    private static final Logger LOG = LoggerFactory.getLogger(EtcdStore.class);
    private static final Duration CONNECTING = Duration.ofSeconds(1);
    private static final Duration ENDING_A_LEASE = Duration.ofSeconds(2);
    private static final Duration FAR_TOO_OLD = Duration.ofDays(1);
    private static final int THREADS = 3;
    private static final int QUEUE = 1024;
    private static final String LEASE_EXISTS = StoreError.LEASE_EXISTS.text();

    private final ThreadPoolExecutor threads;
    private final Optional<TlsIdentity> tls;
    private final Gateway gateway;
    private final Renewal renewal;
    private final Discovery discovery;
    private final Leases leases = new Leases();
    private final Set<EtcdWatch> watches = ConcurrentHashMap.newKeySet();

    private EtcdStore(EtcdConfig config, HttpClient.Builder http, ThreadPoolExecutor threads,
                      Optional<TlsIdentity> tls) throws IOException {
        this.threads = threads;
        this.tls = tls;
        Endpoints endpoints = new Endpoints(Discovery.first(config), new SecureRandom());
        this.gateway = new Gateway(http.executor(threads).build(), endpoints, new Login(config.username(), config.password()));
        this.renewal = new Renewal(gateway, leases);
        this.discovery = new Discovery(gateway, config);
    }

    /**
     * Opens the way to a cluster; says nothing about whether anybody answers there.
     *
     * @throws IOException when a file of the configuration cannot be used, or no address is found
     */
    public static EtcdStore connect(EtcdConfig config) throws IOException {
        ThreadPoolExecutor threads = new ThreadPoolExecutor(THREADS, THREADS, 20, TimeUnit.SECONDS,
                new LinkedBlockingQueue<>(QUEUE), task -> {
            Thread thread = new Thread(task, "etcd-client");
            thread.setDaemon(true);
            return thread;
        });
        threads.allowCoreThreadTimeOut(true);
        HttpClient.Builder http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(CONNECTING)
                .followRedirects(HttpClient.Redirect.NEVER);
        Optional<TlsIdentity> tls = Optional.empty();
        if (config.tls().isPresent()) {
            tls = Optional.of(identity(config.section(), config.tls().get()));
            http.sslContext(tls.get().context());
        }
        return new EtcdStore(config, http, threads, tls);
    }

    private static TlsIdentity identity(String section, ClientTls files) throws IOException {
        try {
            return TlsIdentity.open(section, files.own(), files.authority()).watched();
        } catch (TlsException e) {
            throw new IOException(e.getMessage(), e);
        }
    }

    @Override
    public CompletableFuture<Outcome> propose(Command command, Duration timeout) {
        discovery.whenDue();
        if (command instanceof Command.Txn txn) {
            return new Transaction(txn, timeout).begin();
        } else if (command instanceof Command.LeaseRenew renew) {
            return renewal.renew(renew.id(), timeout);
        } else if (command instanceof Command.Put put) {
            return write("/v3/kv/put", Json.put(put), timeout, body -> new Result.PutResult(Json.revision(body), Optional.empty()));
        } else if (command instanceof Command.DeleteRange delete) {
            return write("/v3/kv/deleterange", Json.delete(delete), timeout,
                    body -> new Result.DeleteResult(Json.revision(body), Json.number(body, "deleted"), List.of()));
        } else if (command instanceof Command.LeaseGrant grant) {
            return grant(grant, timeout).thenApply(reply -> outcome(reply,
                    body -> new Result.LeaseResult(Json.revision(body), grant.id(), Json.number(body, "TTL") * 1000, 0)));
        } else if (command instanceof Command.LeaseRevoke revoke) {
            return revoke(revoke.id(), timeout).thenApply(reply -> outcome(reply,
                    body -> new Result.LeaseResult(Json.revision(body), revoke.id(), 0, 0)));
        }
        return CompletableFuture.completedFuture(new Outcome.Unknown("not a command for an external etcd"));
    }

    @Override
    public CompletableFuture<Outcome> range(RangeRequest request, Consistency consistency, Duration timeout) {
        discovery.whenDue();
        return gateway.call("/v3/kv/range", Json.range(request), Repeat.FREELY, timeout)
                .thenApply(reply -> outcome(reply, body -> Json.rangeResult(body, Json.revision(body))));
    }

    /** Nothing is kept here, so nothing local is ever current. */
    @Override
    public Duration localAge() {
        return FAR_TOO_OLD;
    }

    @Override
    public Watch watch(Bytes key, Bytes rangeEnd, long startRevision, WatchListener listener) {
        EtcdWatch watch = new EtcdWatch(gateway, key, rangeEnd, startRevision, listener, watches::remove);
        watches.add(watch);
        watch.begin();
        return watch;
    }

    private CompletableFuture<Outcome> write(String path, ObjectNode request, Duration timeout, Reading reading) {
        return gateway.call(path, request, Repeat.ONLY_UNSENT, timeout).thenApply(reply -> outcome(reply, reading));
    }

    /** Granting the same lease twice is harmless, since nobody else has its identity. */
    private CompletableFuture<Reply> grant(Command.LeaseGrant grant, Duration timeout) {
        long seconds = seconds(grant.ttlMillis());
        ObjectNode request = Json.object().put("ID", String.valueOf(grant.id())).put("TTL", String.valueOf(seconds));
        return gateway.call("/v3/lease/grant", request, Repeat.FREELY, timeout).thenApply(reply -> {
            if (reply instanceof Reply.Answer) {
                leases.granted(grant.id(), seconds);
            }
            return reply;
        });
    }

    private CompletableFuture<Reply> revoke(long id, Duration timeout) {
        leases.gone(id);
        return gateway.call("/v3/lease/revoke", Json.object().put("ID", String.valueOf(id)), Repeat.FREELY, timeout);
    }

    private static long seconds(long millis) {
        return Math.max(1, (millis + 999) / 1000);
    }

    /** Makes a result of the body of an answer. */
    interface Reading {
        Result of(JsonNode body);
    }

    static Outcome outcome(Reply reply, Reading reading) {
        if (reply instanceof Reply.Answer answer) {
            return new Outcome.Done(new Applied(reading.of(answer.body()), List.of()));
        }
        if (reply instanceof Reply.Refused refused) {
            return Arrays.stream(StoreError.values()).filter(error -> error.text().equals(refused.text())).findFirst()
                    .<Outcome>map(error -> new Outcome.Done(new Applied(new Result.ErrorResult(0, error), List.of())))
                    .orElseGet(() -> new Outcome.Unknown("etcd refused: " + refused.text()));
        }
        return new Outcome.Unknown(((Reply.Silence) reply).why());
    }

    @Override
    public void close() {
        watches.forEach(EtcdWatch::close);
        tls.ifPresent(TlsIdentity::close);
        threads.shutdown();
    }

    /** One transaction with the leases that begin and end with it. */
    private final class Transaction {

        private final Command.Txn txn;
        private final long deadline;
        private final List<Command.LeaseGrant> grants = new ArrayList<>();
        private final List<Long> revokes = new ArrayList<>();
        private boolean fresh;

        Transaction(Command.Txn txn, Duration timeout) {
            this.txn = txn;
            this.deadline = System.nanoTime() + timeout.toNanos();
            for (Op op : txn.success()) {
                if (op instanceof Op.GrantOp grant) {
                    grants.add(grant.grant());
                } else if (op instanceof Op.RevokeOp revoke) {
                    revokes.add(revoke.revoke().id());
                }
            }
        }

        private Duration left() {
            return Duration.ofNanos(Math.max(1, deadline - System.nanoTime()));
        }

        CompletableFuture<Outcome> begin() {
            Optional<Command.LeaseGrant> changed = grants.stream().filter(grant -> leases.seconds(grant.id())
                    .filter(known -> known != seconds(grant.ttlMillis())).isPresent()).findFirst();
            if (changed.isPresent()) {
                return CompletableFuture.completedFuture(
                        new Outcome.Done(new Applied(new Result.ErrorResult(0, StoreError.LEASE_EXISTS), List.of())));
            }
            boolean granted = grants.stream().allMatch(grant -> leases.seconds(grant.id()).isPresent());
            return granted ? send() : grantThenSend();
        }

        private CompletableFuture<Outcome> grantThenSend() {
            fresh = true;
            CompletableFuture<Reply> all = CompletableFuture.completedFuture(new Reply.Answer(Json.object(), null));
            for (Command.LeaseGrant grant : grants) {
                all = all.thenCompose(before -> before instanceof Reply.Answer ? grant(grant, left()) : CompletableFuture.completedFuture(before));
            }
            return all.thenCompose(reply -> reply instanceof Reply.Answer
                    || reply instanceof Reply.Refused refused && refused.text().equals(LEASE_EXISTS) ? send()
                    : CompletableFuture.completedFuture(outcome(reply, body -> new Result.BarrierResult(0))));
        }

        private CompletableFuture<Outcome> send() {
            return gateway.call("/v3/kv/txn", Json.txn(txn), Repeat.ONLY_UNSENT, left()).thenCompose(reply -> {
                boolean leaseIsGone = reply instanceof Reply.Refused refused
                        && refused.text().equals(StoreError.LEASE_NOT_FOUND.text());
                if (leaseIsGone && !fresh && !grants.isEmpty()) {
                    grants.forEach(grant -> leases.gone(grant.id()));
                    return grantThenSend();
                }
                Outcome outcome = outcome(reply, body -> Json.txnResult(txn, body, Json.revision(body)));
                if (outcome instanceof Outcome.Done done && done.applied().result() instanceof Result.TxnResult result) {
                    settle(result);
                }
                return CompletableFuture.completedFuture(outcome);
            });
        }

        /** Ends the leases that are no longer needed; that nothing is on them any more makes it no matter whether it works. */
        private void settle(Result.TxnResult result) {
            if (result.succeeded()) {
                txn.success().stream().filter(Op.PutOp.class::isInstance).map(op -> ((Op.PutOp) op).put())
                        .filter(put -> put.lease() != 0).forEach(put -> leases.holds(put.lease(), Json.text(put.key())));
                revokes.forEach(this::end);
            } else if (fresh) {
                grants.stream().map(Command.LeaseGrant::id).filter(id -> !isHeld(id, result)).forEach(this::end);
            }
        }

        private boolean isHeld(long lease, Result.TxnResult result) {
            return result.responses().stream().filter(Result.RangeResult.class::isInstance)
                    .flatMap(r -> ((Result.RangeResult) r).kvs().stream()).anyMatch(kv -> kv.lease() == lease);
        }

        private void end(long lease) {
            revoke(lease, ENDING_A_LEASE).thenAccept(reply -> {
                if (!(reply instanceof Reply.Answer)) {
                    LOG.debug("lease {} ends by itself: {}", lease, reply);
                }
            });
        }
    }
}
