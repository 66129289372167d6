package io.matriarch.simulation;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** What many simulations did, in a form to be printed at the end of a build. */
final class Summary {

    private static final int TOP_RULES = 20;

    private final Tally total = new Tally();
    private long seeds;
    private long healing;
    private long longestHealing;

    synchronized void add(Simulation.Result result) {
        seeds++;
        total.add(result.tally());
        healing += result.healing();
        longestHealing = Math.max(longestHealing, result.healing());
    }

    /** @param wallMillis how long it took */
    String text(long wallMillis) {
        List<String> lines = new ArrayList<>();
        lines.add(String.format(Locale.ROOT, "simulation: %d seeds, %.1f simulated hours, %,d events, %.1f s of wall time",
                seeds, total.of("simulated seconds") / 3600.0, total.of("events"), wallMillis / 1e3));
        lines.add("  faults injected: " + sum(total.faults()) + " " + total.faults());
        lines.add("  decisions: " + sum(total.rules()) + " by " + total.rules().size() + " rules, most: " + topRules());
        lines.add("  invariants and how often each looked: " + total.checks());
        lines.add(String.format(Locale.ROOT, "  healed clusters were whole again after %.1f s on average, %.1f s at most",
                seeds == 0 ? 0 : healing / 1e9 / seeds, longestHealing / 1e9));
        total.counts().forEach((what, n) -> lines.add(String.format(Locale.ROOT, "  %,12d %s", n, what)));
        return String.join(System.lineSeparator(), lines);
    }

    private String topRules() {
        return total.rules().entrySet().stream()
                .sorted(Comparator.comparing((Map.Entry<?, Long> e) -> e.getValue()).reversed())
                .limit(TOP_RULES).map(e -> e.getKey() + " " + e.getValue()).toList().toString();
    }

    private static long sum(Map<?, Long> counts) {
        return counts.values().stream().mapToLong(Long::longValue).sum();
    }
}
