package io.matriarch.tools;

/** The operator left a question unanswered: {@code Aborted!}, exit code 1. */
final class AbortedError extends RuntimeException {

    private static final long serialVersionUID = 1L;

    AbortedError() {
        super("Aborted!", null, false, false);
    }
}
