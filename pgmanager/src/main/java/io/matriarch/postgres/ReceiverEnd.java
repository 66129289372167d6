package io.matriarch.postgres;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;

/**
 * Ends the WAL receiver of a server whose configuration has just lost its source, and makes sure that none comes after it.
 *
 * <p>A reload alone is not enough: a startup process that pauses, or waits for a conflicting query, reads its
 * configuration only when it goes on, and the receiver works on meanwhile. To end the receiver is not enough either: the
 * startup process may be about to ask for another one. So every process that can have a hand in it must have been seen to
 * get on since it was told, and then a scan must find no receiver.
 */
final class ReceiverEnd {

    private static final Duration POLL = Duration.ofMillis(2);
    private static final String TITLE = "postgres: ";
    private static final String RECEIVER = "postgres: (.*: )?walreceiver\\b.*";
    private static final int CLEAN_SCANS = 2;

    private final ServerProcess server;

    ReceiverEnd(ServerProcess server) {
        this.server = server;
    }

    /**
     * Returns when no receiver is left and none can come.
     *
     * @throws OperationFailedException when that could not be made sure in time
     */
    void await(Duration timeout) throws OperationFailedException {
        long deadline = System.nanoTime() + timeout.toNanos();
        ProcessTable.Identity postmaster = server.postmaster().orElseThrow(() -> new OperationFailedException("no server runs"));
        server.signal(postmaster, "HUP");
        ProcessTable.Identity startup = startup(deadline);
        ProcessTable.Progress before = progress(startup);
        server.signal(startup, "HUP"); // by itself: through the postmaster it comes later
        endReceivers();
        while (!before.hasGoneOn(progress(startup))) {
            pause(deadline, "the startup process stands still");
            endReceivers();
        }
        // What the startup process asked for before it was told, it has asked for by now. The postmaster serves it before
        // it sleeps again.
        while (ProcessTable.progress(postmaster).filter(ProcessTable.Progress::sleeps).isEmpty()) {
            pause(deadline, "the postmaster does not come to rest");
            endReceivers();
        }
        for (int clean = 0; clean < CLEAN_SCANS; clean = endReceivers() ? clean + 1 : 0) {
            pause(deadline, "the WAL receiver does not end");
        }
    }

    private ProcessTable.Identity startup(long deadline) throws OperationFailedException {
        Optional<ProcessTable.Identity> found = server.startupProcess();
        while (found.isEmpty()) {
            pause(deadline, "there is no startup process");
            endReceivers();
            found = server.startupProcess();
        }
        return found.get();
    }

    private static ProcessTable.Progress progress(ProcessTable.Identity process) throws OperationFailedException {
        return ProcessTable.progress(process).orElseThrow(() -> new OperationFailedException("the startup process ended"));
    }

    /** Tells every receiver to end; true when there was none, and no process that might still become one. */
    private boolean endReceivers() {
        boolean none = true;
        Optional<ProcessTable.Identity> postmaster = server.postmaster();
        for (ProcessTable.Identity process : server.all()) {
            String title = ProcessTable.commandLine(process.pid());
            boolean isReceiver = title.matches(RECEIVER);
            boolean isNew = !title.isEmpty() && !title.startsWith(TITLE) && !postmaster.equals(Optional.of(process));
            if (isReceiver) {
                ProcessHandle.of(process.pid()).ifPresent(ProcessHandle::destroy);
            }
            none &= !isReceiver && !isNew;
        }
        return none;
    }

    private static void pause(long deadline, String why) throws OperationFailedException {
        if (System.nanoTime() - deadline > 0) {
            throw new OperationFailedException(why);
        }
        LockSupport.parkNanos(POLL.toNanos());
    }
}
