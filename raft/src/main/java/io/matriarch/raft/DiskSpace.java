package io.matriarch.raft;

import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.SplittableRandom;

/**
 * The space left for the log, and a reserve file that keeps some of it.
 *
 * <p>Ratis replaces its term and vote by an empty file when it writes them on a full disk. So the peer stops before that,
 * and the reserve gives it room to stop in: it is released when less than {@link #LEAST} is left, and taken again when
 * there is room for both. Threads: any.
 */
final class DiskSpace {

    /** With less than this the peer does not work, in bytes. */
    static final long LEAST = 8L << 20;
    /** Size of the reserve, in bytes. */
    static final long RESERVE = 8L << 20;
    /** With less than this an operator is warned, in bytes. */
    static final long LOW = 64L << 20;

    private static final int CHUNK = 1 << 16;

    /** How much there is. */
    enum Level { ENOUGH, LOW, EXHAUSTED }

    /** Tells the usable space of a file system in bytes. */
    interface Gauge {
        long usable() throws IOException;
    }

    private final Path reserve;
    private final Gauge gauge;
    private Level level = Level.ENOUGH;
    private long held = -1;
    private volatile long usable;

    DiskSpace(Path root) throws IOException {
        this(root, gauge(root));
    }

    DiskSpace(Path root, Gauge gauge) {
        this.reserve = root.resolve("reserve");
        this.gauge = gauge;
    }

    private static Gauge gauge(Path root) throws IOException {
        return Files.getFileStore(root)::getUsableSpace;
    }

    /** Measures only, which is cheap: whether a {@link #look} would change anything. */
    synchronized boolean isDue() {
        try {
            usable = gauge.usable();
            return held < 0 || level() != level || mayTake();
        } catch (IOException e) {
            return level != Level.EXHAUSTED;
        }
    }

    /** Measures, and releases or takes the reserve. A disk that cannot be measured or written counts as exhausted. */
    synchronized Level look() {
        try {
            usable = gauge.usable();
            held = Files.exists(reserve) ? Files.size(reserve) : 0;
            level = level();
            if (level == Level.EXHAUSTED) {
                Files.deleteIfExists(reserve);
                held = 0;
            } else if (mayTake()) {
                take();
                held = RESERVE;
            }
        } catch (IOException e) {
            held = 0;
            level = Level.EXHAUSTED;
        }
        return level;
    }

    private Level level() {
        boolean exhausted = level == Level.EXHAUSTED ? usable < enoughToTake() : usable < LEAST;
        return exhausted ? Level.EXHAUSTED : usable < LOW ? Level.LOW : Level.ENOUGH;
    }

    private boolean mayTake() {
        return held < RESERVE && usable >= enoughToTake() && level() != Level.EXHAUSTED;
    }

    private long enoughToTake() {
        return 2 * LEAST + RESERVE - Math.max(0, held);
    }

    /** Bytes that were left at the last look. */
    long usable() {
        return usable;
    }

    /** Real blocks, so no file system can keep them back by compressing or skipping zeros. */
    private void take() throws IOException {
        Path unfinished = reserve.resolveSibling("reserve.tmp");
        SplittableRandom chance = new SplittableRandom(RESERVE);
        byte[] chunk = new byte[CHUNK];
        try (FileOutputStream out = new FileOutputStream(unfinished.toFile())) {
            for (long written = 0; written < RESERVE; written += CHUNK) {
                chance.nextBytes(chunk);
                out.write(chunk);
            }
            out.getFD().sync();
        } catch (IOException e) {
            Files.deleteIfExists(unfinished);
            throw e;
        }
        Files.move(unfinished, reserve, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }
}
