package io.matriarch.tools;

/** Ends a command with exit code 1; the message is shown after {@code Error: } and holds no secret. */
final class CtlError extends RuntimeException {

    private static final long serialVersionUID = 1L;

    CtlError(String message) {
        super(message, null, false, false);
    }
}
