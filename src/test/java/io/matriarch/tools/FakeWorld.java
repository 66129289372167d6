package io.matriarch.tools;

import io.matriarch.cluster.ClusterStatus;
import io.matriarch.cluster.ClusterView;
import io.matriarch.cluster.DynamicConfig;
import io.matriarch.cluster.FailoverRequest;
import io.matriarch.cluster.LeaderLock;
import io.matriarch.cluster.LeaseId;
import io.matriarch.cluster.Lsn;
import io.matriarch.cluster.Member;
import io.matriarch.cluster.MemberName;
import io.matriarch.cluster.PostgresRole;
import io.matriarch.cluster.Revision;
import io.matriarch.cluster.SyncState;
import io.matriarch.cluster.Timeline;
import io.matriarch.cluster.TimelineHistory;
import io.matriarch.config.ClientConfig;
import io.matriarch.config.CtlConfig;
import io.matriarch.config.HostPort;
import io.matriarch.dcs.WriteResult;
import io.matriarch.raft.ChangeReport;
import io.matriarch.raft.GroupChange;
import io.matriarch.raft.GroupStatus;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringReader;
import java.io.StringWriter;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/** A cluster of three, a store, an API and an operator, all in memory. */
final class FakeWorld {

    static final Instant NOW = Instant.parse("2026-11-20T06:02:26.123456Z");

    final Map<String, Object> config = new TreeMap<>(Map.of("ttl", 30, "loop_wait", 10));
    final List<String> requests = new ArrayList<>();
    final List<String> writes = new ArrayList<>();
    final List<String> nofailover = new ArrayList<>();
    final List<String> paused = new ArrayList<>();
    Optional<String> leader = Optional.of("a");
    Optional<SyncState> sync = Optional.empty();
    TimelineHistory history = TimelineHistory.ABSENT;
    MemberApi.Reply reply = new MemberApi.Reply(200, "ok");
    boolean apiDown;
    WriteResult write = new WriteResult.Applied(new Revision(9));
    ChangeReport changed;
    GroupStatus group = new GroupStatus("/service", GroupStatus.Formation.FORMED, List.of(), "", List.of());
    SortedMap<String, String> objections = new TreeMap<>(Map.of("a:1", "", "b:1", ""));
    Optional<String> scope = Optional.of("batman");
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    int run(String input, String... arguments) {
        Terminal terminal = new Terminal(new PrintWriter(out), new PrintWriter(err),
                new BufferedReader(new StringReader(input)), false);
        CtlContext context = new CtlContext(terminal, Map.of(), (file, environment) -> new ClientConfig(scope, "/service",
                Optional.empty(), new CtlConfig(Optional.empty(), false), Optional.empty(), Optional.empty()),
                (c, cluster) -> new Store(), (c, insecure) -> this::answer, Clock.fixed(NOW, ZoneOffset.UTC), new Group());
        return MatriarchCommand.commandLine(context, arguments).execute(arguments);
    }

    private final class Group implements CtlContext.GroupSource {

        @Override
        public GroupStatus ask(ClientConfig ignored) {
            return group;
        }

        @Override
        public List<HostPort> listed(ClientConfig ignored) {
            return List.of(new HostPort("a", 1), new HostPort("b", 1), new HostPort("c", 1));
        }

        @Override
        public SortedMap<String, String> formWithout(ClientConfig ignored, List<HostPort> without) {
            requests.add("form without " + without);
            return objections;
        }

        @Override
        public ChangeReport change(ClientConfig ignored, GroupChange change, boolean planOnly) {
            requests.add((planOnly ? "plan " : "") + change.describe());
            return changed;
        }

        @Override
        public CtlContext.Survivor survivor(ClientConfig ignored) {
            return new CtlContext.Survivor() {
                @Override
                public List<HostPort> givenUp() {
                    return List.of(new HostPort("b", 1), new HostPort("c", 1));
                }

                @Override
                public String confirmation() {
                    return "lose b:1, c:1 and every write after entry 7";
                }

                @Override
                public void found() {
                    requests.add("found anew");
                }

                @Override
                public void close() {
                    requests.add("let go");
                }
            };
        }

        @Override
        public SortedMap<String, String> snapshot(ClientConfig ignored, List<HostPort> of) {
            requests.add("snapshot " + of);
            return objections;
        }
    }

    String out() {
        return out.toString();
    }

    String err() {
        return err.toString();
    }

    /** The last line of the output. */
    String lastLine() {
        List<String> lines = out().lines().toList();
        return lines.isEmpty() ? "" : lines.get(lines.size() - 1);
    }

    ClusterView view() {
        TreeMap<MemberName, Member> members = new TreeMap<>();
        List.of("a", "b", "c").forEach(name -> members.put(new MemberName(name), member(name)));
        return new ClusterView(new Revision(7), Optional.of("42"),
                leader.map(l -> new LeaderLock(new MemberName(l), new LeaseId(1), new Revision(2))), members,
                new DynamicConfig(Map.copyOf(config), new Revision(5)), Optional.<FailoverRequest>empty(), history,
                new ClusterStatus(new Lsn(0x3000060), Map.of(), List.of()), sync, Map.of());
    }

    private Member member(String name) {
        boolean locked = leader.filter(name::equals).isPresent();
        Map<String, Object> tags = nofailover.contains(name) ? Map.of("nofailover", true) : Map.of();
        return new Member(new MemberName(name), new Revision(3), new Member.MemberRecord(
                Optional.of("postgres://10.0.0." + (name.charAt(0) - 'a' + 1) + ":5432/postgres"),
                Optional.of("http://" + name + ":8008/patroni"), "running",
                locked ? PostgresRole.PRIMARY : PostgresRole.REPLICA, "0.1.0", Optional.of(new Lsn(0x3000060)),
                locked ? Optional.empty() : Optional.of(new Lsn(0x3000060)),
                locked ? Optional.empty() : Optional.of(new Lsn(0x3000060)),
                locked ? Optional.empty() : Optional.of("streaming"), Optional.of(new Timeline(1)),
                paused.contains(name), tags, Map.of()));
    }

    private MemberApi.Reply answer(String method, String url, String path, Map<String, Object> body) throws IOException {
        if (apiDown) {
            throw new IOException("connection refused");
        }
        requests.add(method + " " + url + " " + path + " " + new TreeMap<>(body));
        return reply;
    }

    private final class Store implements ClusterAccess {

        @Override
        public ClusterView read() {
            return view();
        }

        @Override
        public WriteResult writeConfig(Map<String, Object> document, Revision expected) {
            writes.add("config " + new TreeMap<>(document) + " if " + expected);
            return write;
        }

        @Override
        public WriteResult requestFailover(Optional<MemberName> from, Optional<MemberName> candidate,
                                           Optional<String> scheduledAt) {
            writes.add("failover " + new TreeMap<>(Map.of("from", from.map(MemberName::value).orElse("-"), "to",
                    candidate.map(MemberName::value).orElse("-"), "at", scheduledAt.orElse("-"))));
            return write;
        }

        @Override
        public void close() {
            requests.add("closed");
        }
    }
}
