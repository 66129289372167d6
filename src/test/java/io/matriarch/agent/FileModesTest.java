package io.matriarch.agent;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.matriarch.config.ClientCheck;
import io.matriarch.config.EtcdAdapterConfig;
import io.matriarch.config.HostPort;
import io.matriarch.config.KeyFiles;
import io.matriarch.config.ServerTls;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FileModesTest {

    @TempDir
    private Path directory;

    @ParameterizedTest
    @CsvSource({"rw-------,true", "rw-r-----,true", "rw-r--r--,false", "rw----rw-,false"})
    void aKeyOfTheStoreIsForNobodyElse(String mode, boolean fine) throws Exception {
        Path key = Files.createFile(directory.resolve("k"));
        Files.setPosixFilePermissions(key, PosixFilePermissions.fromString(mode));
        EtcdAdapterConfig adapter = new EtcdAdapterConfig(true, new HostPort("127.0.0.1", 2379), Optional.empty(), false,
                Optional.empty(), Optional.of(new ServerTls(new KeyFiles(key, key, Optional.empty()), Optional.empty(), ClientCheck.NONE)));
        if (fine) {
            assertDoesNotThrow(() -> FileModes.requireSecret(Optional.empty(), adapter));
        } else {
            StartupException e = assertThrows(StartupException.class, () -> FileModes.requireSecret(Optional.empty(), adapter));
            assertTrue(e.getMessage().startsWith("etcd_adapter.keyfile: everybody on this host can read " + key), e::getMessage);
        }
    }
}
