package io.matriarch.tls;

import io.matriarch.config.KeyFiles;
import io.matriarch.tls.CertificateAuthority.Use;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** Certificates of one authority in a directory, for tests. */
public record TestCertificates(Path directory, CertificateAuthority authority) {

    /** Makes the authority. */
    public static TestCertificates in(Path directory) throws TlsException {
        return new TestCertificates(directory, CertificateAuthority.create(directory.resolve("ca.crt"), directory.resolve("ca.key"),
                "test authority in " + directory.getFileName(), 100));
    }

    /** Makes a certificate and returns where it is. */
    public KeyFiles issue(String file, String name, List<String> hosts, Use use) throws TlsException {
        authority.issue(directory.resolve(file), name, hosts, use, 90);
        return files(file);
    }

    /** For 127.0.0.1. */
    public KeyFiles local(String file, String name) throws TlsException {
        return issue(file, name, List.of("127.0.0.1", "localhost"), Use.MEMBER);
    }

    public KeyFiles files(String file) {
        return new KeyFiles(directory.resolve(file + ".crt"), directory.resolve(file + ".key"), Optional.empty());
    }

    public Path ca() {
        return authority.certificate();
    }

    /** Runs a program and returns what it printed to both streams. */
    public static String run(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        process.getOutputStream().close();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (!process.waitFor(30, TimeUnit.SECONDS)) {
            process.destroyForcibly();
        }
        return said;
    }
}
