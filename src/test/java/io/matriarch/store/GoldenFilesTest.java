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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Logs and snapshots of former versions stay readable and mean the same. */
class GoldenFilesTest {

    @ParameterizedTest
    @ValueSource(strings = {"v1", "v1-additions"})
    void theOldLogReadsAsTheSameCommands(String name) throws IOException {
        List<Command> commands = name.equals("v1") ? GoldenFiles.commands() : GoldenFiles.additions();
        List<byte[]> log = GoldenFiles.readLog(name);
        assertEquals(commands.size(), log.size());
        for (int i = 0; i < log.size(); i++) {
            assertEquals(commands.get(i), CommandCodec.decode(log.get(i)), "entry " + i);
            assertArrayEquals(log.get(i), CommandCodec.encode(commands.get(i)), "entry " + i);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"v1", "v1-additions"})
    void theOldLogLeadsToTheSameState(String name) throws IOException {
        Store store = new Store(GoldenFiles.LIMITS);
        long index = 0;
        for (byte[] entry : GoldenFiles.readLog(name)) {
            index++;
            store.apply(index, GoldenFiles.STAMP + index, CommandCodec.decode(entry));
        }
        assertEquals(expectedState(name), GoldenFiles.describe(store));
        assertArrayEquals(GoldenFiles.read("snapshot-" + name + ".bin"), CodecTest.snapshot(store));
    }

    @ParameterizedTest
    @ValueSource(strings = {"v1", "v1-additions"})
    void theOldSnapshotReadsAsTheSameState(String name) throws IOException {
        byte[] bytes = GoldenFiles.read("snapshot-" + name + ".bin");
        Store store = CodecTest.restore(bytes);
        assertEquals(expectedState(name), GoldenFiles.describe(store));
        assertArrayEquals(bytes, CodecTest.snapshot(store));
    }

    @Test
    void theLogHasEveryKindOfCommand() {
        Set<Class<?>> kinds = new HashSet<>();
        GoldenFiles.commands().forEach(command -> kinds.add(command.getClass()));
        GoldenFiles.additions().forEach(command -> kinds.add(command.getClass()));
        assertTrue(kinds.containsAll(List.of(Command.class.getPermittedSubclasses())), kinds::toString);
    }

    private static String expectedState(String name) throws IOException {
        return new String(GoldenFiles.read("state-" + name + ".txt"), StandardCharsets.UTF_8);
    }
}
