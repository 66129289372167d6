package io.matriarch.tls;

/** A certificate or key that cannot be used; the message names the file and what is wrong with it, never what is in it. */
public final class TlsException extends Exception {

    private static final long serialVersionUID = 1L;

    TlsException(String message) {
        super(message);
    }

    TlsException(String message, Throwable cause) {
        super(message, cause);
    }
}
