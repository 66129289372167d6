package io.matriarch.postgres;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The two FIFOs between an agent and the guard of its data directory. A guard makes them, and they outlive it.
 *
 * <p>Threads: any. {@link #send} never blocks: a thread of the channel's own writes, since the FIFO of a guard that is
 * frozen fills up, and another one reads.
 */
final class GuardChannel implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(GuardChannel.class);
    private static final int MOST_WAITING = 16;

    private final FileChannel feed;
    private final FileChannel reply;
    private final BlockingQueue<String> waiting = new ArrayBlockingQueue<>(MOST_WAITING);
    private final Thread writer;
    private final Thread reader;
    private GuardAnswer last;
    private volatile boolean closed;

    private GuardChannel(FileChannel feed, FileChannel reply) {
        this.feed = feed;
        this.reply = reply;
        this.writer = thread("guard-feed", this::write);
        this.reader = thread("guard-replies", this::read);
    }

    private static Thread thread(String name, Runnable work) {
        Thread thread = new Thread(work, name);
        thread.setDaemon(true);
        thread.start();
        return thread;
    }

    /** Empty while no guard has made the FIFOs. Opened for both directions each, so that opening never blocks. */
    static Optional<GuardChannel> open(Path run) throws IOException {
        Path feed = run.resolve("feed");
        Path reply = run.resolve("reply");
        if (!isFifo(feed) || !isFifo(reply)) {
            return Optional.empty();
        }
        FileChannel out = FileChannel.open(feed, StandardOpenOption.READ, StandardOpenOption.WRITE);
        return Optional.of(new GuardChannel(out, FileChannel.open(reply, StandardOpenOption.READ, StandardOpenOption.WRITE)));
    }

    private static boolean isFifo(Path path) throws IOException {
        return Files.exists(path) && Files.readAttributes(path, java.nio.file.attribute.BasicFileAttributes.class).isOther();
    }

    /** Hands a line over to be written; the oldest that waits gives way when there are too many. */
    void send(String line) {
        while (!waiting.offer(line + "\n")) {
            waiting.poll();
        }
    }

    /** The newest answer that fits, waited for at most so long; one that came before the call counts too. */
    synchronized Optional<GuardAnswer> await(Predicate<GuardAnswer> wanted, long millis) throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
        while (last == null || !wanted.test(last)) {
            long left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
            if (left <= 0 || closed) {
                return Optional.empty();
            }
            wait(left);
        }
        return Optional.of(last);
    }

    private synchronized void heard(GuardAnswer answer) {
        last = answer;
        notifyAll();
    }

    private void write() {
        try {
            while (!closed) {
                ByteBuffer bytes = ByteBuffer.wrap(waiting.take().getBytes(StandardCharsets.US_ASCII));
                feed.write(bytes);
            }
        } catch (ClosedChannelException | InterruptedException e) {
            LOG.debug("the guard is fed no more");
        } catch (IOException e) {
            LOG.error("cannot feed the guard", e);
        }
    }

    private void read() {
        ByteBuffer bytes = ByteBuffer.allocate(4096);
        StringBuilder text = new StringBuilder();
        try {
            while (!closed) {
                bytes.clear();
                reply.read(bytes);
                text.append(new String(bytes.array(), 0, bytes.position(), StandardCharsets.US_ASCII));
                for (int end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n")) {
                    line(text.substring(0, end));
                    text.delete(0, end + 1);
                }
            }
        } catch (ClosedChannelException e) {
            LOG.debug("the guard is heard no more");
        } catch (IOException e) {
            LOG.error("cannot hear the guard", e);
        }
    }

    private void line(String text) {
        Optional<GuardAnswer> answer = GuardAnswer.parse(text);
        answer.ifPresent(this::heard);
        if (answer.isEmpty() && text.startsWith("killed ")) {
            LOG.warn("the guard has {}", text);
        } else {
            LOG.debug("the guard says: {}", text);
        }
    }

    /** The FIFOs stay; a guard that runs is not told. */
    @Override
    public void close() {
        closed = true;
        writer.interrupt();
        reader.interrupt();
        try {
            feed.close();
            reply.close();
        } catch (IOException e) {
            LOG.debug("closing the FIFOs of the guard", e);
        }
    }
}
