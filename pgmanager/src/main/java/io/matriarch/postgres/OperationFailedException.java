package io.matriarch.postgres;

/** A step of an operation did not succeed; the message becomes the outcome of the operation. */
final class OperationFailedException extends Exception {

    private static final long serialVersionUID = 1L;

    OperationFailedException(String message) {
        super(message);
    }

    OperationFailedException(String message, Throwable cause) {
        super(message, cause);
    }
}
