package io.matriarch.raft;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.matriarch.config.HostPort;
import io.matriarch.raft.FormationDecision.Reply;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import org.apache.ratis.protocol.RaftGroupId;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What happens between a peer's asking of the others and its looking at itself. */
class FormationRaceTest {

    @TempDir
    Path root;

    private final Threads threads = new Threads();
    private final PeerLinks links = new PeerLinks(threads.replies());
    private final UUID founder = new UUID(1, 1);
    private HostPort other;
    private PeerDirectory directory;
    private EmbeddedServer server;
    private Formation formation;
    private Charter charter;

    @BeforeEach
    void begin() throws Exception {
        HostPort own = TestPeers.freeAddress();
        other = new HostPort("127.0.0.1", 1);
        directory = PeerDirectory.open(root);
        directory.resideAt(own.toString());
        UUID id = directory.record().id();
        LeaseNotes notes = new LeaseNotes(new LeaseClock(), System::nanoTime);
        AppliedState state = new AppliedState(StoreMachine.emptyStore(), () -> { });
        RaftGroupId group = RaftGroupId.valueOf(PeerEndpoint.groupId("test"));
        server = EmbeddedServer.start(new EmbeddedServer.Parts(id, group, own, own, () -> new StoreMachine(state, notes, new Arrivals(),
                        PeerOptions.standard().clock(), new NoSignals()), new PeerEndpoint("test", id)),
                Optional.empty(), directory, PeerOptions.standard(), threads.submit());
        formation = new Formation(directory, server, links, TestPeers.config(own, List.of(other), root));
        charter = Charter.of(new UUID(7, 7), Map.of(own, id, other, founder));
    }

    @AfterEach
    void end() throws Exception {
        formation.close();
        server.close();
        directory.close();
        links.close();
        threads.close();
    }

    @Test
    void aPeerThatAcceptedWhileItAskedAdoptsTheGroupThatItHelpedToFound() {
        formation.round(() -> answer(Stage.EMPTY));
        formation.round(() -> {
            // the founder asked, this peer accepted, the founder founded: all before its answer was read
            assertEquals("", new WireIn(formation.accept(charter)).text());
            return answer(Stage.FORMED);
        });
        assertEquals(Stage.FORMED, directory.record().stage());
        assertEquals(Optional.of(charter), directory.record().charter());
    }

    @Test
    void aPeerThatHeardTheWordWhileItAskedStaysAMember() {
        formation.round(() -> answer(Stage.EMPTY));
        formation.round(() -> {
            formation.accept(charter);
            assertEquals("", new WireIn(formation.commit(charter)).text());
            return answer(Stage.FORMED);
        });
        assertEquals(Stage.FORMED, directory.record().stage());
    }

    @Test
    void aPeerThatAcceptedNothingJoins() {
        formation.round(() -> answer(Stage.FORMED));
        assertEquals(Stage.JOINING, directory.record().stage());
    }

    @Test
    void aCharterFromWhoWasNotHeardOfIsRefused() {
        assertEquals("has not reached " + other + " yet", new WireIn(formation.accept(charter)).text());
        assertEquals(Stage.EMPTY, directory.record().stage());
    }

    private Map<String, Reply> answer(Stage stage) {
        Optional<Charter> agreed = stage == Stage.FORMED ? Optional.of(charter) : Optional.empty();
        Hello hello = new Hello(founder, other, formation.self().list(), stage, agreed, new TreeSet<>(Set.of()), false);
        return Map.of(other.toString(), new Reply.Present(hello));
    }

    private static final class NoSignals implements StoreMachine.Signals {

        @Override
        public void leaderChanged() {
            // nobody expires leases here
        }

        @Override
        public void applied(long index, long bytes) {
            // nothing is counted here
        }

        @Override
        public void awaitedElsewhere() {
            // nobody
        }

        @Override
        public void snapshotTaken() {
            // nothing is counted here
        }

        @Override
        public void logFailed() {
            // the disk of a test is not looked after
        }
    }
}
