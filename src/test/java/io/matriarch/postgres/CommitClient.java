package io.matriarch.postgres;

import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * Commits as fast as it can on one connection and notes when each commit was acknowledged. Speaks the protocol itself, so
 * that it can send far ahead of the answers.
 */
final class CommitClient implements AutoCloseable {

    private static final byte[] INSERT = query("INSERT INTO t VALUES (1)");
    private static final int READY = 'Z';
    private static final int DONE = 'C';

    private final Socket socket;
    private final Semaphore window;
    private final Thread writer;
    private final Thread reader;
    private volatile boolean stopped;
    private long[] acknowledged = new long[1 << 16];
    private int count;

    /** @param ahead how many commits may be under way; 1 is a client that waits for each */
    CommitClient(int port, int ahead) throws IOException {
        socket = new Socket("127.0.0.1", port);
        socket.setTcpNoDelay(true);
        window = new Semaphore(ahead);
        startUp();
        writer = thread("commits", this::write);
        reader = thread("acknowledgements", this::read);
    }

    private static Thread thread(String name, Runnable work) {
        Thread thread = new Thread(work, name);
        thread.setDaemon(true);
        thread.start();
        return thread;
    }

    private static byte[] query(String sql) {
        byte[] text = sql.getBytes(StandardCharsets.US_ASCII);
        byte[] message = new byte[text.length + 6];
        message[0] = 'Q';
        message[4] = (byte) (text.length + 5);
        System.arraycopy(text, 0, message, 5, text.length);
        return message;
    }

    private void startUp() throws IOException {
        byte[] parameters = "user\0postgres\0database\0postgres\0\0".getBytes(StandardCharsets.US_ASCII);
        DataOutputStream out = new DataOutputStream(socket.getOutputStream());
        out.writeInt(8 + parameters.length);
        out.writeInt(3 << 16);
        out.write(parameters);
        out.flush();
        InputStream in = socket.getInputStream();
        int type = in.read();
        while (type != READY) {
            if (type < 0 || type == 'E') {
                throw new IOException("no connection");
            }
            skip(in);
            type = in.read();
        }
        skip(in);
    }

    private static void skip(InputStream in) throws IOException {
        int length = (in.read() << 24 | in.read() << 16 | in.read() << 8 | in.read()) - 4;
        in.skipNBytes(length);
    }

    private void write() {
        try {
            while (!stopped) {
                if (window.tryAcquire(100, TimeUnit.MILLISECONDS)) {
                    int more = window.drainPermits();
                    byte[] all = new byte[INSERT.length * (more + 1)];
                    for (int i = 0; i <= more; i++) {
                        System.arraycopy(INSERT, 0, all, i * INSERT.length, INSERT.length);
                    }
                    socket.getOutputStream().write(all);
                }
            }
        } catch (IOException | InterruptedException e) {
            stopped = true; // the server is gone
        }
    }

    private void read() {
        byte[] buffer = new byte[1 << 16];
        byte[] header = new byte[5];
        int have = 0;
        int skip = 0;
        try {
            InputStream in = socket.getInputStream();
            int n = in.read(buffer);
            while (n >= 0) {
                long now = System.nanoTime();
                int at = 0;
                while (at < n) {
                    if (skip > 0) {
                        int part = Math.min(skip, n - at);
                        skip -= part;
                        at += part;
                        continue;
                    }
                    header[have++] = buffer[at++];
                    if (have == header.length) {
                        have = 0;
                        skip = ((header[1] & 255) << 24 | (header[2] & 255) << 16 | (header[3] & 255) << 8 | header[4] & 255) - 4;
                        if (header[0] == DONE) {
                            note(now);
                        }
                    }
                }
                n = in.read(buffer);
            }
        } catch (IOException e) {
            stopped = true; // the server is gone
        }
        stopped = true;
    }

    private synchronized void note(long nanos) {
        if (count == acknowledged.length) {
            acknowledged = Arrays.copyOf(acknowledged, count * 2);
        }
        acknowledged[count++] = nanos;
        window.release();
    }

    synchronized int count() {
        return count;
    }

    /** How many were acknowledged after that moment of {@link System#nanoTime}. */
    synchronized long after(long nanos) {
        return Arrays.stream(acknowledged, 0, count).filter(t -> t - nanos > 0).count();
    }

    /** When the last one was acknowledged. */
    synchronized long last() {
        return count == 0 ? 0 : acknowledged[count - 1];
    }

    boolean isOver() {
        return stopped && !reader.isAlive();
    }

    @Override
    public void close() throws IOException {
        stopped = true;
        socket.close();
        writer.interrupt();
    }
}
