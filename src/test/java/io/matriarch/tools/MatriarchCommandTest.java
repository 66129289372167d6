package io.matriarch.tools;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.matriarch.cluster.Lsn;
import io.matriarch.cluster.MemberName;
import io.matriarch.cluster.Revision;
import io.matriarch.cluster.SyncState;
import io.matriarch.cluster.TimelineHistory;
import io.matriarch.config.HostPort;
import io.matriarch.dcs.WriteResult;
import io.matriarch.raft.ChangeReport;
import io.matriarch.raft.GroupStatus;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Options, dialogues, outputs and exit codes of the commands. */
class MatriarchCommandTest {

    private static final String TABLE = """
            + Cluster: batman (42) -------+-----------+----+-------------+-----+------------+-----+
            | Member | Host     | Role    | State     | TL | Receive LSN | Lag | Replay LSN | Lag |
            +--------+----------+---------+-----------+----+-------------+-----+------------+-----+
            | a      | 10.0.0.1 | Leader  | running   |  1 |             |     |            |     |
            | b      | 10.0.0.2 | Replica | streaming |  1 |   0/3000060 |   0 |  0/3000060 |   0 |
            | c      | 10.0.0.3 | Replica | streaming |  1 |   0/3000060 |   0 |  0/3000060 |   0 |
            +--------+----------+---------+-----------+----+-------------+-----+------------+-----+
            """;

    private final FakeWorld world = new FakeWorld();

    @Test
    void listPrintsTheTableAndClosesTheStore() {
        assertEquals(0, world.run("", "list"));
        assertEquals(TABLE, world.out());
        assertEquals(List.of("closed"), world.requests);
    }

    @Test
    void listOfSeveralClustersPrintsSeveralTables() {
        assertEquals(0, world.run("", "-k", "list", "one", "two", "-t"));
        assertEquals("2026-11-20 06:02:26", world.out().lines().findFirst().orElseThrow());
        assertTrue(world.out().contains("+ Cluster: one (42) ") && world.out().contains("+ Cluster: two (42) "));
    }

    @Test
    void listWithoutAnyNameWarnsAndSucceeds() {
        world.scope = Optional.empty();
        assertEquals(0, world.run("", "list"));
        assertTrue(world.err().contains("Listing members: No cluster names were provided"));
    }

    @Test
    void aCommandThatNeedsAClusterIsWrongUsageWithoutOne() {
        world.scope = Optional.empty();
        assertEquals(2, world.run("", "pause"));
        assertTrue(world.err().startsWith("Error: Missing argument 'CLUSTER_NAME'"));
    }

    @Test
    void aWrongOptionIsNamedWithTheNearestOne() {
        assertEquals(2, world.run("", "switchover", "--candidat", "b"));
        assertTrue(world.err().contains("--candidat"), world.err());
        assertTrue(world.err().contains("--candidate"), world.err());
        assertTrue(world.err().contains("Try 'matriarch switchover --help' for help."), world.err());
    }

    @Test
    void aWrongCommandIsNamedWithTheNearestOne() {
        assertEquals(2, world.run("", "switch-over"));
        assertTrue(world.err().contains("switchover"), world.err());
    }

    @Test
    void anUnknownFormatIsWrongUsage() {
        assertEquals(2, world.run("", "list", "-f", "xml"));
        assertEquals(2, world.run("", "list", "-f", "topology"));
    }

    @Test
    void anExternalStoreIsRefusedClearly() {
        assertEquals(1, world.run("", "-d", "etcd3://localhost:2379", "list"));
        assertTrue(world.err().startsWith("Error: -d/--dcs-url names an external store, which is not supported yet"));
    }

    @Test
    void aMissingConfigurationFileIsNamed() {
        assertEquals(1, world.run("", "-c", "/nowhere/x.yml", "list"));
        assertEquals("Error: Provided config file /nowhere/x.yml not existing or no read rights."
                + " Check the -c/--config-file parameter\n", world.err());
    }

