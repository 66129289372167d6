package io.matriarch.raft;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.matriarch.raft.DiskSpace.Level;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** When the peer stops for lack of space, and what the reserve does meanwhile. */
class DiskSpaceTest {

    private static final long MIB = 1 << 20;

    @TempDir
    Path root;

    private long free = 1000 * MIB;
    private boolean broken;

    @Test
    void withSpaceTheReserveIsTaken() throws IOException {
        DiskSpace space = space();
        assertTrue(space.isDue());
        assertEquals(Level.ENOUGH, space.look());
        assertEquals(DiskSpace.RESERVE, Files.size(reserve()));
        assertFalse(space.isDue());
    }

    @Test
    void withLittleSpaceAnOperatorIsWarned() {
        DiskSpace space = space();
        space.look();
        free = DiskSpace.LOW - 1;
        assertTrue(space.isDue());
        assertEquals(Level.LOW, space.look());
        assertTrue(Files.exists(reserve()));
        assertFalse(space.isDue());
    }

    @Test
    void withAlmostNoneTheReserveIsReleased() {
        DiskSpace space = space();
        space.look();
        free = DiskSpace.LEAST - 1;
        assertEquals(Level.EXHAUSTED, space.look());
        assertFalse(Files.exists(reserve()));
    }

    @Test
    void theReleasedReserveIsNotTakenForNewSpace() {
        DiskSpace space = space();
        space.look();
        free = DiskSpace.LEAST - 1;
        space.look();
        free += DiskSpace.RESERVE;
        assertEquals(Level.EXHAUSTED, space.look());
        assertFalse(space.isDue());
        free = 2 * DiskSpace.LEAST + DiskSpace.RESERVE;
        assertTrue(space.isDue());
        assertEquals(Level.LOW, space.look());
        assertTrue(Files.exists(reserve()));
    }

    @Test
    void aSmallDiskWorksWithoutReserve() {
        free = DiskSpace.LEAST + MIB;
        DiskSpace space = space();
        assertEquals(Level.LOW, space.look());
        assertFalse(Files.exists(reserve()));
        assertFalse(space.isDue());
    }

    @Test
    void theReserveOfAFormerRunIsKnown() {
        space().look();
        free = DiskSpace.LEAST + 1;
        assertEquals(Level.LOW, space().look());
        assertTrue(Files.exists(reserve()));
    }

    @Test
    void aDiskThatCannotBeMeasuredIsNotWrittenTo() {
        DiskSpace space = space();
        space.look();
        broken = true;
        assertTrue(space.isDue());
        assertEquals(Level.EXHAUSTED, space.look());
        assertFalse(space.isDue());
    }

    private DiskSpace space() {
        return new DiskSpace(root, () -> {
            if (broken) {
                throw new IOException("broken");
            }
            return free;
        });
    }

    private Path reserve() {
        return root.resolve("reserve");
    }
}
