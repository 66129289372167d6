package io.matriarch.raft;

import java.nio.charset.StandardCharsets;
import java.util.EnumSet;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.apache.ratis.grpc.server.GrpcServices;
import org.apache.ratis.thirdparty.io.grpc.ServerServiceDefinition;
import org.apache.ratis.thirdparty.io.grpc.Status;
import org.apache.ratis.thirdparty.io.grpc.netty.NettyServerBuilder;
import org.apache.ratis.thirdparty.io.grpc.stub.ServerCalls;
import org.apache.ratis.thirdparty.io.grpc.stub.StreamObserver;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers the calls of {@link Rpc} on Ratis' port. Every message starts with the identity of the group it is meant for;
 * one for another group is refused.
 */
final class PeerEndpoint implements GrpcServices.Customizer {

    /** Answers one call; the future may fail. Called by threads of the transport, must not block. */
    interface Calls {
        CompletableFuture<byte[]> handle(Rpc rpc, WireIn message);
    }

    private static final Logger LOG = LoggerFactory.getLogger(PeerEndpoint.class);

    private final String group;
    private final UUID groupId;
    private final Arrivals arrivals = new Arrivals();
    private final IdentityGuard guard;
    private volatile Calls calls = (rpc, message) -> CompletableFuture.failedFuture(
            Status.UNAVAILABLE.withDescription("starting").asRuntimeException());

    PeerEndpoint(String group, UUID own) {
        this.group = group;
        this.guard = new IdentityGuard(own, arrivals);
        this.groupId = groupId(group);
    }

    static UUID groupId(String group) {
        return UUID.nameUUIDFromBytes(("matriarch/" + group).getBytes(StandardCharsets.UTF_8));
    }

    /** Puts the identity of the group before a message. */
    static byte[] frame(String group, byte[] message) {
        return new WireOut().uuid(groupId(group)).bytes(message).done();
    }

    /** When entries of the log came through here. */
    Arrivals arrivals() {
        return arrivals;
    }

    void attach(Calls answering) {
        this.calls = answering;
    }

    @Override
    public NettyServerBuilder customize(NettyServerBuilder builder, EnumSet<GrpcServices.Type> types) {
        if (!types.contains(GrpcServices.Type.SERVER)) {
            return builder;
        }
        ServerServiceDefinition.Builder service = ServerServiceDefinition.builder(Rpc.SERVICE);
        for (Rpc rpc : Rpc.values()) {
            service.addMethod(rpc.descriptor(), ServerCalls.asyncUnaryCall((message, reply) ->
                    answer(rpc, message, reply)));
        }
        // calls are answered by the threads that read them: handing each to another one costs more than the answer
        return builder.addService(service.build()).intercept(guard).directExecutor();
    }

    private void answer(Rpc rpc, byte[] message, StreamObserver<byte[]> reply) {
        CompletableFuture<byte[]> answer;
        try {
            WireIn in = new WireIn(message);
            if (!in.uuid().equals(groupId)) {
                reply.onError(Status.FAILED_PRECONDITION.withDescription("this peer belongs to the group '" + group
                        + "', see raft.group").asRuntimeException());
                return;
            }
            answer = calls.handle(rpc, new WireIn(in.bytes()));
        } catch (IllegalArgumentException e) {
            answer = CompletableFuture.failedFuture(Status.INVALID_ARGUMENT.withDescription(e.getMessage())
                    .asRuntimeException());
        } catch (RuntimeException e) {
            LOG.warn("A call of another process failed: {}", e.toString(), e);
            answer = CompletableFuture.failedFuture(e);
        }
        answer.whenComplete((bytes, failure) -> {
            if (failure == null) {
                reply.onNext(bytes);
                reply.onCompleted();
            } else {
                Throwable cause = EmbeddedServer.unwrap(failure);
                reply.onError(cause instanceof RuntimeException r && Status.fromThrowable(r).getCode()
                        != Status.Code.UNKNOWN ? r : Status.INTERNAL.withDescription(String.valueOf(cause))
                        .asRuntimeException());
            }
        });
    }
}
