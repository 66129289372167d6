package io.matriarch.tools.drill;

/** The drill cannot go on. The message is for people: what was expected, how long was waited, where to look. */
public final class DrillException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    public DrillException(String message) {
        super(message);
    }

    public DrillException(String message, Throwable cause) {
        super(message, cause);
    }
}