    @Test
    void switchoverByDialogue() {
        world.reply = new MemberApi.Reply(200, "Successfully switched over to \"b\"");
        assertEquals(0, world.run("\nb\n\ny\n", "switchover"));
        assertEquals("Current cluster topology\n" + TABLE + "Primary [a]: Candidate ['b', 'c'] []: "
                + "When should the switchover take place (e.g. 2026-11-20T07:02 )  [now]: "
                + "Are you sure you want to switchover cluster batman, demoting current leader a? [y/N]: "
                + "2026-11-20 06:02:26.12345 Successfully switched over to \"b\"\n" + TABLE, world.out());
        assertEquals("POST http://a:8008/patroni switchover {candidate=b, leader=a}", world.requests.get(0));
    }

    @Test
    void scheduledSwitchoverWithoutQuestions() {
        world.reply = new MemberApi.Reply(202, "Switchover scheduled");
        assertEquals(0, world.run("", "switchover", "--force", "--scheduled", "2026-11-21 04:00", "--leader", "a"));
        assertEquals("POST http://a:8008/patroni switchover {candidate=null, leader=a,"
                + " scheduled_at=2026-11-21T04:00:00+00:00}", world.requests.get(0));
    }

    @Test
    void switchoverRefusals() {
        assertEquals("Error: Member b is not the leader of cluster batman\n", refusal("switchover", "--force", "--leader", "b"));
        assertEquals("Error: Member a is already the leader of cluster batman\n",
                refusal("switchover", "--force", "--candidate", "a"));
        assertEquals("Error: Member x does not exist in cluster batman or is tagged as nofailover\n",
                refusal("switchover", "--force", "--candidate", "x"));
        assertEquals("Error: Unable to parse scheduled timestamp (tomorrow). It should be in an unambiguous format"
                + " (e.g. ISO 8601)\n", refusal("switchover", "--force", "--scheduled", "tomorrow"));
        assertEquals("Error: Failover could be performed only to a specific candidate\n", refusal("failover", "--force"));
    }

    @Test
    void noLeaderNoSwitchover() {
        world.leader = Optional.empty();
        assertEquals("Error: This cluster has no leader\n", refusal("switchover", "--force"));
    }

    @Test
    void nobodyToSwitchOverTo() {
        world.nofailover.addAll(List.of("b", "c"));
        assertEquals("Error: No candidates found to switchover to\n", refusal("switchover", "--force"));
    }

    @Test
    void aPausedClusterHasNoScheduledSwitchover() {
        world.config.put("pause", true);
        assertEquals("Error: Can't schedule switchover in the paused state\n",
                refusal("switchover", "--force", "--scheduled", "2026-11-21T04:00"));
    }

    @Test
    void anAnswerOfNoEndsWithOne() {
        assertEquals(1, world.run("\n\n\nn\n", "switchover"));
        assertEquals("Error: Aborting switchover\n", world.err());
    }

    @Test
    void theEndOfInputAborts() {
        assertEquals(1, world.run("", "switchover"));
        assertEquals("Aborted!\n", world.err());
    }

    @Test
    void aRefusalOfTheServerIsPrintedAndEndsWithZero() {
        world.reply = new MemberApi.Reply(412, "leader name does not match");
        assertEquals(0, world.run("", "switchover", "--force"));
        assertEquals("Switchover failed, details: 412, leader name does not match", world.lastLine());
    }

    @Test
    void withoutAnApiTheKeyIsWritten() {
        world.apiDown = true;
        assertEquals(0, world.run("", "failover", "--force", "--candidate", "b"));
        assertTrue(world.out().contains("2026-11-20 06:02:26.12345 Could not failover using Patroni api, falling back to DCS\n"));
        assertEquals(List.of("failover {at=-, from=-, to=b}"), world.writes);
    }

