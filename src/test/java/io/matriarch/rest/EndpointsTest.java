package io.matriarch.rest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.matriarch.cluster.FailoverRequest;
import io.matriarch.cluster.Lsn;
import io.matriarch.cluster.PostgresRole;
import io.matriarch.cluster.Revision;
import io.matriarch.cluster.Timeline;
import io.matriarch.cluster.TimelineHistory;
import io.matriarch.config.HostPort;
import io.matriarch.config.RestApiConfig;
import io.matriarch.dcs.WriteResult;
import io.matriarch.ha.LongTaskStatus;
import io.matriarch.ha.Operation;
import io.matriarch.ha.PeerReport;
import io.matriarch.loop.AgentControl;
import io.matriarch.rest.Situations.Node;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** What each endpoint answers, and what it asks of others. */
class EndpointsTest {

    private static final io.matriarch.loop.AgentControl.CutReply VOTE = new io.matriarch.loop.AgentControl.CutReply(
            Optional.of(new io.matriarch.ha.CutVote(new io.matriarch.cluster.Revision(7),
                    new io.matriarch.cluster.Timeline(2), new io.matriarch.cluster.Lsn(4096))), "");
    private static final String SWITCHOVER = "POST /switchover";
    private static final String FAILOVER = "POST /failover";

    /** One request to member a, which leads a, b and c; every other member is healthy. */
    private record Case(String name, Consumer<FakePorts> change, String request, String body, String reply) {
    }

    private static Case of(String name, String request, String body, String reply) {
        return new Case(name, f -> { }, request, body, reply);
    }

    private static Case of(String name, Consumer<FakePorts> change, String request, String body, String reply) {
        return new Case(name, change, request, body, reply);
    }

    private static Consumer<FakePorts> config(String key, Object value) {
        return f -> f.node.cluster.config.put(key, value);
    }

    private static final Consumer<FakePorts> PAUSED = config("pause", true);

    private static final Consumer<FakePorts> SYNC = f -> {
        f.node.cluster.config.put("synchronous_mode", true);
        f.node.cluster.sync("a", "b");
    };

    /** The lock moves to this member while the request waits. */
    private static Consumer<FakePorts> movesTo(String member) {
        return f -> f.afterFailoverRequest = () -> {
            f.node.cluster.revision = 105;
            f.node.cluster.leader = Optional.of(member);
            f.node.cluster.failover = Optional.empty();
        };
    }

    private static final Consumer<FakePorts> TIME_PASSES = f -> f.readTakes = Duration.ofSeconds(7);

    private static final Consumer<FakePorts> CLEARED = f -> f.afterFailoverRequest = () -> {
        f.node.cluster.revision = 105;
        f.node.cluster.failover = Optional.empty();
    };

    @TestFactory
    List<DynamicTest> aMemberThatIsAskedToPromiseNotToLead() {
        String body = "{'name':'b','conn_url':'postgres://b:5432/postgres','api_url':'http://b:8008/patroni'}";
        return run(List.of(
                of("without the name of who leads", "POST /failsafe", "{'conn_url':'x'}", "400 name is needed"),
                of("a primary itself", f -> f.failsafeAnswer = AgentControl.FailsafeAnswer.LEADING, "POST /failsafe", body,
                        "500 Running as a leader"),
                of("a replica", f -> f.failsafeAnswer = AgentControl.FailsafeAnswer.PROMISED, "POST /failsafe", body, "200 Accepted")));
    }

    @TestFactory
    List<DynamicTest> aMemberThatIsAskedToCutItself() {
        return run(List.of(
                of("without an epoch", "POST /cut", "{'leader':'b'}", "400 epoch and leader are needed"),
                of("without a leader", "POST /cut", "{'epoch':7}", "400 epoch and leader are needed"),
                of("the store says otherwise", "POST /cut", "{'epoch':7,'leader':'b'}", "409 not asked for"),
                of("with a vote", f -> f.cutReply = VOTE, "POST /cut", "{'epoch':7,'leader':'b'}",
                        "200 {\"epoch\": 7, \"timeline\": 2, \"lsn\": 4096}")));
    }

