package io.matriarch.raft;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.ratis.proto.RaftProtos.RaftPeerRole;
import org.apache.ratis.protocol.RaftPeer;

/**
 * Who belongs to a group.
 *
 * @param voters    have a vote
 * @param listeners get the log and have none
 */
record Roster(List<RaftPeer> voters, List<RaftPeer> listeners) {

    static final Roster NONE = new Roster(List.of(), List.of());

    Roster {
        voters = List.copyOf(voters);
        listeners = List.copyOf(listeners);
    }

    List<RaftPeer> all() {
        return Stream.concat(voters.stream(), listeners.stream()).toList();
    }

    Optional<RaftPeer> find(String id) {
        return all().stream().filter(p -> p.getId().toString().equals(id)).findFirst();
    }

    Optional<RaftPeer> at(String address) {
        return all().stream().filter(p -> p.getAddress().equals(address)).findFirst();
    }

    boolean hasVote(RaftPeer peer) {
        return voters.stream().anyMatch(p -> p.getId().equals(peer.getId()));
    }

    Roster without(RaftPeer peer) {
        return new Roster(voters.stream().filter(p -> !p.getId().equals(peer.getId())).toList(),
                listeners.stream().filter(p -> !p.getId().equals(peer.getId())).toList());
    }

    Roster withVoter(RaftPeer peer) {
        Roster rest = without(peer);
        RaftPeer voter = RaftPeer.newBuilder(peer).setStartupRole(RaftPeerRole.FOLLOWER).build();
        return new Roster(Stream.concat(rest.voters.stream(), Stream.of(voter)).toList(), rest.listeners);
    }

    Roster withListener(RaftPeer peer) {
        Roster rest = without(peer);
        return new Roster(rest.voters, Stream.concat(rest.listeners.stream(), Stream.of(listener(peer))).toList());
    }

    static RaftPeer listener(RaftPeer peer) {
        return RaftPeer.newBuilder(peer).setStartupRole(RaftPeerRole.LISTENER).build();
    }
}
