package io.matriarch.raft;

import io.matriarch.config.HostPort;
import java.util.Optional;

/** What one peer said to one attempt of a call. */
sealed interface Answer {

    /** Committed and applied at an index of the log. */
    record Done(long index, byte[] reply) implements Answer {
    }

    /** Somebody else leads, perhaps the one named. */
    record NotLeader(Optional<HostPort> leader) implements Answer {
    }

    /** Ask again soon. */
    record NotReady(String why) implements Answer {
    }

    /** This peer cannot help; what became of the attempt is not known. */
    record Failed(String why) implements Answer {
    }

    default byte[] encode() {
        WireOut out = new WireOut();
        if (this instanceof Done done) {
            out.u8(0).i64(done.index()).bytes(done.reply());
        } else if (this instanceof NotLeader other) {
            out.u8(1).flag(other.leader().isPresent());
            other.leader().ifPresent(out::address);
        } else if (this instanceof NotReady busy) {
            out.u8(2).text(busy.why());
        } else if (this instanceof Failed failed) {
            out.u8(3).text(failed.why());
        }
        return out.done();
    }

    static Answer decode(byte[] message) {
        WireIn in = new WireIn(message);
        return switch (in.u8()) {
            case 0 -> new Done(in.i64(), in.bytes());
            case 1 -> new NotLeader(in.flag() ? Optional.of(in.address()) : Optional.empty());
            case 2 -> new NotReady(in.text());
            case 3 -> new Failed(in.text());
            default -> throw new IllegalArgumentException("unknown answer");
        };
    }
}
