package io.matriarch.raft;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks after the group inside this process. What Ratis closed after an error is opened again from its files; on a disk
 * that is nearly full the leadership is handed on and the group closed until there is space again; a peer that the group
 * goes on without stops for good.
 */
final class Lookout implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Lookout.class);
    private static final long LOOK_MILLIS = 1_000;
    private static final long REPEAT_NANOS = Duration.ofSeconds(10).toNanos();
    private static final long TRANSFER_MILLIS = 1_000;

    private final EmbeddedServer server;
    private final Formation formation;
    private final Membership membership;
    private final PeerDirectory directory;
    private final Standing standing;
    private final DiskSpace space;
    private final CompletableFuture<RatisPeer.End> ended = new CompletableFuture<>();
    private volatile boolean closed;
    private volatile String trouble = "";
    private DiskSpace.Level level = DiskSpace.Level.ENOUGH;
    private boolean haltedForSpace;
    private long triedAt = System.nanoTime() - REPEAT_NANOS;
    private Executor executor = Runnable::run;

    Lookout(EmbeddedServer server, Formation formation, Membership membership, PeerDirectory directory,
            Standing standing, DiskSpace space) {
        this.server = server;
        this.formation = formation;
        this.membership = membership;
        this.directory = directory;
        this.standing = standing;
        this.space = space;
    }

    void start(ScheduledExecutorService timer, Executor work) {
        executor = work;
        if (directory.record().stage() == Stage.REMOVED) {
            endAsRemoved();
            return;
        }
        timer.scheduleWithFixedDelay(() -> {
            if (!closed && !ended.isDone() && (space.isDue() || haltedForSpace || isOpenable() && standing.isDoubtful())) {
                lookNow();
            }
        }, LOOK_MILLIS, LOOK_MILLIS, TimeUnit.MILLISECONDS);
    }

    /** Looks at once, as after a write that failed. */
    void lookNow() {
        try {
            executor.execute(this::look);
        } catch (RejectedExecutionException e) {
            // busy or closing: the next look comes in a second
            LOG.debug("not looked", e);
        }
    }

    /** Completes when this peer takes part no more. */
    CompletableFuture<RatisPeer.End> ended() {
        return ended;
    }

    /** What is wrong at the moment, in a sentence; empty when nothing is. */
    String trouble() {
        return trouble;
    }

    /** The group was on this disk once. */
    private boolean isOpenable() {
        return directory.record().started();
    }

    private synchronized void look() {
        if (closed || ended.isDone()) {
            return;
        }
        noteSpace(space.look());
        if (level == DiskSpace.Level.EXHAUSTED) {
            halt();
        } else if (haltedForSpace) {
            haltedForSpace = !reopen("There is space again");
        } else if (isOpenable() && System.nanoTime() - triedAt >= REPEAT_NANOS && standing.isDoubtful()) {
            triedAt = System.nanoTime();
            if (directory.record().stage() == Stage.FORMED && standing.isRemoved()) {
                remove();
            } else if (server.isStopped()) {
                reopen("Ratis closed this peer");
            }
        }
    }

    private void noteSpace(DiskSpace.Level now) {
        if (now == level) {
            return;
        }
        String left = space.usable() / 1024 + " KiB are left on the disk of " + directory.root();
        switch (now) {
            case ENOUGH -> LOG.info("Raft: {}, which is enough.", left);
            case LOW -> LOG.warn("Raft: {}. With less than {} KiB this peer stops.", left, DiskSpace.LEAST / 1024);
            case EXHAUSTED -> LOG.error("Raft: {}. This peer stops until there is space again.", left);
        }
        trouble = switch (now) {
            case ENOUGH -> "";
            case LOW -> "the disk is nearly full: " + left;
            case EXHAUSTED -> "stopped since the disk is full: " + left + "; it goes on by itself when there is space";
        };
        level = now;
    }

    private void halt() {
        if (!haltedForSpace) {
            haltedForSpace = true;
            if (!server.isStopped()) {
                membership.transferAway().completeOnTimeout(false, TRANSFER_MILLIS, TimeUnit.MILLISECONDS).join();
            }
        }
        server.closeGroup();
    }

    private void remove() {
        try {
            directory.save(directory.record().withStage(Stage.REMOVED));
        } catch (IOException e) {
            LOG.error("Cannot write to the Raft data directory {}: {}", directory.root(), e.toString());
        }
        server.closeGroup();
        endAsRemoved();
    }

    private void endAsRemoved() {
        String sentence = "this peer was removed from the group, which goes on without it; to take it in as a new"
                + " one move " + directory.root() + " away and start again";
        end(sentence, false);
    }

    private void end(String sentence, boolean curedByRestart) {
        LOG.error("Raft: {}.", sentence);
        trouble = sentence;
        formation.stopped(sentence);
        ended.complete(new RatisPeer.End(sentence, curedByRestart));
    }

    private boolean reopen(String why) {
        if (!isOpenable()) {
            return true;
        }
        LOG.warn("{}; it is opened again from {}.", why, directory.root());
        try {
            directory.hideLog(server.group(), false);
            server.reopenGroup(Formation.firstPeers(directory.record()));
            return true;
        } catch (IOException | RuntimeException e) {
            if (StartFailure.isDamage(e)) {
                end("the files in " + directory.root() + " are damaged: " + e.getMessage() + "; start this process again,"
                        + " it then joins as a new peer if the others are a majority", true);
                return true;
            }
            LOG.error("The Raft peer cannot be opened again: {}. It is tried once more soon.", e.toString());
            return false;
        }
    }

    @Override
    public void close() {
        closed = true;
    }
}
