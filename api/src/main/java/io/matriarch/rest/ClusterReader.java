package io.matriarch.rest;

import io.matriarch.cluster.ClusterView;
import io.matriarch.dcs.Dcs;
import io.matriarch.loop.NodeStatus;
import io.matriarch.loop.StatusBoard;
import io.matriarch.loop.Ticker;
import java.time.Duration;
import java.util.Optional;

/** Where the endpoints get the view of the cluster from. Threads: any. */
final class ClusterReader {

    static final Duration TIMEOUT = Duration.ofSeconds(5);

    private final StatusBoard board;
    private final Ticker ticker;
    private final Dcs dcs;

    ClusterReader(StatusBoard board, Ticker ticker, Dcs dcs) {
        this.board = board;
        this.ticker = ticker;
        this.dcs = dcs;
    }

    /** The view of this moment, from the store. Refuses when the store does not answer. */
    ClusterView fresh() throws Refusal {
        Optional<ClusterView> view = dcs.view(Duration.ZERO, TIMEOUT);
        if (view.isEmpty()) {
            throw Refusal.text(503, "the state of the cluster cannot be read: the store did not answer within "
                    + TIMEOUT.toSeconds() + " seconds");
        }
        return view.get();
    }

    /** What the loop knows, or the view of this moment when that has aged beyond {@code ttl}. */
    ClusterView known() throws Refusal {
        Optional<ClusterView> known = remembered();
        return known.isPresent() ? known.get() : fresh();
    }

    /** What the loop knows, unless it has aged beyond {@code ttl}. */
    Optional<ClusterView> remembered() {
        return board.read().flatMap(s -> s.freshCluster(ticker.now()));
    }

    Optional<NodeStatus> status() {
        return board.read();
    }
}
