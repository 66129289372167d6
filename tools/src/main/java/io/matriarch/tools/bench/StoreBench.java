package io.matriarch.tools.bench;

import io.matriarch.tools.bench.Load.Api;
import io.matriarch.tools.bench.Load.Kind;
import io.matriarch.tools.bench.Load.Result;
import io.matriarch.tools.bench.Load.Shape;
import io.matriarch.tools.drill.FreePorts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.function.ToDoubleFunction;

/** Runs the same loads against both stores in turn, and prints medians and their ratio. One thread. */
public final class StoreBench implements AutoCloseable {

    private static final int KEYS = 10_000;
    /** Java compiles what runs often while it runs; both stores get as long before anything counts. */
    private static final long WARM_MILLIS = 10_000;

    private final Plan plan;
    private final Servers etcd;
    private final Servers ours;
    private final Consumer<String> out;

    /**
     * @param dir     for the data of both
     * @param etcd    the program
     * @param ours    the command that starts a store-only peer; etcd's flags are added
     * @param rounds  runs of each load on each store, in turn
     * @param seconds of each run
     * @param kills   of Raft leaders
     * @param puts    in the long run
     */
    public record Plan(Path dir, Path etcd, List<String> ours, int rounds, int seconds, int kills, long puts) {
    }

    /** Starts nothing yet. @throws BenchException when the directories cannot be made */
    public StoreBench(Plan plan, Consumer<String> out) {
        this.plan = plan;
        this.out = out;
        List<Integer> ports = FreePorts.find(4 * Servers.SIZE);
        this.etcd = new Servers("etcd", List.of(plan.etcd().toString(), "--log-level", "error"), directory("etcd"),
                ports.subList(0, 2 * Servers.SIZE));
        this.ours = new Servers("matriarch", plan.ours(), directory("matriarch"), ports.subList(2 * Servers.SIZE, ports.size()));
    }

    private Path directory(String name) {
        try {
            return Files.createDirectories(plan.dir().resolve(name));
        } catch (IOException e) {
            throw new BenchException("cannot write to " + plan.dir() + ": " + e.getMessage(), e);
        }
    }

    /** @throws BenchException when a store does not start or refuses requests */
    public void run() {
        // whoever interrupts this shall not find servers left behind
        Runtime.getRuntime().addShutdownHook(new Thread(this::close, "end of the bench"));
        etcd.startAll();
        ours.startAll();
        for (Api api : Api.values()) {
            for (Kind kind : Kind.values()) {
                for (Servers servers : List.of(etcd, ours)) {
                    Load.run(servers, new Shape(api, kind, 64, KEYS), WARM_MILLIS, Long.MAX_VALUE);
                }
            }
        }
        line("", "etcd", "matriarch", "ratio");
        for (Api api : Api.values()) {
            for (Kind kind : Kind.values()) {
                for (int clients : List.of(1, 16, 64)) {
                    compare(new Shape(api, kind, clients, KEYS));
                }
            }
        }
        if (plan.kills() > 0) {
            leaderKills();
        }
        watchers();
        if (plan.puts() > 0) {
            longRun();
        }
    }

    private void compare(Shape shape) {
        List<Result> theirs = new ArrayList<>();
        List<Result> own = new ArrayList<>();
        for (int i = 0; i < plan.rounds(); i++) {
            theirs.add(Load.run(etcd, shape, plan.seconds() * 1_000L, Long.MAX_VALUE));
            own.add(Load.run(ours, shape, plan.seconds() * 1_000L, Long.MAX_VALUE));
        }
        String what = (shape.kind() == Kind.PUT ? "puts" : "linearizable reads") + ", " + shape.api().name().toLowerCase(Locale.ROOT)
                + ", " + shape.clients() + (shape.clients() == 1 ? " client: " : " clients: ");
        line(what + "per second", theirs, own, Result::perSecond);
        line(what + "p50, us", theirs, own, Result::p50);
        line(what + "p99, us", theirs, own, Result::p99);
    }

    private void line(String what, List<Result> theirs, List<Result> own, ToDoubleFunction<Result> figure) {
        double a = median(theirs.stream().mapToDouble(figure).sorted().toArray());
        double b = median(own.stream().mapToDouble(figure).sorted().toArray());
        line(what, "%.0f".formatted(a), "%.0f".formatted(b), "%.2f".formatted(b / a));
    }

    private static double median(double[] sorted) {
        return sorted[sorted.length / 2];
    }

    private void leaderKills() {
        List<Servers> both = List.of(etcd, ours);
        List<List<Long>> gaps = List.of(new ArrayList<>(), new ArrayList<>());
        for (int i = 0; i < plan.kills(); i++) {
            for (int s = 0; s < both.size(); s++) {
                gaps.get(s).add(LeaderKill.once(both.get(s)));
            }
        }
        String[] told = gaps.stream().map(list -> list.stream().sorted().toList())
                .map(sorted -> sorted.get(sorted.size() / 2) + " / " + sorted.get(sorted.size() - 1)).toArray(String[]::new);
        line("Raft leader killed " + plan.kills() + " times: no put for, ms, median / maximum", told[0], told[1], "");
    }

    private void watchers() {
        for (Servers servers : List.of(etcd, ours)) {
            Watchers.Result result = Watchers.run(servers, 100, 1_000, 10);
            out.accept("  %-9s  100 watchers, 1000 events a second: %d put, %d told, p99 %.1f ms; memory of all members %d MiB"
                    .formatted(servers.name(), result.put(), result.told(), result.p99(), servers.memoryMiB()));
        }
    }

    private void longRun() {
        Result result = Load.run(ours, new Shape(Api.JSON, Kind.PUT, 64, KEYS), Long.MAX_VALUE >> 24, plan.puts());
        int member = (ours.leader() + 1) % Servers.SIZE;
        long memory = ours.memoryMiB();
        ours.kill(member);
        long before = System.nanoTime();
        ours.start(member);
        ours.await(member);
        out.accept("  matriarch  %d puts of %d keys: %.0f per second, log directory %d MiB, memory of all members %d MiB, restart %.1f s"
                .formatted(plan.puts(), KEYS, result.perSecond(), ours.diskMiB(member), memory, (System.nanoTime() - before) / 1e9));
    }

    private void line(String what, String theirs, String own, String ratio) {
        out.accept("  %-62s %14s %14s %7s".formatted(what, theirs, own, ratio));
    }

    @Override
    public void close() {
        ours.close();
        etcd.close();
    }
}
