package io.matriarch.tls;

import io.matriarch.config.KeyFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedKeyManager;
import javax.net.ssl.X509ExtendedTrustManager;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What one port or client shows of itself over TLS, and whom it believes: a certificate with its key, and authorities,
 * from files.
 *
 * <p>Changed files are taken while the process runs, for connections that begin later. New files that cannot be used, or
 * a certificate that has ended, leave the former ones in force; the log says so, and warns 30 days before a certificate
 * ends. Threads: any.
 */
public final class TlsIdentity implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(TlsIdentity.class);
    private static final Duration NOTICE = Duration.ofDays(30);
    private static final Duration BETWEEN_WARNINGS = Duration.ofDays(1);
    private static final Duration BETWEEN_LOOKS = Duration.ofSeconds(5);
    private static final int SESSION_SECONDS = 600;
    private static final DateTimeFormatter DATE = DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm 'UTC'").withZone(ZoneOffset.UTC);

    private final String name;
    private final Optional<KeyFiles> own;
    private final Optional<Path> authority;
    private final InstantSource clock;
    private final ShownKeys keys;
    private final LivingTrust trust;
    private volatile Material material;
    private volatile Thread watch;
    private List<Object> seen;
    private Optional<List<Object>> failing = Optional.empty();
    private boolean complained;
    private Instant nextWarning = Instant.MIN;

    TlsIdentity(String name, Optional<KeyFiles> own, Optional<Path> authority, InstantSource clock) throws TlsException {
        this.name = name;
        this.own = own;
        this.authority = authority;
        this.clock = clock;
        this.seen = fingerprint();
        this.material = Material.read(own, authority);
        this.keys = new ShownKeys(material);
        this.trust = new LivingTrust(() -> material.trust());
        warnOfTheEnd();
    }

    /**
     * Reads the files.
     *
     * @param name      of the port or client, for the log: the section of the configuration
     * @param own       absent: no certificate is shown
     * @param authority absent: the authorities that Java knows
     * @throws TlsException when they cannot be used
     */
    public static TlsIdentity open(String name, Optional<KeyFiles> own, Optional<Path> authority) throws TlsException {
        return new TlsIdentity(name, own, authority, InstantSource.system());
    }

    /** Begins to look for changes every five seconds, on a thread of its own, until it is closed. */
    public TlsIdentity watched() {
        Thread thread = new Thread(this::watch, "tls-" + name);
        thread.setDaemon(true);
        watch = thread;
        thread.start();
        return this;
    }

    /** Does the first handshake of the process in the background, so that none that matters is the first. */
    public TlsIdentity rehearsed() {
        Thread thread = new Thread(() -> Rehearsal.of(this), "tls-rehearsal");
        thread.setDaemon(true);
        thread.start();
        return this;
    }

    private void watch() {
        try {
            while (watch != null) {
                Thread.sleep(BETWEEN_LOOKS.toMillis());
                look();
            }
        } catch (InterruptedException e) {
            // closed
            Thread.currentThread().interrupt();
        }
    }

    /** Takes the files anew if they have changed. */
    synchronized void look() {
        warnOfTheEnd();
        List<Object> now = fingerprint();
        if (now.equals(seen)) {
            return;
        }
        boolean settled = failing.filter(now::equals).isPresent();
        try {
            Material fresh = Material.read(own, authority);
            if (hasEnded(fresh) && !hasEnded(material)) {
                throw new TlsException(own.map(KeyFiles::certificate).orElseThrow() + ": the certificate has ended");
            }
            material = fresh;
            keys.replace(fresh);
            seen = now;
            failing = Optional.empty();
            complained = false;
            nextWarning = Instant.MIN;
            LOG.info("{}: new certificates are in force{}", name, fresh.end().map(e -> ", until " + DATE.format(e)).orElse(""));
            warnOfTheEnd();
        } catch (TlsException e) {
            // files are written one after the other: what does not fit together now may do so in a moment
            if (settled && !complained) {
                complained = true;
                LOG.warn("{}: the new certificates cannot be used, the former ones stay in force: {}", name, e.getMessage());
            } else if (!settled) {
                complained = false;
            }
            failing = Optional.of(now);
        }
    }

    private boolean hasEnded(Material m) {
        return m.end().filter(end -> !clock.instant().isBefore(end)).isPresent();
    }

    private void warnOfTheEnd() {
        Instant now = clock.instant();
        Optional<Instant> end = end();
        if (now.isBefore(nextWarning) || end.isEmpty() || end.get().minus(NOTICE).isAfter(now)) {
            return;
        }
        nextWarning = now.plus(BETWEEN_WARNINGS);
        Path file = own.orElseThrow().certificate();
        if (hasEnded(material)) {
            LOG.error("{}: the certificate {} has ended on {}: nobody believes it. New files are taken without a restart", name,
                    file, DATE.format(end.get()));
        } else {
            LOG.warn("{}: the certificate {} ends on {}, in {} days. New files are taken without a restart", name, file,
                    DATE.format(end.get()), Duration.between(now, end.get()).toDays());
        }
    }

    private List<Object> fingerprint() {
        List<Object> all = new ArrayList<>();
        Stream.of(own.map(KeyFiles::certificate), own.map(KeyFiles::key), authority).flatMap(Optional::stream).forEach(file -> {
            try {
                BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
                all.add(List.of(attributes.lastModifiedTime(), attributes.size(), String.valueOf(attributes.fileKey())));
            } catch (IOException e) {
                all.add(e.getClass());
            }
        });
        return all;
    }

    /** The port or client it is for. */
    public String name() {
        return name;
    }

    /** When the certificate that is shown ends, or one of those above it. */
    public Optional<Instant> end() {
        return material.end();
    }

    /** The certificate that is shown. */
    public Optional<X509Certificate> certificate() {
        return material.chain().stream().findFirst();
    }

    /** Shows whatever is in force when a connection begins. */
    public X509ExtendedKeyManager keys() {
        return keys;
    }

    /** Believes whom the files in force name; looks at the name of a server when the engine is told to. */
    public X509ExtendedTrustManager trust() {
        return trust;
    }

    /** For connections of any kind. */
    public SSLContext context() {
        return context(trust);
    }

    /** For connections of which {@code judge} judges the certificates. */
    public SSLContext context(TrustManager judge) {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(new KeyManager[] {keys}, new TrustManager[] {judge}, null);
            // a client that comes back is judged anew after a while, since its authority may not be believed any more
            context.getServerSessionContext().setSessionTimeout(SESSION_SECONDS);
            return context;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java has TLS", e);
        }
    }

    @Override
    public void close() {
        Thread thread = watch;
        watch = null;
        if (thread != null) {
            thread.interrupt();
        }
    }
}
