package io.matriarch.raft;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.ratis.proto.RaftProtos.RoleInfoProto;
import org.apache.ratis.proto.RaftProtos.ServerRpcProto;
import org.apache.ratis.server.RaftServer;

/** How long ago a peer, or as leader a majority, was in contact with the Raft leadership. */
final class Contact {

    private Contact() {
    }

    static OptionalLong millis(RaftServer.Division division) {
        RoleInfoProto role = division.getInfo().getRoleInfoProto();
        if (role.hasFollowerInfo()) {
            return division.getInfo().getLeaderId() == null ? OptionalLong.empty()
                    : OptionalLong.of(role.getFollowerInfo().getLeaderInfo().getLastRpcElapsedTimeMs());
        }
        if (!role.hasLeaderInfo() || !division.getInfo().isLeaderReady()) {
            return OptionalLong.empty();
        }
        List<Long> ages = new ArrayList<>(List.of(0L));
        Set<String> voters = division.getRaftConf().getAllPeers().stream().map(p -> p.getId().toString())
                .collect(Collectors.toSet());
        for (ServerRpcProto follower : role.getLeaderInfo().getFollowerInfoList()) {
            if (!voters.contains(follower.getId().getId().toStringUtf8())) {
                continue;
            }
            ages.add(follower.getLastRpcElapsedTimeMs());
        }
        ages.sort(null);
        return OptionalLong.of(ages.get(ages.size() / 2));
    }
}
