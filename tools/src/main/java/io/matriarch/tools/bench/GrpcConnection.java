package io.matriarch.tools.bench;

import java.io.IOException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.apache.ratis.thirdparty.io.grpc.CallOptions;
import org.apache.ratis.thirdparty.io.grpc.ManagedChannel;
import org.apache.ratis.thirdparty.io.grpc.MethodDescriptor;
import org.apache.ratis.thirdparty.io.grpc.MethodDescriptor.MethodType;
import org.apache.ratis.thirdparty.io.grpc.StatusRuntimeException;
import org.apache.ratis.thirdparty.io.grpc.netty.NettyChannelBuilder;
import org.apache.ratis.thirdparty.io.grpc.stub.ClientCalls;
import org.apache.ratis.thirdparty.io.grpc.stub.StreamObserver;

/** gRPC over one connection, as etcd's own clients speak. */
final class GrpcConnection implements StoreConnection {

    private static final MethodDescriptor<byte[], byte[]> PUT = Proto.method(MethodType.UNARY, "etcdserverpb.KV/Put");
    private static final MethodDescriptor<byte[], byte[]> RANGE = Proto.method(MethodType.UNARY, "etcdserverpb.KV/Range");
    private static final MethodDescriptor<byte[], byte[]> WATCH = Proto.method(MethodType.BIDI_STREAMING, "etcdserverpb.Watch/Watch");
    private static final int EVENTS = 11;
    private static final int KEY_VALUE = 2;
    private static final int VALUE = 5;

    private final ManagedChannel channel;
    private final CallOptions options;
    private final int timeoutMillis;

    GrpcConnection(int port, int timeoutMillis) {
        this.channel = NettyChannelBuilder.forAddress("127.0.0.1", port).usePlaintext().directExecutor().build();
        this.options = CallOptions.DEFAULT;
        this.timeoutMillis = timeoutMillis;
    }

    @Override
    public void put(byte[] key, byte[] value) throws IOException {
        call(PUT, new Proto().bytes(1, key).bytes(2, value).done());
    }

    @Override
    public void read(byte[] key) throws IOException {
        call(RANGE, new Proto().bytes(1, key).done());
    }

    private void call(MethodDescriptor<byte[], byte[]> method, byte[] request) throws IOException {
        try {
            ClientCalls.blockingUnaryCall(channel, method, options.withDeadlineAfter(timeoutMillis, TimeUnit.MILLISECONDS), request);
        } catch (StatusRuntimeException e) {
            throw new IOException(e.getStatus().toString(), e);
        }
    }

    /** Watches one key; the values put are given to {@code onValue} as they come. */
    void watch(byte[] key, Consumer<byte[]> onValue, Consumer<Throwable> onEnd) {
        StreamObserver<byte[]> requests = ClientCalls.asyncBidiStreamingCall(channel.newCall(WATCH, options),
                new StreamObserver<>() {
                    @Override
                    public void onNext(byte[] response) {
                        Proto.each(response, EVENTS, event -> Proto.each(event, KEY_VALUE, kv -> Proto.each(kv, VALUE, onValue)));
                    }

                    @Override
                    public void onError(Throwable problem) {
                        onEnd.accept(problem);
                    }

                    @Override
                    public void onCompleted() {
                        onEnd.accept(new IOException("the watch has ended"));
                    }
                });
        requests.onNext(new Proto().bytes(1, new Proto().bytes(1, key).done()).done());
    }

    @Override
    public void close() {
        channel.shutdownNow();
    }
}
