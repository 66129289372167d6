package io.matriarch.history;

import com.fasterxml.jackson.databind.JsonNode;
import io.matriarch.history.GatewayClient.NoAnswerException;
import io.matriarch.history.Operation.Change;
import io.matriarch.history.Operation.Outcome;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;

/** Takes leases, hangs a key on each, renews them for a while, and leaves or revokes them. A thread of its own. */
final class LeaseClient implements Runnable {

    private static final int SECONDS = 2;
    private static final int MOST_RENEWALS = 8;
    private static final long BETWEEN_MILLIS = 300;

    private final GatewayClient gateway;
    private final int member;
    private final String name;
    private final Random random;
    private final List<Operation> operations = new ArrayList<>();
    private final List<LeaseLife> lives = new ArrayList<>();
    private final List<String> keys = new ArrayList<>();
    private volatile boolean stopped;

    LeaseClient(GatewayClient gateway, int member, String name, long seed) {
        this.gateway = gateway;
        this.member = member;
        this.name = name;
        this.random = new Random(seed);
    }

    void stop() {
        stopped = true;
    }

    /** To be read after its thread has ended, as the other lists are. */
    List<Operation> operations() {
        return operations;
    }

    /** Those whose key was surely put. */
    List<LeaseLife> lives() {
        return lives;
    }

    /** All keys that hang on leases. */
    List<String> keys() {
        return keys;
    }

    @Override
    public void run() {
        try {
            while (!stopped) {
                try {
                    live("lease/" + name + "-" + keys.size());
                } catch (NoAnswerException e) {
                    TimeUnit.MILLISECONDS.sleep(BETWEEN_MILLIS); // no lease, or no key on it: another one
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void live(String key) throws NoAnswerException, InterruptedException {
        long proven = System.nanoTime();
        JsonNode granted = gateway.call("/v3/lease/grant", "{\"TTL\":\"" + SECONDS + "\"}");
        long tried = System.nanoTime();
        String id = granted.path("ID").asText();
        keys.add(key);
        put(key, id);
        int renewals = random.nextInt(MOST_RENEWALS);
        for (int i = 0; i < renewals && !stopped; i++) {
            TimeUnit.MILLISECONDS.sleep(BETWEEN_MILLIS);
            long invoked = System.nanoTime();
            if (renew(id)) {
                proven = invoked;
            }
            tried = System.nanoTime();
        }
        boolean revoked = random.nextInt(3) == 0;
        lives.add(new LeaseLife(key, granted.path("TTL").asLong(), proven, tried, revoked));
        if (revoked) {
            gateway.call("/v3/lease/revoke", "{\"ID\":\"" + id + "\"}");
        }
    }

    private boolean renew(String id) throws InterruptedException {
        try {
            return gateway.call("/v3/lease/keepalive", "{\"ID\":\"" + id + "\"}").path("result").path("TTL").asLong() > 0;
        } catch (NoAnswerException e) {
            return false; // whether it was renewed shows in when it ends
        }
    }

    private void put(String key, String id) throws NoAnswerException, InterruptedException {
        List<Change> changes = List.of(new Change(key, Optional.of(key)));
        long invoked = System.nanoTime();
        try {
            JsonNode answer = gateway.call("/v3/kv/put", "{\"key\":\"" + GatewayClient.encode(key) + "\",\"value\":\""
                    + GatewayClient.encode(key) + "\",\"lease\":\"" + id + "\"}");
            operations.add(new Operation(member, invoked, System.nanoTime(), Outcome.DONE, false, Optional.empty(), true, changes,
                    answer.path("header").path("revision").asLong(), List.of(), List.of()));
        } catch (NoAnswerException e) {
            operations.add(new Operation(member, invoked, Long.MAX_VALUE, e.isRefused() ? Outcome.REFUSED : Outcome.UNKNOWN, false,
                    Optional.empty(), true, changes, 0, List.of(), List.of()));
            throw e;
        }
    }
}
