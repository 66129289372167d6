package io.matriarch.store;

/** The versioned byte form of commands and results, as in log entries and replies. */
public final class CommandCodec {

    private CommandCodec() {
    }

    public static byte[] encode(Command command) {
        throw new UnsupportedOperationException();
    }

    /** @throws IllegalArgumentException when the bytes are damaged or of a version this code does not know */
    public static Command decode(byte[] bytes) {
        throw new UnsupportedOperationException();
    }

    public static byte[] encodeResult(Result result) {
        throw new UnsupportedOperationException();
    }

    /** @throws IllegalArgumentException when the bytes are damaged or of a version this code does not know */
    public static Result decodeResult(byte[] bytes) {
        throw new UnsupportedOperationException();
    }
}
