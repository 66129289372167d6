package io.matriarch.tools;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.matriarch.config.ConfigLoader;
import io.matriarch.tls.TestCertificates;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** All certificates of a cluster by one command, as OpenSSL sees them. */
class TlsCommandIT {

    @TempDir
    private Path directory;

    private final FakeWorld world = new FakeWorld();

    private static String mode(Path path) throws Exception {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
    }

    private static String verified(Path authority, Path certificate, String... more) throws Exception {
        String[] command = Stream.concat(Stream.of("openssl", "verify", "-x509_strict", "-CAfile", authority.toString()),
                Stream.concat(Stream.of(more), Stream.of(certificate.toString()))).toArray(String[]::new);
        return TestCertificates.run(command);
    }

    @Test
    void makesEverythingAndSaysWhatToWriteIntoTheYaml() throws Exception {
        Path tls = directory.resolve("tls");
        assertEquals(0, world.run("", "tls", "init", "--dir", tls.toString(), "--node", "node1=127.0.0.1", "--node",
                "node2=db2.example,10.0.0.12", "--at", tls.resolve("node1").toString()), world::err);
        for (Path closed : new Path[] {tls, tls.resolve("node1"), tls.resolve("users")}) {
            assertEquals("rwx------", mode(closed));
        }
        for (String key : new String[] {"ca.key", "raft-ca.key", "node1/raft.key", "node2/node.key", "users/root.key"}) {
            assertEquals("rw-------", mode(tls.resolve(key)), key);
        }
        assertTrue(verified(tls.resolve("raft-ca.crt"), tls.resolve("node2/raft.crt"), "-verify_ip", "10.0.0.12").endsWith("OK\n"));
        assertTrue(verified(tls.resolve("raft-ca.crt"), tls.resolve("node2/raft.crt"), "-verify_hostname", "db2.example").endsWith("OK\n"));
        assertTrue(verified(tls.resolve("ca.crt"), tls.resolve("node1/node.crt"), "-purpose", "sslserver").endsWith("OK\n"));
        assertTrue(verified(tls.resolve("ca.crt"), tls.resolve("users/root.crt"), "-purpose", "sslclient").endsWith("OK\n"));
        assertTrue(verified(tls.resolve("ca.crt"), tls.resolve("users/root.crt"), "-purpose", "sslserver").contains("unsuitable"));
        assertTrue(verified(tls.resolve("raft-ca.crt"), tls.resolve("users/root.crt")).contains("unable to get local issuer"));

        String printed = world.out();
        String yaml = printed.substring(printed.indexOf("raft:\n"), printed.indexOf("\n\nPeers with"));
        Path file = Files.writeString(directory.resolve("m.yml"), "scope: s\nname: n\npostgresql: {data_dir: /d, listen: '127.0.0.1:5432',"
                + " authentication: {superuser: {username: a}, replication: {username: b}}}\n"
                + yaml.replace("raft:\n", "raft:\n  self_addr: 127.0.0.1:2380\n  data_dir: /r\n")
                .replace("restapi:\n", "restapi:\n  listen: 127.0.0.1:8008\n"));
        var loaded = ConfigLoader.load(Optional.of(file), Map.of());
        assertEquals(tls.resolve("node1/raft.crt"), loaded.config().raft().orElseThrow().tls().orElseThrow().own().certificate());
        assertTrue(loaded.config().ctl().strictMembers() && loaded.config().etcdAdapter().tls().isPresent());
        assertTrue(loaded.warnings().stream().noneMatch(w -> w.contains("unknown")), loaded.warnings()::toString);
    }

    @Test
    void overwritesNothingAndMakesSingleOnesAnew() throws Exception {
        Path tls = directory.resolve("tls");
        assertEquals(0, world.run("", "tls", "init", "--dir", tls.toString(), "--node", "node1=127.0.0.1"));
        String before = Files.readString(tls.resolve("node1/raft.crt"));
        assertEquals(1, world.run("", "tls", "init", "--dir", tls.toString(), "--node", "node1=127.0.0.1"));
        assertTrue(world.err().contains("is not empty, and nothing is overwritten"), world.err());
        assertEquals(before, Files.readString(tls.resolve("node1/raft.crt")));
        assertEquals(0, world.run("", "tls", "issue", "--dir", tls.toString(), "--node", "node1=127.0.0.1", "--user", "app"));
        assertTrue(!before.equals(Files.readString(tls.resolve("node1/raft.crt"))));
        assertTrue(verified(tls.resolve("ca.crt"), tls.resolve("users/app.crt")).endsWith("OK\n"));
    }

    @Test
    void aNodeNeedsANameAndAnAddress() {
        for (String node : new String[] {"10.0.0.1", "a=", "=b", "../x=10.0.0.1", "users=10.0.0.1"}) {
            assertEquals(2, world.run("", "tls", "init", "--dir", directory.resolve("t").toString(), "--node", node), node);
        }
        assertTrue(Files.notExists(directory.resolve("t")));
    }
}
