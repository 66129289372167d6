package io.matriarch.tools.bench;

import java.io.IOException;

/** A client's connection to one member. One thread. */
interface StoreConnection extends AutoCloseable {

    /** Returns when the put is acknowledged. */
    void put(byte[] key, byte[] value) throws IOException;

    /** A linearizable read. */
    void read(byte[] key) throws IOException;

    @Override
    void close();
}
