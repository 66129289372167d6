package io.matriarch.tools;

import io.matriarch.cluster.ClusterView;
import io.matriarch.cluster.Member;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Turns the pause of cluster management on or off, through the first member that answers, the leader first. */
final class PauseSwitch {

    private static final int USUAL_LOOP_WAIT = 10;
    private static final long POLL_MILLIS = 1000;

    private final CtlSession session;

    PauseSwitch(CtlSession session) {
        this.session = session;
    }

    void turn(boolean paused, boolean wait) {
        ClusterView before = session.store().read();
        if (before.isPaused() == paused) {
            throw new CtlError("Cluster is " + (paused ? "already" : "not") + " paused");
        }
        MemberApi.Reply reply = ask(before, paused);
        if (reply.status() != 200) {
            session.terminal().line("Failed: " + (paused ? "pause" : "resume")
                    + " cluster management status code=" + reply.status() + ", (" + reply.text() + ")");
        } else if (!wait || noticed(before, paused)) {
            session.terminal().line("Success: cluster management is " + (paused ? "paused" : "resumed"));
        }
    }

    private MemberApi.Reply ask(ClusterView view, boolean paused) {
        List<Member> members = new ArrayList<>(view.members().values());
        members.sort(Comparator.comparing(m -> !view.isLockedBy(m.name())));
        MemberApi api = session.api();
        for (Member member : members) {
            Optional<String> url = member.record().apiUrl();
            try {
                if (url.isPresent()) {
                    return api.send("PATCH", url.get(), "config", Collections.singletonMap("pause", paused ? true : null));
                }
            } catch (IOException e) {
                session.terminal().warning("WARNING - Member " + member.name() + " is not accessible: "
                        + e.getMessage());
            }
        }
        throw new CtlError("Can not find accessible cluster member");
    }

    /** Waits for all members' keys to show it; false when some that were updated since still do not. */
    private boolean noticed(ClusterView before, boolean paused) {
        session.terminal().line("'" + (paused ? "pause" : "resume")
                + "' request sent, waiting until it is recognized by all nodes");
        Object loopWait = before.config().document().get("loop_wait");
        int seconds = (loopWait instanceof Number n ? n.intValue() : USUAL_LOOP_WAIT) + 1;
        ClusterView now = session.store().read();
        for (int i = 0; i < seconds && !behind(before, now, paused, false).isEmpty(); i++) {
            sleep();
            now = session.store().read();
        }
        List<String> refusing = behind(before, now, paused, true);
        if (!refusing.isEmpty()) {
            session.terminal().line(String.join(", ", refusing) + " members didn't recognized pause state after "
                    + seconds + " seconds");
        }
        return refusing.isEmpty();
    }

    private static List<String> behind(ClusterView before, ClusterView now, boolean paused, boolean updated) {
        Map<io.matriarch.cluster.MemberName, Member> old = before.members();
        return now.members().values().stream()
                .filter(m -> old.containsKey(m.name()) && m.record().pause() != paused)
                .filter(m -> !updated || !old.get(m.name()).modified().equals(m.modified()))
                .map(m -> m.name().value()).toList();
    }

    private static void sleep() {
        try {
            Thread.sleep(POLL_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AbortedError();
        }
    }
}