    @Test
    void failoverWithoutALeaderGoesToTheCandidate() {
        world.leader = Optional.empty();
        assertEquals(0, world.run("y\n", "failover", "--candidate", "c"));
        assertTrue(world.out().contains("Are you sure you want to failover cluster batman? [y/N]: "));
        assertEquals("POST http://c:8008/patroni failover {candidate=c}", world.requests.get(0));
    }

    @Test
    void failoverToAnAsynchronousMemberIsAskedTwice() {
        world.config.put("synchronous_mode", true);
        world.sync = Optional.of(new SyncState(Optional.of(new MemberName("a")), 0, Set.of(new MemberName("b")),
                new Revision(4)));
        assertEquals(1, world.run("n\n", "failover", "--candidate", "c"));
        assertTrue(world.out().contains("Are you sure you want to failover to the asynchronous node c? [y/N]: "));
        assertTrue(world.out().contains("| b      | 10.0.0.2 | Sync Standby | streaming |"), world.out());
    }

    @Test
    void pauseGoesToTheLeader() {
        world.leader = Optional.of("b");
        assertEquals(0, world.run("", "pause"));
        assertEquals("PATCH http://b:8008/patroni config {pause=true}", world.requests.get(0));
        assertEquals("Success: cluster management is paused\n", world.out());
    }

    @Test
    void resumeOfARunningCluster() {
        assertEquals("Error: Cluster is not paused\n", refusal("resume"));
        world.config.put("pause", "on");
        assertEquals(0, world.run("", "resume"));
        assertEquals("PATCH http://a:8008/patroni config {pause=null}", world.requests.get(1));
        assertEquals("Success: cluster management is resumed\n", world.out());
    }

    @Test
    void pauseWaitsForEveryMember() {
        world.paused.addAll(List.of("a", "b", "c"));
        assertEquals(0, world.run("", "pause", "--wait"));
        assertEquals("'pause' request sent, waiting until it is recognized by all nodes\n"
                + "Success: cluster management is paused\n", world.out());
    }

    @Test
    void pauseWithoutAnyApi() {
        world.apiDown = true;
        assertEquals(1, world.run("", "pause"));
        assertTrue(world.err().endsWith("Error: Can not find accessible cluster member\n"));
    }

    @Test
    void historyPadsShortRows() {
        world.history = new TimelineHistory(true, List.of(
                new TimelineHistory.Entry(1, new Lsn(50331744), "no recovery target specified", Optional.empty(), Optional.empty()),
                new TimelineHistory.Entry(2, new Lsn(67109192), "no recovery target specified",
                        Optional.of("2026-11-20T06:00:00+00:00"), Optional.of("b"))));
        assertEquals(0, world.run("", "history"));
        assertEquals("""
                +----+----------+------------------------------+---------------------------+------------+
                | TL |      LSN | Reason                       | Timestamp                 | New Leader |
                +----+----------+------------------------------+---------------------------+------------+
                |  1 | 50331744 | no recovery target specified |                           |            |
                |  2 | 67109192 | no recovery target specified | 2026-11-20T06:00:00+00:00 | b          |
                +----+----------+------------------------------+---------------------------+------------+
                """, world.out());
    }

    @Test
    void anEmptyHistoryInJson() {
        assertEquals(0, world.run("", "history", "-f", "json"));
        assertEquals("[]\n", world.out());
    }

    @Test
    void showConfigEndsWithAnEmptyLine() {
        assertEquals(0, world.run("", "show-config"));
        assertEquals("loop_wait: 10\nttl: 30\n\n", world.out());
    }

