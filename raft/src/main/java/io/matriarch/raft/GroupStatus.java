package io.matriarch.raft;

import io.matriarch.config.HostPort;
import java.util.List;
import java.util.OptionalLong;

/**
 * The consensus group as one process sees it at one moment.
 *
 * @param group       its identity, as configured
 * @param formation   how far it has come
 * @param missing     addresses that are waited for before the group can form or be used
 * @param explanation one sentence for an operator; empty when all is well
 * @param peers       its peers, ordered by address
 */
public record GroupStatus(String group, Formation formation, List<HostPort> missing, String explanation,
                          List<PeerStatus> peers) {

    public GroupStatus {
        missing = List.copyOf(missing);
        peers = List.copyOf(peers);
    }

    /** How far the group, or this peer's way into it, has come. */
    public enum Formation {
        /** The first formation waits for listed addresses. */
        WAITING,
        /** The group exists; this peer is being taken in. */
        JOINING,
        /** This peer belongs to the group. */
        FORMED,
        /** This peer does not take part any more. */
        STOPPED
    }

    /** What a peer does in the present term. */
    public enum Role { LEADER, FOLLOWER, CANDIDATE, STARTING, STOPPED, UNREACHABLE, UNKNOWN }

    /**
     * One peer.
     *
     * @param id            identity of its storage
     * @param raftLeader    it leads the group
     * @param self          it is the peer that was asked
     * @param term          its Raft term, 0 when not known
     * @param commitIndex   highest index it knows as committed, -1 when not known
     * @param appliedIndex  highest index it applied, -1 when not known
     * @param contactMillis how long ago the Raft leader and it heard of each other, when known
     * @param part          its part in the group
     */
    public record PeerStatus(String id, HostPort address, Role role, boolean raftLeader, boolean self, long term,
                             long commitIndex, long appliedIndex, OptionalLong contactMillis, Part part) {

        /** A voter. */
        public PeerStatus(String id, HostPort address, Role role, boolean raftLeader, boolean self, long term,
                          long commitIndex, long appliedIndex, OptionalLong contactMillis) {
            this(id, address, role, raftLeader, self, term, commitIndex, appliedIndex, contactMillis, Part.VOTER);
        }

        /** The same peer in another part. */
        PeerStatus as(Part other) {
            return new PeerStatus(id, address, role, raftLeader, self, term, commitIndex, appliedIndex, contactMillis, other);
        }
    }

    /** What a peer is in the configuration of the group. */
    public enum Part {
        /** Has a vote. */
        VOTER,
        /** Gets the log, has no vote. */
        LISTENER,
        /** An operator said that it will come, with a vote. */
        EXPECTED,
        /** An operator said that it will come, without a vote. */
        EXPECTED_LISTENER,
        /** Not in it yet, or no longer. */
        OUTSIDE
    }

    /** The peers with a vote. */
    public List<PeerStatus> voters() {
        return peers.stream().filter(p -> p.part == Part.VOTER).toList();
    }

    byte[] encode() {
        WireOut out = new WireOut().text(group).u8(formation.ordinal()).i32(missing.size());
        missing.forEach(out::address);
        out.text(explanation).i32(peers.size());
        for (PeerStatus p : peers) {
            out.text(p.id).address(p.address).u8(p.role.ordinal()).flag(p.raftLeader).flag(p.self).i64(p.term)
                    .i64(p.commitIndex).i64(p.appliedIndex).i64(p.contactMillis.orElse(-1));
        }
        peers.forEach(p -> out.u8(p.part.ordinal()));
        return out.done();
    }

    static GroupStatus decode(byte[] message) {
        WireIn in = new WireIn(message);
        GroupStatus plain = new GroupStatus(in.text(), in.constant(Formation.values()), in.list(WireIn::address), in.text(),
                in.list(GroupStatus::peer));
        return in.more() ? new GroupStatus(plain.group, plain.formation, plain.missing, plain.explanation,
                plain.peers.stream().map(p -> p.as(in.constant(Part.values()))).toList()) : plain;
    }

    private static PeerStatus peer(WireIn in) {
        return new PeerStatus(in.text(), in.address(), in.constant(Role.values()), in.flag(), in.flag(), in.i64(),
                in.i64(), in.i64(), contact(in.i64()));
    }

    private static OptionalLong contact(long millis) {
        return millis < 0 ? OptionalLong.empty() : OptionalLong.of(millis);
    }
}
