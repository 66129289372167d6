package io.matriarch.raft;

import io.matriarch.config.HostPort;
import java.util.Optional;

/** What an operator wants of the consensus group while it runs. Peers are named by their addresses. */
public sealed interface GroupChange {

    /**
     * Take a peer in.
     *
     * @param listener it gets the log but has no vote
     */
    record Add(HostPort address, boolean listener) implements GroupChange {
    }

    /** Take the peer in that will start at an address, whenever that is; {@link Remove} takes this back. */
    record Expect(HostPort address, boolean listener) implements GroupChange {
    }

    /** Go on without a peer; its storage never takes part again. */
    record Remove(HostPort address) implements GroupChange {
    }

    /** Take a peer in at one address, and go on without the one at another. */
    record Replace(HostPort former, HostPort by) implements GroupChange {
    }

    /** Give a listener a vote. */
    record Promote(HostPort address) implements GroupChange {
    }

    /** Take the vote of a peer that is about to stop; when it is back it asks to be promoted. */
    record Demote(HostPort address) implements GroupChange {
    }

    /** Hand the Raft leadership on; empty: to whoever is most up to date. */
    record Transfer(Optional<HostPort> to) implements GroupChange {
    }

    /** In the words of an operator. */
    default String describe() {
        if (this instanceof Add add) {
            return "add " + add.address() + (add.listener() ? " as a listener" : "");
        } else if (this instanceof Expect expect) {
            return "expect " + expect.address() + (expect.listener() ? " as a listener" : "");
        } else if (this instanceof Remove remove) {
            return "remove " + remove.address();
        } else if (this instanceof Replace replace) {
            return "replace " + replace.former() + " by " + replace.by();
        } else if (this instanceof Promote promote) {
            return "promote " + promote.address();
        } else if (this instanceof Demote demote) {
            return "take the vote of " + demote.address();
        }
        return "transfer the Raft leadership" + ((Transfer) this).to().map(a -> " to " + a).orElse("");
    }

    /** Appends this change to a message. */
    private WireOut write(WireOut out) {
        if (this instanceof Add add) {
            return out.u8(0).address(add.address()).flag(add.listener());
        } else if (this instanceof Remove remove) {
            return out.u8(1).address(remove.address());
        } else if (this instanceof Replace replace) {
            return out.u8(2).address(replace.former()).address(replace.by());
        } else if (this instanceof Promote promote) {
            return out.u8(3).address(promote.address());
        } else if (this instanceof Demote demote) {
            return out.u8(4).address(demote.address());
        }
        if (this instanceof Expect expect) {
            return out.u8(6).address(expect.address()).flag(expect.listener());
        }
        Optional<HostPort> to = ((Transfer) this).to();
        out.u8(5).flag(to.isPresent());
        to.ifPresent(out::address);
        return out;
    }

    private static GroupChange read(WireIn in) {
        return switch (in.u8()) {
            case 0 -> new Add(in.address(), in.flag());
            case 1 -> new Remove(in.address());
            case 2 -> new Replace(in.address(), in.address());
            case 3 -> new Promote(in.address());
            case 4 -> new Demote(in.address());
            case 5 -> new Transfer(in.flag() ? Optional.of(in.address()) : Optional.empty());
            case 6 -> new Expect(in.address(), in.flag());
            default -> throw new IllegalArgumentException("unknown change of the group");
        };
    }

    /**
     * A change and whether it is to be carried out.
     *
     * @param planOnly say what would happen, and change nothing
     */
    record Order(GroupChange change, boolean planOnly) {

        byte[] encode() {
            return change.write(new WireOut().flag(planOnly)).done();
        }

        static Order decode(WireIn in) {
            boolean planOnly = in.flag();
            return new Order(read(in), planOnly);
        }
    }
}