    @TestFactory
    List<DynamicTest> ordersThatMakeNoSense() {
        return run(List.of(
                of("failover without candidate", FAILOVER, "{'leader':'a'}",
                        "400 Failover could be performed only to a specific candidate"),
                of("switchover without leader", SWITCHOVER, "{'candidate':'b'}",
                        "400 Switchover could be performed only from a specific leader"),
                of("a null is nothing", SWITCHOVER, "{'leader':null,'candidate':'b'}",
                        "400 Switchover could be performed only from a specific leader"),
                of("failover with schedule", FAILOVER, "{'leader':'a','candidate':'b','scheduled_at':'x'}",
                        "400 Failover can't be scheduled"),
                of("schedule while paused", PAUSED, SWITCHOVER, "{'leader':'a','scheduled_at':'2030-01-01T00:00+00'}",
                        "400 Can't schedule switchover in the paused state"),
                of("schedule without zone", SWITCHOVER, "{'leader':'a','scheduled_at':'2030-01-01T00:00:00'}",
                        "400 Timezone information is mandatory for the scheduled switchover"),
                of("schedule in the past", SWITCHOVER, "{'leader':'a','scheduled_at':'2024-06-01T13:59:59+02:00'}",
                        "422 Cannot schedule switchover in the past"),
                of("schedule unparsable", SWITCHOVER, "{'leader':'a','scheduled_at':'soon'}",
                        "422 Unable to parse scheduled timestamp. It should be in an unambiguous format, e.g. ISO 8601"),
                of("paused without candidate", PAUSED, SWITCHOVER, "{'leader':'a'}",
                        "400 Switchover is possible only to a specific candidate in a paused state"),
                of("to itself", SWITCHOVER, "{'leader':'a','candidate':'a'}",
                        "400 Switchover target and source are the same"),
                of("to itself, scheduled", SWITCHOVER, "{'leader':'a','candidate':'a','scheduled_at':'2030-01-01 00:00Z'}",
                        "400 Switchover target and source are the same"),
                of("scheduled", SWITCHOVER, "{'leader':'a','scheduled_at':'2030-01-01T00:00:00.123456+0000'}",
                        "501 scheduled switchover is not available in this version"),
                of("wrong leader", SWITCHOVER, "{'leader':'b'}", "412 leader name does not match"),
                of("no leader", f -> f.node.cluster.leader = Optional.empty(), SWITCHOVER, "{'leader':'a'}",
                        "412 leader name does not match"),
                of("failover from the wrong leader", FAILOVER, "{'leader':'b','candidate':'c'}",
                        "412 leader name does not match"),
                of("candidate is not synchronous", SYNC, SWITCHOVER, "{'leader':'a','candidate':'c'}",
                        "412 candidate name does not match with sync_standby"),
                of("unknown candidate", SWITCHOVER, "{'leader':'a','candidate':'x/y'}", "412 candidate does not exists"),
                of("unknown candidate by its old name", FAILOVER, "{'member':'x'}", "412 candidate does not exists"),
                of("no synchronous standby", SYNC.andThen(f -> f.node.cluster.sync("a", "x")), SWITCHOVER, "{'leader':'a'}",
                        "412 switchover is not possible: can not find sync_standby"),
                of("nobody else", f -> f.node.cluster.members.keySet().retainAll(List.of(Situations.A)), SWITCHOVER,
                        "{'leader':'a'}", "412 switchover is not possible: cluster does not have members except leader"),
                of("nobody answers", f -> f.answers.clear(), SWITCHOVER, "{'leader':'a'}",
                        "412 switchover is not possible: no good candidates have been found"),
                of("the candidate does not run", f -> f.answers.put(Situations.B, new PeerReport(Situations.NOW, false,
                        PostgresRole.REPLICA, Lsn.ZERO, Timeline.UNKNOWN, false, Map.of())), FAILOVER, "{'candidate':'b'}",
                        "412 failover is not possible: no good candidates have been found"),
                of("the candidate must not be promoted",
                        f -> f.node.cluster.put(Situations.member("b", Map.of("nofailover", true), Map.of())), FAILOVER,
                        "{'candidate':'b'}", "412 failover is not possible: no good candidates have been found")));
    }

