package io.matriarch.postgres;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends signals that Java has no call for. A shell that stays does it on request, since to start a program for each
 * signal takes longer than everything else that a cut does. It ends with the agent. Any thread.
 */
final class SignalShell implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(SignalShell.class);
    private static final Path SHELL = Path.of("/bin/sh");
    // the shell's own kill: the program of that name is not everywhere
    private static final String REQUESTS =
            "while read -r name pid; do if kill -\"$name\" \"$pid\" 2>/dev/null; then echo sent; else echo refused; fi; done";
    private static final Duration TO_ANSWER = Duration.ofMillis(500);
    private static final Duration TO_RUN = Duration.ofSeconds(5);
    private static final long POLL_NANOS = 100_000;

    private final Programs programs;
    private Process shell;
    private Writer requests;
    private BufferedReader answers;

    SignalShell(Programs programs) {
        this.programs = programs;
    }

    /**
     * Returns when the signal is sent, or the process is gone.
     *
     * @throws OperationFailedException when it could not be sent to a process that lives
     */
    void send(ProcessTable.Identity process, String name) throws OperationFailedException {
        if (!process.isAlive()) {
            return;
        }
        String failure = ask(process.pid(), name);
        if (!failure.isEmpty() && process.isAlive()) {
            throw new OperationFailedException("cannot send SIG" + name + " to pid " + process.pid() + ": " + failure);
        }
    }

    /** Empty when the signal was sent, else why not. */
    private synchronized String ask(long pid, String name) throws OperationFailedException {
        try {
            if (shell == null || !shell.isAlive()) {
                start();
            }
            requests.write(name + " " + pid + "\n");
            requests.flush();
            String answer = answer();
            if (answer != null) {
                return answer.equals("sent") ? "" : answer;
            }
            LOG.info("the shell that sends signals does not answer; another one takes its place");
        } catch (IOException e) {
            LOG.info("the shell that sends signals is lost: {}", e.getMessage());
        }
        close();
        // sent twice does no harm: PostgreSQL takes each of its signals as a wish, not as a count
        Programs.Result result = programs.run(List.of(SHELL.toString(), "-c", "kill -" + name + " " + pid), Map.of(), TO_RUN);
        return result.ok() ? "" : result.complaint();
    }

    private void start() throws IOException {
        close();
        ProcessBuilder builder = new ProcessBuilder(SHELL.toString(), "-c", REQUESTS).directory(Path.of("/").toFile())
                .redirectError(ProcessBuilder.Redirect.DISCARD);
        Programs.cleanEnvironment(builder.environment());
        shell = builder.start();
        requests = shell.outputWriter(StandardCharsets.US_ASCII);
        answers = new BufferedReader(new InputStreamReader(shell.getInputStream(), StandardCharsets.US_ASCII));
    }

    /** A line, or null when none comes in time. */
    private String answer() throws IOException {
        long deadline = System.nanoTime() + TO_ANSWER.toNanos();
        while (!answers.ready()) {
            if (System.nanoTime() - deadline > 0 || !shell.isAlive()) {
                return null;
            }
            LockSupport.parkNanos(POLL_NANOS);
        }
        return answers.readLine();
    }

    /** Ends the shell; the next signal starts another one. */
    @Override
    public synchronized void close() {
        if (shell != null) {
            shell.destroyForcibly();
            shell = null;
        }
    }
}
