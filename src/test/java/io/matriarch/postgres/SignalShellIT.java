package io.matriarch.postgres;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Signals arrive, whatever happens to the shell that sends them. */
class SignalShellIT {

    private static final int TERM = 15;
    private static final int HUP = 1;

    private SignalShell signals;
    private Process target;

    @BeforeEach
    void start() throws IOException {
        PostgresBinaries binaries = PostgresBinaries.find(Optional.empty(), java.util.Map.of(), Optional.empty());
        signals = new SignalShell(new Programs(binaries, TestMember.prefix()));
        target = new ProcessBuilder("sleep", "60").start();
    }

    @AfterEach
    void end() {
        signals.close();
        target.destroyForcibly();
    }

    private static ProcessTable.Identity identity(Process process) {
        return ProcessTable.look(process.pid()).orElseThrow();
    }

    private static int endOf(Process process) throws InterruptedException {
        assertTrue(process.waitFor(10, TimeUnit.SECONDS), "the signal did not arrive");
        return process.exitValue() - 128;
    }

    private static List<ProcessHandle> shells() {
        return ProcessHandle.current().children()
                .filter(child -> ProcessTable.commandLine(child.pid()).contains("read -r name pid")).toList();
    }

    @Test
    void aSignalArrivesAndTheShellStays() throws Exception {
        signals.send(identity(target), "CONT");
        List<ProcessHandle> first = shells();
        signals.send(identity(target), "TERM");
        assertEquals(TERM, endOf(target));
        assertEquals(first, shells());
        assertEquals(1, first.size());
    }

    @Test
    void aProcessThatIsGoneIsNoFailure() throws Exception {
        ProcessTable.Identity gone = identity(target);
        target.destroyForcibly().waitFor();
        signals.send(gone, "HUP");
    }

    @Test
    void anotherProcessOfTheSameIdGetsNothing() throws Exception {
        ProcessTable.Identity present = identity(target);
        signals.send(new ProcessTable.Identity(present.pid(), present.startTicks() + 1), "TERM");
        signals.send(present, "HUP");
        assertEquals(HUP, endOf(target), "the first signal was for one that is gone");
    }

    @Test
    void aKilledShellIsReplaced() throws Exception {
        signals.send(identity(target), "CONT");
        ProcessHandle shell = shells().get(0);
        shell.destroyForcibly();
        shell.onExit().get(10, TimeUnit.SECONDS);
        signals.send(identity(target), "HUP");
        assertEquals(HUP, endOf(target));
    }

    @Test
    void aFrozenShellIsNotWaitedFor() throws Exception {
        signals.send(identity(target), "CONT");
        ProcessHandle shell = shells().get(0);
        TestMember.signal("STOP", shell.pid());
        signals.send(identity(target), "HUP");
        assertEquals(HUP, endOf(target));
        shell.onExit().get(10, TimeUnit.SECONDS);
    }
}