    @TestFactory
    List<DynamicTest> ordersThatAreCarriedOut() {
        return run(List.of(
                of("switchover to anyone", movesTo("b"), SWITCHOVER, "{'leader':'a'}", "200 Successfully switched over to \"b\""),
                of("switchover to the candidate", movesTo("b"), SWITCHOVER, "{'leader':'a','candidate':'b'}",
                        "200 Successfully switched over to \"b\""),
                of("switchover to somebody else", movesTo("c"), SWITCHOVER, "{'leader':'a','candidate':'b'}",
                        "200 Switched over to \"c\" instead of \"b\""),
                of("failover", movesTo("b"), FAILOVER, "{'candidate':'b'}", "200 Successfully failed over to \"b\""),
                of("failover to somebody else", movesTo("c"), FAILOVER, "{'candidate':'b'}",
                        "200 Failed over to \"c\" instead of \"b\""),
                of("failover from a leader is a switchover", movesTo("b"), FAILOVER, "{'leader':'a','candidate':'b'}",
                        "200 Successfully switched over to \"b\""),
                of("failover without any leader", movesTo("b").andThen(f -> f.node.cluster.leader = Optional.empty()),
                        FAILOVER, "{'candidate':'b'}", "200 Successfully failed over to \"b\""),
                of("failover to one that is not synchronous", SYNC.andThen(movesTo("c")), FAILOVER, "{'candidate':'c'}",
                        "200 Successfully failed over to \"c\""),
                of("request cleared", CLEARED, SWITCHOVER, "{'leader':'a'}", "503 Switchover failed"),
                of("failover to the leader", CLEARED.andThen(f -> f.answers.put(Situations.A, FakePorts.healthy())), FAILOVER,
                        "{'candidate':'a'}", "503 Failover failed"),
                of("nothing happens", TIME_PASSES, SWITCHOVER, "{'leader':'a'}",
                        "503 Switchover status unknown after 20 seconds; operation may still be in progress"),
                of("the store refuses", f -> f.writes = () -> new WriteResult.Rejected("too large"), FAILOVER,
                        "{'candidate':'b'}", "503 failed to write failover key into DCS"),
                of("the store does not say", TIME_PASSES.andThen(f -> f.writes = () -> new WriteResult.Unknown("timeout")),
                        FAILOVER, "{'candidate':'b'}",
                        "503 Failover status unknown after 20 seconds; operation may still be in progress")));
    }

    @TestFactory
    List<DynamicTest> configuration() {
        return run(List.of(
                of("read", "GET /config", "", "200 {\"loop_wait\": 10}"),
                of("read where there is none", f -> f.node.cluster.config.clear(), "GET /config", "", "502 page"),
                of("patched", "PATCH /config", "{'ttl':20}", "200 {\"loop_wait\": 10, \"ttl\": 20}"),
                of("patched to the same", "PATCH /config", "{'loop_wait':'10'}", "200 {\"loop_wait\": 10}"),
                of("patched where there is none", f -> f.node.cluster.config.clear(), "PATCH /config", "{'ttl':20}", "503 page"),
                of("patched by two at once", f -> f.writes = () -> new WriteResult.Rejected("revision"), "PATCH /config",
                        "{'ttl':20}", "409 page"),
                of("patched, the store does not say", f -> f.writes = () -> new WriteResult.Unknown("timeout"), "PATCH /config",
                        "{'ttl':20}", "503 the store did not confirm the change; it may still take effect"),
                of("replaced", "PUT /config", "{'ttl':20}", "200 {\"ttl\": 20}"),
                of("replaced, the store fails", f -> f.writes = () -> new WriteResult.Unknown("timeout"), "PUT /config",
                        "{'ttl':20}", "502 page"),
                of("history", f -> f.node.cluster.history = new TimelineHistory(true, List.of(
                        new TimelineHistory.Entry(1, new Lsn(16), "no recovery target specified", Optional.empty(), Optional.empty()),
                        new TimelineHistory.Entry(2, new Lsn(32), "why", Optional.of("2024-01-01T00:00:00+00:00"), Optional.of("b")))),
                        "GET /history/x", "", "200 [[1, 16, \"no recovery target specified\"], "
                        + "[2, 32, \"why\", \"2024-01-01T00:00:00+00:00\", \"b\"]]"),
                of("no history", "GET /history", "", "200 []"),
                of("no failsafe members", "GET /failsafe", "", "502 page")));
    }

