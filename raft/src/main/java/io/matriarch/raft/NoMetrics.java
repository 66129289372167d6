package io.matriarch.raft;

import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.apache.ratis.metrics.LongCounter;
import org.apache.ratis.metrics.MetricRegistries;
import org.apache.ratis.metrics.MetricRegistryInfo;
import org.apache.ratis.metrics.RatisMetricRegistry;
import org.apache.ratis.metrics.Timekeeper;
import org.apache.ratis.util.TimeDuration;

/**
 * Counts nothing. Ratis keeps hundreds of counters and histograms for each peer; nothing here reads them, and they
 * would cost memory and time on every entry. Public only because Ratis finds it as a service.
 */
public final class NoMetrics extends MetricRegistries {

    @Override
    public void clear() {
        // there is nothing to clear
    }

    @Override
    public RatisMetricRegistry create(MetricRegistryInfo info) {
        return new Registry(info);
    }

    @Override
    public boolean remove(MetricRegistryInfo key) {
        return true;
    }

    @Override
    public Optional<RatisMetricRegistry> get(MetricRegistryInfo info) {
        return Optional.empty();
    }

    @Override
    public Set<MetricRegistryInfo> getMetricRegistryInfos() {
        return Set.of();
    }

    @Override
    public Collection<RatisMetricRegistry> getMetricRegistries() {
        return List.of();
    }

    @Override
    public void addReporterRegistration(Consumer<RatisMetricRegistry> registration, Consumer<RatisMetricRegistry> stop) {
        // there is nothing to report
    }

    @Override
    public void enableJmxReporter() {
        // there is nothing to report
    }

    @Override
    public void enableConsoleReporter(TimeDuration rate) {
        // there is nothing to report
    }

    private record Registry(MetricRegistryInfo info) implements RatisMetricRegistry {

        @Override
        public Timekeeper timer(String name) {
            return () -> () -> 0L;
        }

        @Override
        public LongCounter counter(String name) {
            return new Counter();
        }

        @Override
        public boolean remove(String name) {
            return true;
        }

        @Override
        public <T> void gauge(String name, Supplier<Supplier<T>> gauge) {
            // a gauge that is never read
        }

        @Override
        public MetricRegistryInfo getMetricRegistryInfo() {
            return info;
        }
    }

    private static final class Counter implements LongCounter {

        @Override
        public void inc(long n) {
            // not counted
        }

        @Override
        public void dec(long n) {
            // not counted
        }

        @Override
        public long getCount() {
            return 0;
        }
    }
}
