package io.matriarch.raft;

import io.matriarch.config.HostPort;
import io.matriarch.raft.ChangeReport.Footing;
import io.matriarch.raft.ChangeReport.Refusal;
import io.matriarch.raft.GroupFacts.Place;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Which changes of a group are allowed, and what they come to. Pure. */
final class ChangeRules {

    private static final int MOST_VOTERS = 5;
    /** A listener that lacks no more than this catches up while it is given its vote. */
    private static final long NEAR = 1_000;

    private final GroupFacts facts;

    private ChangeRules(GroupFacts facts) {
        this.facts = facts;
    }

    /** Says whether a change may be made to a group that has these peers, and what the group is before and after. */
    static ChangeReport judge(GroupChange change, GroupFacts facts) {
        ChangeRules rules = new ChangeRules(facts);
        if (change instanceof GroupChange.Add add) {
            return rules.add(add);
        } else if (change instanceof GroupChange.Expect expect) {
            return facts.expected().containsKey(expect.address()) ? rules.no(Refusal.KNOWN_PEER, expect.address()
                    + " is expected already") : rules.add(new GroupChange.Add(expect.address(), expect.listener()));
        } else if (change instanceof GroupChange.Remove remove) {
            return rules.remove(remove.address());
        } else if (change instanceof GroupChange.Replace replace) {
            return rules.replace(replace);
        } else if (change instanceof GroupChange.Promote promote) {
            return rules.promote(promote.address());
        } else if (change instanceof GroupChange.Demote demote) {
            return rules.demote(demote.address());
        }
        return rules.transfer(((GroupChange.Transfer) change).to());
    }

    private ChangeReport add(GroupChange.Add add) {
        Optional<Place> known = facts.at(add.address());
        if (known.isPresent()) {
            return no(Refusal.KNOWN_PEER, add.address() + " is a " + (known.get().voter() ? "voter" : "listener")
                    + " of the group already" + (known.get().voter() ? "" : "; 'raft promote' gives it a vote"));
        }
        return yes(facts.with(add.address(), !add.listener()));
    }

    private ChangeReport remove(HostPort address) {
        Optional<Place> known = facts.at(address);
        if (known.isEmpty()) {
            return facts.expected().containsKey(address) ? yes(facts) : unknown(address);
        }
        GroupFacts rest = facts.without(address);
        if (known.get().voter() && rest.footing().voters().isEmpty()) {
            return no(Refusal.QUORUM, address + " is the only voter of the group");
        }
        return withQuorum(rest);
    }

    private ChangeReport replace(GroupChange.Replace replace) {
        Optional<Place> former = facts.at(replace.former());
        if (former.isEmpty()) {
            return unknown(replace.former());
        }
        if (replace.by().equals(replace.former())) {
            return no(Refusal.KNOWN_PEER, "a peer that lost its storage takes its own place by itself: start its agent with an empty"
                    + " raft.data_dir");
        }
        boolean voter = former.get().voter();
        Optional<Place> successor = facts.at(replace.by());
        GroupFacts rest = facts.without(replace.former());
        // what is in between: the dead one goes first, a living one goes last
        if (!former.get().answers() && rest.footing().mayFail() < 0) {
            return tooFew(rest);
        }
        return withQuorum(successor.isPresent() ? rest : rest.with(replace.by(), voter));
    }

    private ChangeReport promote(HostPort address) {
        Optional<Place> known = facts.at(address);
        if (known.isEmpty()) {
            return unknown(address);
        }
        if (known.get().voter()) {
            return no(Refusal.NOT_A_LISTENER, address + " is a voter already");
        }
        if (!known.get().answers()) {
            return no(Refusal.UNREACHABLE, address + " does not answer: it was last heard of "
                    + known.get().silentMillis() + " ms ago");
        }
        if (known.get().missing() > NEAR) {
            return no(Refusal.BEHIND, address + " lacks " + known.get().missing() + " entries of the log; try again when it"
                    + " has caught up");
        }
        return yes(facts.with(address, true));
    }

    private ChangeReport demote(HostPort address) {
        Optional<Place> known = facts.at(address).filter(Place::voter);
        if (known.isEmpty()) {
            return unknown(address);
        }
        GroupFacts rest = facts.with(address, false);
        return rest.footing().voters().isEmpty() ? no(Refusal.QUORUM, address + " is the only voter of the group")
                : withQuorum(rest);
    }

    private ChangeReport transfer(Optional<HostPort> to) {
        if (to.isEmpty()) {
            return facts.places().stream().anyMatch(p -> p.voter() && !p.leads() && p.answers()) ? yes(facts)
                    : no(Refusal.UNREACHABLE, "no other voter answers");
        }
        Optional<Place> known = facts.at(to.get());
        if (known.isEmpty()) {
            return unknown(to.get());
        }
        if (!known.get().voter()) {
            return no(Refusal.NOT_A_LISTENER, to.get() + " is a listener: only a voter can lead");
        }
        return known.get().answers() ? yes(facts) : no(Refusal.UNREACHABLE, to.get()
                + " does not answer: it was last heard of " + known.get().silentMillis() + " ms ago");
    }

    private ChangeReport unknown(HostPort address) {
        return no(Refusal.UNKNOWN_PEER, "no peer of the group has the address " + address + "; it consists of "
                + facts.names());
    }

    private ChangeReport withQuorum(GroupFacts next) {
        return next.footing().mayFail() < 0 ? tooFew(next) : yes(next);
    }

    private ChangeReport tooFew(GroupFacts next) {
        Footing footing = next.footing();
        int answering = footing.voters().size() - footing.silent().size();
        return no(Refusal.QUORUM, "the group would lose its quorum: of the " + footing.voters().size()
                + " voters that would be left " + answering + " answer" + (answering == 1 ? "s" : "") + ", and "
                + footing.quorum() + " must (silent: " + join(footing.silent()) + ")");
    }

    private ChangeReport no(Refusal kind, String why) {
        return new ChangeReport(why, kind, facts.footing(), facts.footing(), List.of(), "");
    }

    private ChangeReport yes(GroupFacts next) {
        Footing before = facts.footing();
        Footing after = next.footing();
        List<String> warnings = new ArrayList<>();
        if (!after.voters().equals(before.voters())) {
            int voters = after.voters().size();
            if (voters % 2 == 0) {
                warnings.add("an even number of voters (" + voters + ") survives the loss of no more of them than "
                        + (voters - 1) + " would");
            }
            if (voters > MOST_VOTERS && voters > before.voters().size()) {
                warnings.add("more than " + MOST_VOTERS + " voters make every write slower; further members can be listeners");
            }
            if (after.mayFail() == 0 && voters > 1) {
                warnings.add("the group stops when one more voter fails");
            }
        }
        return new ChangeReport("", Refusal.NONE, before, after, warnings, "");
    }

    static String join(List<HostPort> addresses) {
        return String.join(", ", addresses.stream().map(HostPort::toString).toList());
    }
}
