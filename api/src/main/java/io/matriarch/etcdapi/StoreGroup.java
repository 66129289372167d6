package io.matriarch.etcdapi;

import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;

/** What the adapter has to know of the consensus group, and may ask of it. Threads: any. */
public interface StoreGroup {

    /**
     * The group at one moment. Reading it costs little.
     *
     * @param clusterId    the same on all members, never changing, not 0
     * @param memberId     of the member of this process, not 0
     * @param leaderId     the member that leads; 0 when there is none
     * @param term         Raft term
     * @param commitIndex  highest index known as committed
     * @param appliedIndex highest index applied here
     * @param members      all members
     */
    record Facts(long clusterId, long memberId, long leaderId, long term, long commitIndex, long appliedIndex,
                 List<Member> members) {

        public Facts {
            members = List.copyOf(members);
        }
    }

    /**
     * One member.
     *
     * @param peerUrl  where its partners reach it
     * @param fallback name to show for it until it has told its own; empty for one that has not started yet
     */
    record Member(long id, String peerUrl, String fallback, boolean learner) {
    }

    Facts facts();

    /** Hands the lead to a member; completes with whether it leads then. */
    CompletableFuture<Boolean> moveLeader(long memberId, Duration timeout);

    /** What became of a change of the membership. */
    enum Change { DONE, UNKNOWN_MEMBER, KNOWN_URL, TOO_FEW, NOT_A_LEARNER, LEARNER_BEHIND, NOT_POSSIBLE, BUSY, NO_LEADER, UNKNOWN }

    /** Has the member taken in that will start at a URL. */
    CompletableFuture<Change> expect(String peerUrl, boolean learner);

    /** Goes on without a member, or does not expect it any more. */
    CompletableFuture<Change> remove(long memberId);

    /** Gives a learner a vote. */
    CompletableFuture<Change> promote(long memberId);

    /** Says where a member is reached; only one that has not started yet can be elsewhere than it was. */
    CompletableFuture<Change> update(long memberId, String peerUrl);

    /** The identity that the member at a URL has; empty when it is no URL of a member. */
    OptionalLong idAt(String peerUrl);
}
