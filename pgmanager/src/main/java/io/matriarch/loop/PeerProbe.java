package io.matriarch.loop;

import io.matriarch.cluster.MemberName;
import io.matriarch.ha.CutVote;
import io.matriarch.ha.OperatorIntent;
import io.matriarch.ha.PeerReport;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;

/** Port: asks other members for their status over their REST API. */
public interface PeerProbe extends AutoCloseable {

    /**
     * Asks and waits: until everyone in {@code needed} has answered and those in {@code welcome} have answered or had
     * 100 ms, at most {@code patience} in all.
     *
     * @param apiUrls where each member is to be asked
     * @return the answers that came; members that did not answer are missing
     */
    Map<MemberName, PeerReport> ask(Map<MemberName, String> apiUrls, Set<MemberName> needed,
                                    Set<MemberName> welcome, Duration patience);

    /**
     * Asks members to cut themselves, everyone at once, and returns without waiting for them.
     *
     * @param apiUrls where each member is to be asked
     * @param request what they are asked
     * @return waits until {@code needed} of them have voted, at most until {@code patience} has passed since they were
     *         asked, and gives the votes that came by then, all of the request's epoch; with them those that came too late
     *         for an equal request before. By the same thread
     */
    Supplier<Map<MemberName, CutVote>> cut(Map<MemberName, String> apiUrls, OperatorIntent.CutRequest request, int needed,
                                           Duration patience);

    /**
     * Asks members to promise not to take the leader lock while the asker leads without the store; waits for all of them.
     *
     * @param apiUrls  where each member is to be asked
     * @param question the body of the request
     * @return those that have promised it
     */
    default Set<MemberName> failsafe(Map<MemberName, String> apiUrls, String question, Duration patience) {
        return Set.of();
    }

    @Override
    void close();
}
