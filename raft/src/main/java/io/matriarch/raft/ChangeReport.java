package io.matriarch.raft;

import io.matriarch.config.HostPort;
import java.util.List;

/**
 * What became, or would become, of a change of the group.
 *
 * @param refusal  why it is not done; empty when it is, or would be
 * @param kind     what sort of refusal
 * @param before   the group as it stands
 * @param after    the group as it would be; equal to {@code before} when nothing changes
 * @param warnings what an operator should know although it is allowed
 * @param outcome  a sentence about what was done; empty for a plan or a refusal
 */
public record ChangeReport(String refusal, Refusal kind, Footing before, Footing after, List<String> warnings,
                           String outcome) {

    /** Sorts of refusals, for those who have a word of their own for each. */
    public enum Refusal {
        /** None. */
        NONE,
        /** No peer has that address. */
        UNKNOWN_PEER,
        /** The peer is there already, in this role. */
        KNOWN_PEER,
        /** Nobody, or somebody else, answers at the address. */
        UNREACHABLE,
        /** Too few of the voters would answer. */
        QUORUM,
        /** The peer is no listener. */
        NOT_A_LISTENER,
        /** The peer lags. */
        BEHIND,
        /** Another change is under way. */
        BUSY,
        /** There is no Raft leader, or it did not answer. */
        NO_LEADER,
        /** It was tried and did not succeed. */
        FAILED
    }

    /**
     * What a group stands on.
     *
     * @param voters    addresses of the peers with a vote
     * @param listeners addresses of those without
     * @param silent    voters that do not answer the Raft leader
     */
    public record Footing(List<HostPort> voters, List<HostPort> listeners, List<HostPort> silent) {

        static final Footing NONE = new Footing(List.of(), List.of(), List.of());

        public Footing {
            voters = List.copyOf(voters);
            listeners = List.copyOf(listeners);
            silent = List.copyOf(silent);
        }

        /** How many voters have to answer. */
        public int quorum() {
            return voters.size() / 2 + 1;
        }

        /** How many of those that answer may fail; negative when the group cannot go on. */
        public int mayFail() {
            return voters.size() - silent.size() - quorum();
        }

        private void write(WireOut out) {
            for (List<HostPort> part : List.of(voters, listeners, silent)) {
                out.i32(part.size());
                part.forEach(out::address);
            }
        }

        private static Footing read(WireIn in) {
            return new Footing(in.list(WireIn::address), in.list(WireIn::address), in.list(WireIn::address));
        }
    }

    public ChangeReport {
        warnings = List.copyOf(warnings);
    }

    static ChangeReport refused(Refusal kind, String why) {
        return new ChangeReport(why, kind, Footing.NONE, Footing.NONE, List.of(), "");
    }

    ChangeReport refuse(Refusal why, String sentence) {
        return new ChangeReport(sentence, why, before, before, List.of(), "");
    }

    ChangeReport done(String sentence) {
        return new ChangeReport("", Refusal.NONE, before, after, warnings, sentence);
    }

    public boolean isRefused() {
        return kind != Refusal.NONE;
    }

    byte[] encode() {
        WireOut out = new WireOut().text(refusal).u8(kind.ordinal());
        before.write(out);
        after.write(out);
        out.i32(warnings.size());
        warnings.forEach(out::text);
        return out.text(outcome).done();
    }

    static ChangeReport decode(byte[] message) {
        WireIn in = new WireIn(message);
        return new ChangeReport(in.text(), in.constant(Refusal.values()), Footing.read(in), Footing.read(in),
                in.list(WireIn::text), in.text());
    }
}