    @Test
    void editConfigShowsTheDifferenceAndComparesTheRevision() {
        assertEquals(0, world.run("y\n", "edit-config", "-s", "ttl=20", "-p", "work_mem=8MB"));
        assertEquals("--- \n+++ \n@@ -1,2 +1,5 @@\n loop_wait: 10\n-ttl: 30\n+postgresql:\n+  parameters:\n+    work_mem: 8MB\n"
                + "+ttl: 20\nApply these changes? [y/N]: Configuration changed\n", world.out());
        assertEquals(List.of("config {loop_wait=10, postgresql={parameters={work_mem=8MB}}, ttl=20} if 5"), world.writes);
    }

    @Test
    void editConfigRefused() {
        assertEquals(0, world.run("n\n", "edit-config", "-s", "ttl=20"));
        assertEquals(List.of(), world.writes);
        world.write = new WriteResult.Rejected("changed");
        assertEquals("Error: Config modification aborted due to concurrent changes\n",
                refusal("edit-config", "--force", "-q", "-s", "ttl=20"));
    }

    @Test
    void editConfigWithoutAChange() {
        assertEquals(0, world.run("", "edit-config", "-s", "ttl=30"));
        assertEquals("Not changed\n", world.out());
    }

    @Test
    void standardInputNeedsForce() {
        assertEquals(0, world.run("ttl: 20\n", "edit-config", "--apply", "-"));
        assertEquals("Use --force option to apply changes", world.lastLine());
        assertEquals(0, world.run("ttl: 20\n", "edit-config", "--apply", "-", "--force"));
        assertEquals(List.of("config {loop_wait=10, ttl=20} if 5"), world.writes);
    }

    @Test
    void raftFormNeedsTheTypedAddress() {
        assertEquals(1, world.run("y\n", "raft", "form", "--without", "c:1"));
        assertEquals(List.of(), world.requests);
        assertEquals(0, world.run("c:1\n", "raft", "form", "--without", "c:1"));
        assertEquals(List.of("form without [c:1]"), world.requests);
        assertTrue(world.out().contains("founded by a:1,b:1"), world.out());
    }

    @Test
    void raftFormNamesWhoDidNotAgree() {
        world.objections.put("b:1", "belongs to a group already");
        assertEquals(1, world.run("c:1\n", "raft", "form", "--without", "c:1"));
        assertTrue(world.out().contains("b:1: belongs to a group already"), world.out());
        assertEquals(1, world.run("x:1\n", "raft", "form", "--without", "x:1"));
        assertTrue(world.err().contains("only addresses of the configuration"), world.err());
    }

    @Test
    void raftMembersShowsPeersAndWhatIsMissing() {
        world.group = new GroupStatus("/service", GroupStatus.Formation.FORMED, List.of(new HostPort("10.0.0.3", 5010)),
                "one voter is away", List.of(
                new GroupStatus.PeerStatus("0a1b2c3d-1111", new HostPort("10.0.0.1", 5010), GroupStatus.Role.LEADER, true,
                        false, 3, 120, 120, OptionalLong.empty()),
                new GroupStatus.PeerStatus("deadbeef-2222", new HostPort("10.0.0.3", 5010), GroupStatus.Role.UNREACHABLE,
                        false, false, 0, -1, -1, OptionalLong.of(4000))));
        assertEquals(0, world.run("", "raft", "members"));
        assertEquals(List.of("+ Raft group: /service (formed) ----+-------------+------+--------+---------+-------------+",
                "| Address       | Id       | Role   | Raft leader | Term | Commit | Applied | State       |"),
                world.out().lines().limit(2).toList());
        assertEquals(List.of("| 10.0.0.1:5010 | 0a1b2c3d | leader | *           |    3 |    120 |     120 | running     |",
                "| 10.0.0.3:5010 | deadbeef |        |             |      |        |         | unreachable |"),
                world.out().lines().skip(3).limit(2).toList());
        assertTrue(world.out().endsWith(" Waiting for: 10.0.0.3:5010\n one voter is away\n"));
        assertEquals(2, world.run("", "raft"));
    }

