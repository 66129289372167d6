package io.matriarch.tls;

import java.security.cert.CertificateException;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells the log of connections that TLS ended, each reason at most once in ten seconds: strangers must not be able to
 * fill it. What a stranger sent is never shown. Threads: any.
 */
public final class Refusals {

    private static final Logger LOG = LoggerFactory.getLogger(Refusals.class);
    private static final long PAUSE_NANOS = 10_000_000_000L;
    private static final int REASONS = 50;
    private static final int LONGEST = 400;
    private static final int DEEPEST = 10;

    private final String name;
    private final Map<String, Long> told = new HashMap<>();
    private long untold;

    /** @param name of the port or client, as {@link TlsIdentity#name} */
    public Refusals(String name) {
        this.name = name;
    }

    /** @param from whose connection it was */
    public void tell(String from, Throwable failure) {
        tell(from, reason(failure));
    }

    /** @param reason that may hold names out of a certificate */
    public void tell(String from, String reason) {
        tell("refused a connection of", from, reason);
    }

    /** @param host that was called, and did not show what it should */
    public void tellOfServer(String host, String reason) {
        tell("did not believe the certificate of", host, reason);
    }

    private void tell(String what, String whom, String reason) {
        String line = clean(reason);
        long more;
        synchronized (this) {
            long now = System.nanoTime();
            told.values().removeIf(at -> now - at > PAUSE_NANOS);
            if (told.containsKey(line) || told.size() >= REASONS) {
                untold++;
                return;
            }
            told.put(line, now);
            more = untold;
            untold = 0;
        }
        LOG.warn("{}: {} {}: {}{}", name, what, whom, line, more > 0 ? " (and " + more + " more before)" : "");
    }

    /** Why a handshake failed, in one sentence. */
    public static String reason(Throwable failure) {
        Throwable deepest = failure;
        for (int depth = 0; depth < DEEPEST && deepest.getCause() != null; depth++) {
            if (deepest instanceof CertificateException) {
                break;
            }
            deepest = deepest.getCause();
        }
        String text = String.valueOf(deepest.getMessage());
        // whose text would show what was sent
        boolean notTls = deepest.getClass().getSimpleName().equals("NotSslRecordException");
        return notTls || text.toLowerCase(Locale.ROOT).contains("unrecognized ssl message") ? "it does not speak TLS" : text;
    }

    /** Names in certificates are whatever somebody wrote there. */
    static String clean(String text) {
        String line = text.replaceAll("[^ -~]", "?");
        return line.length() <= LONGEST ? line : line.substring(0, LONGEST) + "...";
    }
}
