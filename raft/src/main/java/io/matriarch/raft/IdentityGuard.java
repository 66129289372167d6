package io.matriarch.raft;

import java.util.UUID;
import org.apache.ratis.proto.RaftProtos.AppendEntriesRequestProto;
import org.apache.ratis.proto.RaftProtos.InstallSnapshotRequestProto;
import org.apache.ratis.proto.RaftProtos.RaftRpcRequestProto;
import org.apache.ratis.proto.RaftProtos.ReadIndexRequestProto;
import org.apache.ratis.proto.RaftProtos.RequestVoteRequestProto;
import org.apache.ratis.proto.RaftProtos.StartLeaderElectionRequestProto;
import org.apache.ratis.thirdparty.io.grpc.ForwardingServerCallListener;
import org.apache.ratis.thirdparty.io.grpc.Metadata;
import org.apache.ratis.thirdparty.io.grpc.ServerCall;
import org.apache.ratis.thirdparty.io.grpc.ServerCallHandler;
import org.apache.ratis.thirdparty.io.grpc.ServerInterceptor;
import org.apache.ratis.thirdparty.io.grpc.Status;

/**
 * Refuses what is meant for another peer that had this address before.
 *
 * <p>Ratis looks only at the group of a message. Without this a peer with a new disk would answer under its old
 * identity: it would vote again, and its acknowledgements would count for entries that its old disk took away.
 * The services of Ratis' own client are refused as well; nothing here uses them.
 */
final class IdentityGuard implements ServerInterceptor {

    private static final String PEERS = "ratis.grpc.RaftServerProtocolService";

    private final String own;
    private final Arrivals arrivals;

    /** @param arrivals told of the entries of the log that come with what is let in */
    IdentityGuard(UUID own, Arrivals arrivals) {
        this.own = own.toString();
        this.arrivals = arrivals;
    }

    @Override
    public <Q, R> ServerCall.Listener<Q> interceptCall(ServerCall<Q, R> call, Metadata headers,
                                                       ServerCallHandler<Q, R> next) {
        String called = call.getMethodDescriptor().getServiceName();
        if (!PEERS.equals(called) && !Rpc.SERVICE.equals(called)) {
            call.close(Status.UNIMPLEMENTED.withDescription("not offered here"), new Metadata());
            return new ServerCall.Listener<>() { };
        }
        return new Listener<>(call, next.startCall(call, headers));
    }

    private boolean isForAnother(Object message) {
        RaftRpcRequestProto request;
        if (message instanceof AppendEntriesRequestProto append) {
            request = append.getServerRequest();
        } else if (message instanceof RequestVoteRequestProto vote) {
            request = vote.getServerRequest();
        } else if (message instanceof InstallSnapshotRequestProto install) {
            request = install.getServerRequest();
        } else if (message instanceof StartLeaderElectionRequestProto start) {
            request = start.getServerRequest();
        } else if (message instanceof ReadIndexRequestProto read) {
            request = read.getServerRequest();
        } else {
            return false;
        }
        return !request.getReplyId().toStringUtf8().equals(own);
    }

    private final class Listener<Q> extends ForwardingServerCallListener.SimpleForwardingServerCallListener<Q> {

        private final ServerCall<Q, ?> call;
        private boolean refused;

        Listener(ServerCall<Q, ?> call, ServerCall.Listener<Q> inner) {
            super(inner);
            this.call = call;
        }

        @Override
        public void onMessage(Q message) {
            if (refused) {
                return;
            }
            if (isForAnother(message)) {
                refused = true;
                call.close(Status.FAILED_PRECONDITION.withDescription("another peer has this address now"),
                        new Metadata());
                super.onCancel();
                return;
            }
            if (message instanceof AppendEntriesRequestProto append) {
                arrivals.came(append.getEntriesList(), System.nanoTime());
            }
            super.onMessage(message);
        }

        @Override
        public void onHalfClose() {
            if (!refused) {
                super.onHalfClose();
            }
        }

        @Override
        public void onCancel() {
            if (!refused) {
                super.onCancel();
            }
        }

        @Override
        public void onComplete() {
            if (!refused) {
                super.onComplete();
            }
        }

        @Override
        public void onReady() {
            if (!refused) {
                super.onReady();
            }
        }
    }
}
