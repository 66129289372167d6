package io.matriarch.raft;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.matriarch.config.HostPort;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.apache.ratis.proto.RaftProtos.RaftGroupIdProto;
import org.apache.ratis.proto.RaftProtos.RaftRpcRequestProto;
import org.apache.ratis.proto.RaftProtos.RequestVoteRequestProto;
import org.apache.ratis.proto.grpc.RaftServerProtocolServiceGrpc;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.thirdparty.com.google.protobuf.ByteString;
import org.apache.ratis.thirdparty.io.grpc.ManagedChannel;
import org.apache.ratis.thirdparty.io.grpc.ManagedChannelBuilder;
import org.apache.ratis.thirdparty.io.grpc.Status;
import org.apache.ratis.thirdparty.io.grpc.StatusRuntimeException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A peer answers under its own identity alone. */
class IdentityGuardIT {

    @TempDir
    Path root;

    @Test
    void aVoteAskedOfTheFormerPeerOfThisAddressIsRefused() throws Exception {
        HostPort address = TestPeers.freeAddress();
        try (RatisPeer peer = RatisPeer.start(TestPeers.config(address, List.of(), root.resolve("p")),
                PeerOptions.standard())) {
            TestPeers.put(peer.store(), "k", "1");
            ManagedChannel channel = ManagedChannelBuilder.forAddress(address.host(), address.port()).usePlaintext().build();
            try {
                var stub = RaftServerProtocolServiceGrpc.newBlockingStub(channel).withDeadlineAfter(20, TimeUnit.SECONDS);
                assertEquals(Status.Code.FAILED_PRECONDITION, assertThrows(StatusRuntimeException.class, () ->
                        stub.requestVote(vote(UUID.randomUUID().toString()))).getStatus().getCode());
                String own = peer.server().id().toString();
                stub.requestVote(vote(own));
            } finally {
                channel.shutdownNow();
            }
        }
    }

    private static RequestVoteRequestProto vote(String target) {
        return RequestVoteRequestProto.newBuilder().setPreVote(true).setCandidateTerm(1)
                .setServerRequest(RaftRpcRequestProto.newBuilder().setReplyId(ByteString.copyFromUtf8(target))
                        .setRequestorId(ByteString.copyFromUtf8("somebody"))
                        .setRaftGroupId(RaftGroupIdProto.newBuilder().setId(
                                RaftGroupId.valueOf(PeerEndpoint.groupId("test")).toByteString())))
                .build();
    }
}
