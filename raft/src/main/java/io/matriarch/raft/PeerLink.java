package io.matriarch.raft;

import io.matriarch.config.HostPort;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.apache.ratis.thirdparty.io.grpc.CallOptions;
import org.apache.ratis.thirdparty.io.grpc.ManagedChannel;
import org.apache.ratis.thirdparty.io.grpc.Status;
import org.apache.ratis.thirdparty.io.grpc.netty.NettyChannelBuilder;
import org.apache.ratis.thirdparty.io.grpc.stub.ClientCalls;
import org.apache.ratis.thirdparty.io.grpc.stub.StreamObserver;
import org.apache.ratis.thirdparty.io.netty.channel.EventLoopGroup;
import org.apache.ratis.thirdparty.io.netty.channel.socket.nio.NioSocketChannel;
import org.apache.ratis.thirdparty.io.netty.handler.ssl.SslContext;

/**
 * The connection to the peer at one address, opened when it is first used.
 *
 * <p>Threads: any. A connection whose calls time out is opened anew: after a cut of the network TCP would wait for its
 * next retransmission, up to many seconds after the cut has healed.
 */
final class PeerLink implements AutoCloseable {

    private static final long RENEW_AFTER_NANOS = Duration.ofSeconds(1).toNanos();
    private static final int MESSAGE_BYTES = 80 << 20;

    private final HostPort address;
    private final EventLoopGroup events;
    private final Executor replies;
    private final Optional<SslContext> tls;
    private ManagedChannel channel;
    private boolean closed;
    private volatile long lastAnswer = System.nanoTime();

    PeerLink(HostPort address, EventLoopGroup events, Executor replies, Optional<SslContext> tls) {
        this.address = address;
        this.events = events;
        this.replies = replies;
        this.tls = tls;
    }

    HostPort address() {
        return address;
    }

    /** Sends a message; the future fails with a gRPC status when no answer came in time. */
    CompletableFuture<byte[]> call(Rpc rpc, byte[] message, Duration timeout) {
        CompletableFuture<byte[]> answer = new CompletableFuture<>();
        ManagedChannel open = channel();
        if (open == null) {
            answer.completeExceptionally(Status.UNAVAILABLE.withDescription("closed").asRuntimeException());
            return answer;
        }
        CallOptions options = CallOptions.DEFAULT.withDeadlineAfter(timeout.toNanos(), TimeUnit.NANOSECONDS)
                .withExecutor(replies);
        ClientCalls.asyncUnaryCall(open.newCall(rpc.descriptor(), options), message, new StreamObserver<byte[]>() {
            @Override
            public void onNext(byte[] value) {
                lastAnswer = System.nanoTime();
                answer.complete(value);
            }

            @Override
            public void onError(Throwable t) {
                if (Status.fromThrowable(t).getCode() == Status.Code.DEADLINE_EXCEEDED) {
                    renewIfSilent(open);
                }
                answer.completeExceptionally(t);
            }

            @Override
            public void onCompleted() {
                // a unary call has answered or failed before it completes
                answer.completeExceptionally(Status.INTERNAL.withDescription("no answer").asRuntimeException());
            }
        });
        return answer;
    }

    private synchronized ManagedChannel channel() {
        if (closed) {
            return null;
        }
        if (channel == null) {
            NettyChannelBuilder builder = NettyChannelBuilder.forAddress(address.host(), address.port());
            channel = tls.map(builder::sslContext).orElseGet(builder::usePlaintext)
                    .eventLoopGroup(events).channelType(NioSocketChannel.class).maxInboundMessageSize(MESSAGE_BYTES)
                    .offloadExecutor(replies).executor(replies).disableRetry().build();
            lastAnswer = System.nanoTime();
        }
        // without this a refused connection is tried again only after a growing pause
        channel.resetConnectBackoff();
        return channel;
    }

    private synchronized void renewIfSilent(ManagedChannel silent) {
        if (channel == silent && System.nanoTime() - lastAnswer > RENEW_AFTER_NANOS) {
            channel = null;
            silent.shutdownNow();
        }
    }

    @Override
    public synchronized void close() {
        closed = true;
        if (channel != null) {
            channel.shutdownNow();
            channel = null;
        }
    }
}