    @Test
    void aChangeOfTheRaftGroupIsPlannedThenAskedThenMade() {
        world.changed = report("", ChangeReport.Refusal.NONE, "b:1 is no longer in the group");
        assertEquals(0, world.run("", "raft", "remove", "b:1", "--plan"));
        assertEquals(List.of("plan remove b:1"), world.requests);
        assertEquals("Before: 3 voters (a:1, b:1, c:1), quorum 2, tolerates the loss of 1\n"
                + "After:  2 voters (a:1, c:1), quorum 2, tolerates the loss of 0\n"
                + "Warning: the group stops when one more voter fails.\nNothing was changed.\n", world.out());
        assertEquals(1, world.run("n\n", "raft", "remove", "b:1"));
        assertEquals(List.of("plan remove b:1", "plan remove b:1"), world.requests);
        assertEquals(0, world.run("", "raft", "remove", "b:1", "--force"));
        assertEquals("remove b:1", world.requests.get(3));
        assertTrue(world.out().endsWith("Done: b:1 is no longer in the group.\n"), world.out());
    }

    @Test
    void aChangeOfTheRaftGroupThatIsRefusedSaysWhy() {
        world.changed = report("the group would lose its quorum", ChangeReport.Refusal.QUORUM, "");
        assertEquals(1, world.run("", "raft", "add", "d:1", "--listener"));
        assertEquals(List.of("plan add d:1 as a listener"), world.requests);
        assertTrue(world.err().contains("the group would lose its quorum"), world.err());
    }

    @Test
    void addingAPeerThatJoinedByItselfIsNoError() {
        world.changed = report("b:1 is a voter of the group already", ChangeReport.Refusal.KNOWN_PEER, "");
        assertEquals(0, world.run("", "raft", "add", "b:1"));
        assertTrue(world.out().endsWith("Nothing to do: b:1 is a voter of the group already.\n"), world.out());
        assertEquals(1, world.run("", "raft", "add", "b:1", "--listener"));
        assertEquals(List.of("plan add b:1", "plan add b:1 as a listener"), world.requests);
    }

    @Test
    void aNewClusterIsForcedOnlyWithTheWordsThatNameTheLoss() {
        String words = "lose b:1, c:1 and every write after entry 7";
        assertEquals(1, world.run("yes\n", "raft", "force-new-cluster"));
        assertTrue(world.out().contains("Given up: b:1,c:1. Before any of them starts again"), world.out());
        assertEquals(1, world.run("", "raft", "force-new-cluster", "--confirm", "yes"));
        assertTrue(world.err().contains("--confirm has to be: " + words), world.err());
        assertEquals(List.of("let go", "let go"), world.requests);
        assertEquals(0, world.run("", "raft", "force-new-cluster", "--confirm", words));
        assertEquals(0, world.run(words + "\n", "raft", "force-new-cluster"));
        assertEquals(List.of("let go", "let go", "found anew", "let go", "found anew", "let go"), world.requests);
    }

    private static ChangeReport report(String refusal, ChangeReport.Refusal kind, String outcome) {
        HostPort a = new HostPort("a", 1);
        HostPort b = new HostPort("b", 1);
        HostPort c = new HostPort("c", 1);
        return new ChangeReport(refusal, kind, new ChangeReport.Footing(List.of(a, b, c), List.of(), List.of()),
                new ChangeReport.Footing(List.of(a, c), List.of(), List.of()),
                List.of("the group stops when one more voter fails"), outcome);
    }

    @Test
    void helpShowsEveryCommand() {
        assertEquals(0, world.run("", "--help"));
        for (String name : List.of("list", "topology", "switchover", "failover", "pause", "resume", "history",
                "show-config", "edit-config", "raft", "demo", "gameday")) {
            assertTrue(world.out().contains("  " + name + " "), name);
        }
    }

    private String refusal(String... arguments) {
        String before = world.err();
        assertEquals(1, world.run("", arguments));
        return world.err().substring(before.length());
    }
}