    @TestFactory
    List<DynamicTest> postgres() {
        Consumer<FakePorts> busy = f -> f.node.task = Optional.of(
                new LongTaskStatus(new Operation.Promote(), Situations.NOW, Optional.empty()));
        Consumer<FakePorts> follows = f -> f.node.cluster.leader = Optional.of("b");
        return run(List.of(
                of("reload", "POST /reload", "", "202 reload scheduled"),
                of("restart", "POST /restart", "", "200 restarted successfully"),
                of("restart that fails", f -> f.control = () -> new AgentControl.Reply(false, "postgres is still starting"),
                        "POST /restart", "{}", "503 postgres is still starting"),
                of("restart while busy", busy, "POST /restart", "", "503 promote already in progress"),
                of("restart in the wrong role", "POST /restart", "{'role':'replica'}", "503 restart conditions are not satisfied"),
                of("restart in the right role", "POST /restart", "{'role':'primary','timeout':'2min'}", "200 restarted successfully"),
                of("restart in no role", "POST /restart", "{'role':'master'}",
                        "400 PostgreSQL role should be either primary, standby_leader, or replica"),
                of("restart below a version that runs", "POST /restart", "{'postgres_version':'16.4'}",
                        "503 restart conditions are not satisfied"),
                of("restart below a later version", "POST /restart", "{'postgres_version':'16.5'}", "200 restarted successfully"),
                of("restart below no version", "POST /restart", "{'postgres_version':'x'}", "400 Invalid PostgreSQL version: x"),
                of("restart below half a version", "POST /restart", "{'postgres_version':9.6}",
                        "400 Invalid PostgreSQL version format: X.Y or X.Y.Z is accepted: 9.6"),
                of("restart without time", "POST /restart", "{'timeout':0}", "400 Timeout should be a positive number of seconds"),
                of("restart when pending", "POST /restart", "{'restart_pending':false}", "503 restart conditions are not satisfied"),
                of("restart by an unknown filter", "POST /restart", "{'x':1,'timeout':0}",
                        "400 Unknown filter for the scheduled restart: x"),
                of("restart scheduled while paused", PAUSED, "POST /restart", "{'x':1,'schedule':'x'}",
                        "500 Can't schedule restart in the paused state"),
                of("restart scheduled without zone", "POST /restart", "{'schedule':'2030-01-01T00:00'}",
                        "400 Timezone information is mandatory for the scheduled restart"),
                of("restart scheduled", "POST /restart", "{'schedule':'2030-01-01T00:00Z'}",
                        "501 scheduled restart is not available in this version"),
                of("scheduled restart deleted", "DELETE /restart", "", "404 no restarts are scheduled"),
                of("reinitialize", follows, "POST /reinitialize", "", "200 reinitialize started"),
                of("reinitialize the leader", "POST /reinitialize", "", "503 I am the leader, can not reinitialize"),
                of("reinitialize without a leader", f -> f.node.cluster.leader = Optional.empty(), "POST /reinitialize", "",
                        "503 Cluster has no leader, can not reinitialize"),
                of("reinitialize while busy", busy.andThen(follows), "POST /reinitialize", "", "503 promote already in progress"),
                of("reinitialize by force", busy.andThen(follows), "POST /reinitialize", "{'force':true,'from_leader':true}",
                        "200 reinitialize started"),
                of("reinitialize refused", follows.andThen(f -> f.control = () -> new AgentControl.Reply(false, "no")),
                        "POST /reinitialize", "", "503 no")));
    }

