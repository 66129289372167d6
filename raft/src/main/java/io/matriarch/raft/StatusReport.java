package io.matriarch.raft;

import io.matriarch.config.HostPort;
import io.matriarch.raft.GroupStatus.PeerStatus;
import io.matriarch.raft.GroupStatus.Role;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.apache.ratis.proto.RaftProtos.CommitInfoProto;
import org.apache.ratis.proto.RaftProtos.RaftPeerRole;
import org.apache.ratis.proto.RaftProtos.RoleInfoProto;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.server.RaftServer;

/** Puts together what one peer knows of its group. */
final class StatusReport {

    private static final long SILENT_MILLIS = 3_000;

    private StatusReport() {
    }

    static GroupStatus of(String group, EmbeddedServer server, Progress progress, Map<HostPort, Boolean> expected) {
        List<PeerStatus> peers = new ArrayList<>();
        Roster roster = server.roster();
        server.division().ifPresent(d -> {
            roster.voters().forEach(p -> peers.add(peer(server, d, p)));
            roster.listeners().forEach(p -> peers.add(peer(server, d, p).as(GroupStatus.Part.LISTENER)));
        });
        if (peers.stream().noneMatch(PeerStatus::self)) {
            peers.add(new PeerStatus(server.id().toString(), server.address(), Role.STARTING, false, true, 0, -1, -1,
                    OptionalLong.empty(), GroupStatus.Part.OUTSIDE));
        }
        expected.forEach((address, listener) -> {
            if (peers.stream().noneMatch(p -> p.address().equals(address))) {
                peers.add(new PeerStatus("", address, Role.UNKNOWN, false, false, 0, -1, -1, OptionalLong.empty(),
                        listener ? GroupStatus.Part.EXPECTED_LISTENER : GroupStatus.Part.EXPECTED));
            }
        });
        peers.sort(Comparator.comparing(p -> p.address().toString()));
        return new GroupStatus(group, progress.formation(), progress.missing(), progress.explanation(), peers);
    }

    private static PeerStatus peer(EmbeddedServer server, RaftServer.Division division, RaftPeer peer) {
        boolean leads = peer.getId().equals(division.getInfo().getLeaderId());
        HostPort address = HostPort.parse(peer.getAddress(), 0);
        if (peer.getId().equals(division.getId())) {
            return new PeerStatus(peer.getId().toString(), address, ownRole(division), leads, true,
                    division.getInfo().getCurrentTerm(), division.getRaftLog().getLastCommittedIndex(),
                    division.getInfo().getLastAppliedIndex(), server.contactMillis());
        }
        Map<String, Long> commits = new HashMap<>();
        for (CommitInfoProto info : division.getCommitInfos()) {
            commits.put(info.getServer().getId().toStringUtf8(), info.getCommitIndex());
        }
        OptionalLong contact = contact(division, peer);
        Role role = leads ? Role.LEADER : division.getInfo().isLeader() ? contact.orElse(0) > SILENT_MILLIS
                ? Role.UNREACHABLE : Role.FOLLOWER : Role.UNKNOWN;
        return new PeerStatus(peer.getId().toString(), address, role, leads, false,
                division.getInfo().getCurrentTerm(), commits.getOrDefault(peer.getId().toString(), -1L), -1, contact);
    }

    private static OptionalLong contact(RaftServer.Division division, RaftPeer peer) {
        RoleInfoProto role = division.getInfo().getRoleInfoProto();
        if (role.hasFollowerInfo() && peer.getId().equals(division.getInfo().getLeaderId())) {
            return OptionalLong.of(role.getFollowerInfo().getLeaderInfo().getLastRpcElapsedTimeMs());
        }
        return role.getLeaderInfo().getFollowerInfoList().stream()
                .filter(f -> f.getId().getId().toStringUtf8().equals(peer.getId().toString()))
                .mapToLong(f -> f.getLastRpcElapsedTimeMs()).findFirst();
    }

    private static Role ownRole(RaftServer.Division division) {
        if (!division.getInfo().isAlive()) {
            return Role.STOPPED;
        }
        return switch (division.getInfo().getCurrentRole()) {
            case LEADER -> Role.LEADER;
            case CANDIDATE -> Role.CANDIDATE;
            case FOLLOWER, LISTENER -> division.getInfo().getLifeCycleState().isRunning() || isListening(division)
                    ? Role.FOLLOWER : Role.STARTING;
            default -> Role.UNKNOWN;
        };
    }

    /** Ratis calls a peer that was taken in without a vote a starting one until it is opened again. */
    private static boolean isListening(RaftServer.Division division) {
        return division.getInfo().getLeaderId() != null && division.getRaftConf().getAllPeers(RaftPeerRole.LISTENER).stream()
                .anyMatch(p -> p.getId().equals(division.getId()));
    }
}
