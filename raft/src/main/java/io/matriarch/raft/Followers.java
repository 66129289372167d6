package io.matriarch.raft;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.apache.ratis.proto.RaftProtos.ServerRpcProto;
import org.apache.ratis.server.RaftServer;

/**
 * The Raft leader's account of the peers that follow it.
 *
 * @param all    the followers
 * @param whole  every other voter is among them
 * @param commit the highest committed index
 */
record Followers(List<One> all, boolean whole, long commit) {

    static final long CONTACT_MILLIS = 600;

    /**
     * One follower.
     *
     * @param voter        it has a vote
     * @param silentMillis how long ago it answered
     * @param matched      the highest index it is known to have on disk
     */
    record One(String id, boolean voter, long silentMillis, long matched) {

        boolean inContact() {
            return silentMillis <= CONTACT_MILLIS;
        }
    }

    /** Empty on a peer that does not lead, or while the account is being changed. */
    static Optional<Followers> of(RaftServer.Division division, Roster roster) {
        List<ServerRpcProto> answers = division.getInfo().getRoleInfoProto().getLeaderInfo().getFollowerInfoList();
        long[] matched = division.getInfo().getFollowerMatchIndices();
        if (matched == null || matched.length != answers.size()) {
            return Optional.empty();
        }
        List<One> all = new ArrayList<>();
        for (int i = 0; i < matched.length; i++) {
            String id = answers.get(i).getId().getId().toStringUtf8();
            boolean voter = roster.voters().stream().anyMatch(p -> p.getId().toString().equals(id));
            all.add(new One(id, voter, answers.get(i).getLastRpcElapsedTimeMs(), matched[i]));
        }
        boolean whole = all.stream().filter(One::voter).count() + 1 == roster.voters().size();
        return Optional.of(new Followers(List.copyOf(all), whole, division.getRaftLog().getLastCommittedIndex()));
    }

    List<One> voters() {
        return all.stream().filter(One::voter).toList();
    }

    Optional<One> find(String id) {
        return all.stream().filter(f -> f.id().equals(id)).findFirst();
    }

    long inContact() {
        return voters().stream().filter(One::inContact).count();
    }

    /** The voter in contact that has most of the log. */
    Optional<One> best() {
        return voters().stream().filter(One::inContact).max(Comparator.comparingLong(One::matched));
    }
}