    @TestFactory
    List<DynamicTest> scheduledSwitchoversOfOthers() {
        Consumer<FakePorts> scheduled = f -> f.node.cluster.failover = Optional.of(new FailoverRequest(
                Optional.of(Situations.A), Optional.empty(), Optional.of("2030-01-01T00:00:00+00:00"), new Revision(77)));
        return run(List.of(
                of("none", "DELETE /switchover", "", "404 no switchover is scheduled"),
                of("one", scheduled, "DELETE /switchover", "", "200 scheduled switchover deleted"),
                of("one that changes", scheduled.andThen(f -> f.writes = () -> new WriteResult.Rejected("revision")),
                        "DELETE /switchover", "", "409 page")));
    }

    @Test
    void anOrderIsWrittenAndTheLoopWoken() {
        FakePorts fake = new FakePorts(Situations.primary());
        fake.answers.put(Situations.B, FakePorts.healthy());
        movesTo("b").accept(fake);
        answer(fake, SWITCHOVER, "{'leader':'a','candidate':'b'}");
        assertEquals(List.of("failover from Optional[a] to Optional[b]", "wake"), fake.calls);
    }

    @Test
    void timeoutsReachTheControl() {
        FakePorts fake = new FakePorts(Situations.primary());
        answer(fake, "POST /restart", "{'timeout':'2min'}");
        answer(fake, "POST /restart", "");
        assertEquals(List.of("restart 120", "restart 300"), fake.calls);
    }

    @Test
    void patchingToTheSameWritesNothing() {
        FakePorts fake = new FakePorts(Situations.primary());
        answer(fake, "PATCH /config", "{'ttl':'30'}");
        answer(fake, "PUT /config", "{'loop_wait':10,'ttl':30}");
        assertEquals(List.of("wake"), fake.calls);
    }

    private static List<DynamicTest> run(List<Case> cases) {
        return cases.stream().map(c -> DynamicTest.dynamicTest(c.name(), () -> {
            Node node = Situations.primary();
            node.cluster.config.remove("ttl");
            FakePorts fake = new FakePorts(node);
            fake.answers.put(Situations.B, FakePorts.healthy());
            fake.answers.put(Situations.C, FakePorts.healthy());
            c.change().accept(fake);
            fake.publish();
            Reply reply = answer(fake, c.request(), c.body());
            assertEquals(c.reply(), reply.status() + " " + (reply.isErrorPage() ? "page" : reply.body()));
            assertTrue(reply.isErrorPage() || List.of("application/json", "text/html").contains(reply.contentType()));
        })).toList();
    }

    /** The reply to a request, {@code line} being method and path; apostrophes in the body stand for quotes. */
    private static Reply answer(FakePorts fake, String line, String body) {
        RestApiConfig config = new RestApiConfig(new HostPort("127.0.0.1", 0), new HostPort("127.0.0.1", 0),
                Optional.empty(), List.of(), false, Map.of(), "original");
        byte[] bytes = body.replace('\'', '"').getBytes(StandardCharsets.UTF_8);
        Request request = new Request(line.split(" ")[0], line.split(" ")[1], Query.NONE, "127.0.0.1", Optional.empty(),
                new RequestBody(bytes.length, false, () -> new ByteArrayInputStream(bytes)));
        try {
            return new Endpoints(config, fake.ports()).slow(request).orElseThrow().answer(request);
        } catch (Refusal e) {
            return e.reply();
        }
    }
}
