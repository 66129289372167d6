package io.matriarch.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Logs and snapshots of former versions stay readable and mean the same. */
class GoldenFilesTest {

    @Test
    void theOldLogReadsAsTheSameCommands() throws IOException {
        List<Command> commands = GoldenFiles.commands();
        List<byte[]> log = GoldenFiles.readLog();
        assertEquals(commands.size(), log.size());
        for (int i = 0; i < log.size(); i++) {
            assertEquals(commands.get(i), CommandCodec.decode(log.get(i)), "entry " + i);
            assertArrayEquals(log.get(i), CommandCodec.encode(commands.get(i)), "entry " + i);
        }
    }

    @Test
    void theOldLogLeadsToTheSameState() throws IOException {
        Store store = new Store(GoldenFiles.LIMITS);
        long index = 0;
        for (byte[] entry : GoldenFiles.readLog()) {
            index++;
            store.apply(index, GoldenFiles.STAMP + index, CommandCodec.decode(entry));
        }
        assertEquals(expectedState(), GoldenFiles.describe(store));
        assertArrayEquals(GoldenFiles.read("snapshot-v1.bin"), CodecTest.snapshot(store));
    }

    @Test
    void theOldSnapshotReadsAsTheSameState() throws IOException {
        byte[] bytes = GoldenFiles.read("snapshot-v1.bin");
        Store store = CodecTest.restore(bytes);
        assertEquals(expectedState(), GoldenFiles.describe(store));
        assertArrayEquals(bytes, CodecTest.snapshot(store));
    }

    @Test
    void theLogHasEveryKindOfCommand() {
        Set<Class<?>> kinds = new HashSet<>();
        GoldenFiles.commands().forEach(command -> kinds.add(command.getClass()));
        GoldenFiles.additions().forEach(command -> kinds.add(command.getClass()));
        assertTrue(kinds.containsAll(List.of(Command.class.getPermittedSubclasses())), kinds::toString);
    }

    private static String expectedState() throws IOException {
        return new String(GoldenFiles.read("state-v1.txt"), StandardCharsets.UTF_8);
    }
}
