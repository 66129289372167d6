package io.matriarch.loop;

import io.matriarch.cluster.MemberName;
import io.matriarch.ha.CutVote;
import io.matriarch.ha.OperatorIntent;
import io.matriarch.ha.Tick;
import java.util.HashMap;
import java.util.Map;

/**
 * The votes for one request as they come in, however often it is sent. A vote that came too late for one wait counts in the
 * next: who is cut stays cut. Any thread.
 */
final class VoteRound {

    private final OperatorIntent.CutRequest request;
    private final Map<MemberName, CutVote> votes = new HashMap<>();
    private final Map<MemberName, Integer> open = new HashMap<>();

    VoteRound(OperatorIntent.CutRequest request) {
        this.request = request;
    }

    boolean isOf(OperatorIntent.CutRequest other) {
        return other.equals(request);
    }

    /** Notes that a member is asked; false when it has voted already. */
    synchronized boolean ask(MemberName name) {
        boolean needed = !votes.containsKey(name);
        if (needed) {
            open.merge(name, 1, Integer::sum);
        }
        return needed;
    }

    /** What became of one question; null when there was no answer. A vote for something else counts for nothing. */
    synchronized void settle(MemberName name, CutVote vote) {
        open.computeIfPresent(name, (n, questions) -> questions > 1 ? questions - 1 : null);
        if (vote != null && vote.epoch().equals(request.epoch())) {
            votes.put(name, vote);
        }
        notifyAll();
    }

    /** Waits until so many have voted or nobody is left who might, at most until {@code end}. The votes so far. */
    synchronized Map<MemberName, CutVote> await(int needed, Ticker ticker, Tick end) {
        try {
            for (long left = left(ticker, end); left > 0 && votes.size() < needed && !open.isEmpty(); left = left(ticker, end)) {
                wait(left);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return new HashMap<>(votes);
    }

    private static long left(Ticker ticker, Tick end) {
        return end.since(ticker.now()).toMillis();
    }
}
