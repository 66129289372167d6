package io.matriarch.simulation;

import io.matriarch.ha.Rule;
import java.util.EnumMap;
import java.util.Map;
import java.util.TreeMap;

/** Counts of one simulation, or of many added up. */
final class Tally {

    private final Map<Fault, Long> faults = new EnumMap<>(Fault.class);
    private final Map<Rule, Long> rules = new EnumMap<>(Rule.class);
    private final Map<String, Long> counts = new TreeMap<>();
    private final Map<String, Long> checks = new TreeMap<>();

    void fault(Fault fault) {
        faults.merge(fault, 1L, Long::sum);
    }

    void rules(Map<Rule, Long> more) {
        more.forEach((rule, n) -> rules.merge(rule, n, Long::sum));
    }

    void count(String what, long n) {
        counts.merge(what, n, Long::sum);
    }

    void checked(String invariant, long times) {
        checks.merge(invariant, times, Long::sum);
    }

    synchronized void add(Tally other) {
        other.faults.forEach((fault, n) -> faults.merge(fault, n, Long::sum));
        rules(other.rules);
        other.counts.forEach(this::count);
        other.checks.forEach(this::checked);
    }

    Map<Fault, Long> faults() {
        return faults;
    }

    Map<Rule, Long> rules() {
        return rules;
    }

    Map<String, Long> counts() {
        return counts;
    }

    Map<String, Long> checks() {
        return checks;
    }

    long of(String what) {
        return counts.getOrDefault(what, 0L);
    }
}
