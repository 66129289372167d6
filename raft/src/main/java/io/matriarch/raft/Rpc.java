package io.matriarch.raft;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import org.apache.ratis.thirdparty.io.grpc.MethodDescriptor;

/**
 * The calls that peers and clients make beside Ratis' own, on the same port: a second gRPC service of raw byte messages.
 * Ratis cannot answer for a group that does not exist yet, and its client is too slow to start for a command line.
 */
enum Rpc {
    /** Who are you: identity, list of addresses, stage. */
    HELLO,
    /** Accept a charter for the first formation. */
    ACCEPT,
    /** The charter was accepted by everyone. */
    COMMIT,
    /** Take me into the group. */
    JOIN,
    /** Put a command into the log. */
    PROPOSE,
    /** Read a range. */
    RANGE,
    /** Read ranges for clients, if you lead. */
    READ,
    /** Wait for changes from a revision on. */
    WATCH,
    /** Tell what you know of the group. */
    STATUS,
    /** Found the group even if these addresses do not answer: the word of an operator. */
    FORM,
    /** Change the group, or say what would become of it: the word of an operator. */
    CHANGE,
    /** A group waits for you at these addresses. */
    INVITE,
    /** Take a snapshot of what you applied. */
    SNAPSHOT;

    static final String SERVICE = "io.matriarch.Peer";

    private final MethodDescriptor<byte[], byte[]> descriptor = MethodDescriptor.<byte[], byte[]>newBuilder()
            .setType(MethodDescriptor.MethodType.UNARY)
            .setFullMethodName(MethodDescriptor.generateFullMethodName("io.matriarch.Peer", name()))
            .setRequestMarshaller(new Raw()).setResponseMarshaller(new Raw()).build();

    MethodDescriptor<byte[], byte[]> descriptor() {
        return descriptor;
    }

    private static final class Raw implements MethodDescriptor.Marshaller<byte[]> {

        @Override
        public InputStream stream(byte[] value) {
            return new ByteArrayInputStream(value);
        }

        @Override
        public byte[] parse(InputStream stream) {
            try {
                return stream.readAllBytes();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
