package io.matriarch.store;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

/** The versioned byte form of a whole store, with checksums. */
public final class SnapshotCodec {

    private SnapshotCodec() {
    }

    /** Writes the store; the same state always gives the same bytes. */
    public static void write(Store store, OutputStream out) throws IOException {
        throw new UnsupportedOperationException();
    }

    /** @throws IOException when the bytes are damaged, incomplete or of a version this code does not know */
    public static Store read(InputStream in) throws IOException {
        throw new UnsupportedOperationException();
    }
}
