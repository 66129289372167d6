package io.matriarch.raft;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;

/**
 * What a peer without a group does next, from what the addresses of its list answered. Pure.
 *
 * <p>A new group is founded only when every listed address answers that it is empty and lists the same addresses; a
 * majority is not enough, since two wiped disks of three would found a second group beside the first. Only an operator's
 * word excuses an address from answering. The lowest address proposes the charter; it is in force once every member has
 * accepted it durably.
 */
final class FormationDecision {

    private FormationDecision() {
    }

    /** What one listed address answered. */
    sealed interface Reply {

        record Present(Hello hello) implements Reply {
        }

        record Absent(String why) implements Reply {
        }
    }

    /** What to do. */
    sealed interface Step {

        /** Ask everyone to accept this charter; with all acceptances the group is founded. */
        record Found(Charter charter) implements Step {
        }

        /** The group of this charter was founded, and this peer is one of its founders. */
        record Adopt(Charter charter) implements Step {
        }

        /** Others form a group: be taken in. */
        record Join() implements Step {
        }

        /** Ask again later. */
        record Wait(List<String> missing, String why) implements Step {

            public Wait {
                missing = List.copyOf(missing);
            }
        }
    }

    /**
     * Decides.
     *
     * @param answers one for every other address of the list; one for the own address if somebody else answers there
     * @param without addresses that an operator excused from answering
     * @param fresh   a random identity for a new charter
     */
    static Step decide(Hello self, Map<String, Reply> answers, Set<String> without, UUID fresh) {
        if (answers.get(self.address().toString()) instanceof Reply.Present) {
            return new Step.Wait(List.of(), "another peer answers at " + self.address() + ", the raft.self_addr of this"
                    + " one; if the configuration was copied from another node, give this node its own addresses");
        }
        SortedMap<String, Hello> present = new TreeMap<>();
        List<String> missing = new ArrayList<>();
        StringBuilder reasons = new StringBuilder();
        answers.forEach((address, reply) -> {
            if (reply instanceof Reply.Present p) {
                present.put(address, p.hello());
            } else if (reply instanceof Reply.Absent a && !without.contains(address)) {
                missing.add(address);
                reasons.append(reasons.isEmpty() ? "" : ", ").append(address).append(" (").append(a.why()).append(')');
            }
        });
        Optional<Step> existing = existing(self, present);
        if (existing.isPresent()) {
            return existing.get();
        }
        if (self.stage() == Stage.JOINING) {
            return new Step.Wait(missing, "was joining a group, and no member of it answers");
        }
        if (!missing.isEmpty()) {
            return new Step.Wait(missing, "the group forms when every listed address has answered; missing: " + reasons);
        }
        return obstacle(self, present).orElseGet(() -> charter(self, present, without, fresh));
    }

    /** The same when no address is excused. */
    static Step decide(Hello self, Map<String, Reply> answers, UUID fresh) {
        return decide(self, answers, Set.of(), fresh);
    }

    private static Optional<Step> existing(Hello self, SortedMap<String, Hello> present) {
        boolean formed = false;
        for (Hello other : present.values()) {
            if (other.stage() != Stage.FORMED) {
                continue;
            }
            formed = true;
            Optional<Charter> mine = other.charter().filter(c -> c.names(self.address(), self.id()));
            if (self.stage() == Stage.ACCEPTED && mine.isPresent()) {
                return Optional.of(new Step.Adopt(mine.get()));
            }
        }
        return formed ? Optional.of(new Step.Join()) : Optional.empty();
    }

    private static Optional<Step> obstacle(Hello self, SortedMap<String, Hello> present) {
        HashSet<UUID> ids = new HashSet<>();
        ids.add(self.id());
        for (Map.Entry<String, Hello> e : present.entrySet()) {
            Hello other = e.getValue();
            if (!other.address().toString().equals(e.getKey())) {
                return wait(e.getKey() + " answers as " + other.address() + "; write the address as its raft.self_addr");
            }
            if (other.stage() == Stage.JOINING) {
                return wait(e.getKey() + " is joining a group whose members do not answer");
            }
            if (other.stage() == Stage.REMOVED) {
                return wait(e.getKey() + " was removed from a group whose members do not answer");
            }
            if (!other.list().equals(self.list())) {
                return wait(e.getKey() + " lists " + other.list() + ", this peer lists " + self.list()
                        + "; raft.self_addr and raft.partner_addrs must give the same set everywhere");
            }
            if (!ids.add(other.id())) {
                return wait(e.getKey() + " has the identity of another peer: its data directory is a copy");
            }
        }
        return Optional.empty();
    }

    private static Step charter(Hello self, SortedMap<String, Hello> present, Set<String> without, UUID fresh) {
        String founder = self.list().stream().filter(a -> !without.contains(a)).findFirst()
                .orElse(self.address().toString());
        if (!founder.equals(self.address().toString())) {
            return new Step.Wait(List.of(), "all addresses answer; " + founder + " founds the group");
        }
        SortedMap<String, UUID> members = new TreeMap<>();
        present.forEach((address, hello) -> members.put(address, hello.id()));
        members.put(self.address().toString(), self.id());
        UUID formation = self.charter().filter(c -> c.members().equals(members)).map(Charter::formation).orElse(fresh);
        return new Step.Found(new Charter(formation, members));
    }

    private static Optional<Step> wait(String why) {
        return Optional.of(new Step.Wait(List.of(), why));
    }

    /**
     * Whether a peer may bind itself to a charter.
     *
     * @param without addresses that an operator excused from answering
     * @param seen    who answered this peer last at each other address: two that claim one address never both found
     * @return why not; empty to accept
     */
    static Optional<String> objection(Hello self, Charter charter, Set<String> without, Map<String, UUID> seen) {
        boolean same = self.charter().map(c -> c.formation().equals(charter.formation())).orElse(false);
        return switch (self.stage()) {
            case FORMED -> same ? Optional.empty() : Optional.of("belongs to a group");
            case JOINING -> Optional.of("is joining a group");
            case REMOVED -> Optional.of("was removed from a group");
            case EMPTY, ACCEPTED -> {
                Set<String> named = charter.members().keySet();
                if (!self.list().containsAll(named)
                        || self.list().stream().anyMatch(a -> !named.contains(a) && !without.contains(a))) {
                    yield Optional.of("lists other addresses: " + self.list());
                }
                if (!charter.names(self.address(), self.id())) {
                    yield Optional.of("has another identity, its disk was replaced");
                }
                yield charter.members().entrySet().stream().filter(m -> !m.getKey().equals(self.address().toString())
                                && !m.getValue().equals(seen.get(m.getKey()))).findFirst()
                        .map(m -> "has not reached " + m.getKey() + " yet");
            }
        };
    }

    /**
     * Whether an operator may excuse addresses from answering.
     *
     * @return why not; empty when it may be done
     */
    static Optional<String> objectionToLeaveOut(Hello self, Set<String> without) {
        if (self.stage() != Stage.EMPTY && self.stage() != Stage.ACCEPTED) {
            return Optional.of(self.stage() == Stage.FORMED ? "belongs to a group already" : "was in a group already");
        }
        if (!self.list().containsAll(without) || without.contains(self.address().toString())) {
            return Optional.of("lists " + self.list() + " and is " + self.address()
                    + "; only other addresses of the list can be left out");
        }
        // what is left must be a majority, or the addresses left out could do the same without the others
        return 2 * (self.list().size() - without.size()) > self.list().size() ? Optional.empty()
                : Optional.of("a majority of " + self.list() + " must remain");
    }
}
