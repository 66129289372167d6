package io.matriarch.loop;

import io.matriarch.cluster.LeaseId;
import io.matriarch.cluster.MemberName;
import io.matriarch.ha.CutVote;
import io.matriarch.ha.HaSettings;
import io.matriarch.ha.Observation;
import io.matriarch.ha.OperatorIntent;
import io.matriarch.ha.PeerReport;
import io.matriarch.ha.Situation;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;

/** One loop among fakes, which begin as a situation says. */
final class Loops {

    final ManualClock clock = new ManualClock();
    final FakeDcs dcs = new FakeDcs();
    final FakePostgres postgres;
    final LeaderLockKeeper keeper = new LeaderLockKeeper(dcs, clock, clock::boot);
    final StatusBoard board = new StatusBoard(keeper::hold);
    final List<String> asked = new ArrayList<>();
    final Map<MemberName, CutVote> votes = new HashMap<>();
    final HaPorts ports;
    int reloads;

    Loops(Observation seen) {
        postgres = new FakePostgres(seen.postgres());
        dcs.view = seen.cluster();
        AtomicLong lease = new AtomicLong(100);
        ports = new HaPorts(dcs, postgres, new Probe(), clock, () -> Situation.WALL, new Settings(seen.settings()),
                () -> new LeaseId(lease.incrementAndGet()), board);
    }

    HaLoop loop() {
        return new HaLoop(ports, keeper);
    }

    private final class Probe implements PeerProbe {

        @Override
        public Map<MemberName, PeerReport> ask(Map<MemberName, String> apiUrls, Set<MemberName> needed,
                                               Set<MemberName> welcome, Duration patience) {
            asked.add(needed + " " + welcome);
            return Map.of();
        }

        @Override
        public Supplier<Map<MemberName, CutVote>> cut(Map<MemberName, String> apiUrls,
                                                      OperatorIntent.CutRequest request, int needed, Duration patience) {
            asked.add("cut " + request.epoch() + " " + apiUrls.keySet() + " " + needed);
            Map<MemberName, CutVote> came = new HashMap<>(votes);
            came.keySet().retainAll(apiUrls.keySet());
            return () -> came;
        }

        @Override
        public void close() {
            asked.add("close");
        }
    }

    private final class Settings implements SettingsSource {

        private final HaSettings settings;

        Settings(HaSettings settings) {
            this.settings = settings;
        }

        @Override
        public HaSettings settings(Map<String, Object> dynamicConfig) {
            return settings;
        }

        @Override
        public MemberCard card() {
            return new MemberCard(Optional.of("postgres://host-a:5432/postgres"),
                    Optional.of("http://host-a:8008/patroni"), Optional.empty(), "4.1.4", Map.of());
        }

        @Override
        public void reload() {
            reloads++;
        }
    }
}
