package io.matriarch.history;

import com.fasterxml.jackson.databind.JsonNode;
import io.matriarch.history.GatewayClient.NoAnswerException;
import io.matriarch.tools.drill.LocalNetwork;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;

/** Three store-only peers, each a process, that form one group. One thread. */
final class StoreCluster implements AutoCloseable {

    static final int SIZE = 3;
    private static final long PATIENCE_SECONDS = 60;
    private static final long LOOK_MILLIS = 100;

    private final List<StoreMember> members = new ArrayList<>();
    private final List<GatewayClient> clients = new ArrayList<>();

    /** @param directory with a directory for each member, named by its number */
    StoreCluster(LocalNetwork network, Path directory) {
        List<String> hosts = IntStream.range(0, SIZE).mapToObj(network::host).toList();
        for (int i = 0; i < SIZE; i++) {
            members.add(new StoreMember(i, network.prefix(i), hosts, directory.resolve(Integer.toString(i))));
            clients.add(new GatewayClient(members.get(i).url()));
        }
    }

    void start() throws IOException, InterruptedException {
        for (StoreMember member : members) {
            member.start();
        }
        awaitHealthy();
    }

    StoreMember member(int number) {
        return members.get(number);
    }

    GatewayClient client(int number) {
        return clients.get(number);
    }

    /** The number of the member that leads the Raft group, as any of them says. */
    int leader() throws InterruptedException {
        await("a Raft leader", () -> findLeader().isPresent());
        return findLeader().orElse(0);
    }

    private Optional<Integer> findLeader() {
        for (int i = 0; i < SIZE; i++) {
            Optional<JsonNode> status = ask(i, "/v3/maintenance/status", "{}");
            if (status.isPresent() && !status.get().path("leader").asText("0").equals("0")
                    && status.get().path("leader").asText().equals(status.get().path("header").path("member_id").asText())) {
                return Optional.of(i);
            }
        }
        return Optional.empty();
    }

    private Optional<JsonNode> ask(int member, String path, String body) {
        try {
            return Optional.of(clients.get(member).call(path, body));
        } catch (NoAnswerException e) {
            return Optional.empty(); // asked again by who waits
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.empty();
        }
    }

    /** Waits until every member answers a linearizable read. */
    void awaitHealthy() throws InterruptedException {
        for (int i = 0; i < SIZE; i++) {
            int member = i;
            await("m" + i + " reads", () -> ask(member, "/v3/kv/range", "{\"key\":\"AA==\"}").isPresent());
        }
    }

    /** What each member has: the same of all when nobody writes. */
    Set<String> digests() throws InterruptedException {
        Set<String> digests = new HashSet<>();
        for (int i = 0; i < SIZE; i++) {
            int member = i;
            await("m" + i + " is asked for its digest", () -> ask(member, "/v3/maintenance/hash", "{\"revision\":\"0\"}").isPresent());
            ask(i, "/v3/maintenance/hash", "{\"revision\":\"0\"}").ifPresent(answer -> digests.add(
                    answer.path("header").path("revision").asText() + " " + answer.path("hash").asText()
                            + " " + answer.path("compact_revision").asText()));
        }
        return digests;
    }

    /** The index of the newest snapshot of a member; 0 without one. */
    long snapshotIndex(int member) throws IOException {
        try (var files = Files.walk(members.get(member).data())) {
            return files.map(file -> file.getFileName().toString()).filter(name -> name.matches("snapshot\\.\\d+_\\d+"))
                    .mapToLong(name -> Long.parseLong(name.substring(name.indexOf('_') + 1))).max().orElse(0);
        }
    }

    static void await(String what, BooleanSupplier condition) throws InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - deadline > 0) {
                throw new AssertionError("waited in vain: " + what);
            }
            TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
        }
    }

    @Override
    public void close() {
        members.forEach(StoreMember::kill);
    }
}
