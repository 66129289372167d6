package io.matriarch.raft;

import io.matriarch.config.HostPort;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;

/**
 * Peers that form a group by the real decisions, with messages that come late, in another order or never, and disks that
 * are wiped, copied or away. One seed is one order of everything.
 */
final class FormationPlay {

    private static final int LONGEST = 4_000;
    private static final int MOST_MAIL = 25;

    private final Random random;
    private final Rules rules;
    private final boolean disks;
    private final List<Node> nodes = new ArrayList<>();
    private final List<Runnable> mail = new ArrayList<>();
    private final Set<String> cut = new HashSet<>();
    private final Map<UUID, Map<String, UUID>> members = new HashMap<>();
    private final Map<String, Integer> happened = new TreeMap<>();
    private Optional<String> breach = Optional.empty();

    /** @param disks whether disks are wiped and copied too */
    FormationPlay(long seed, int peers, boolean disks, Rules rules) {
        this.random = new Random(seed);
        this.disks = disks;
        this.rules = rules;
        for (int i = 0; i < peers; i++) {
            nodes.add(new Node((char) ('a' + i) + ":1"));
        }
    }

    /** What decides; the real thing or one with a defect. */
    interface Rules {
        FormationDecision.Step decide(Hello self, Map<String, FormationDecision.Reply> answers, UUID fresh);

        default Optional<String> objection(Hello self, Charter charter, Map<String, UUID> seen) {
            return FormationDecision.objection(self, charter, Set.of(), seen);
        }
    }

    /** What was breached, if anything. */
    Optional<String> breach() {
        return breach;
    }

    /** How often what happened. */
    Map<String, Integer> happened() {
        return happened;
    }

    /** Plays until something is breached or it has gone on long enough, with faults in the first half. */
    FormationPlay run() {
        for (int i = 0; i < LONGEST && breach.isEmpty(); i++) {
            if (i < LONGEST / 2 && random.nextInt(60) == 0) {
                fault();
            }
            if (i == LONGEST / 2) {
                cut.clear();
                nodes.forEach(node -> node.up = true);
            }
            if (mail.isEmpty() || mail.size() < MOST_MAIL && random.nextInt(4) == 0) {
                nodes.get(random.nextInt(nodes.size())).round();
            } else {
                Runnable next = mail.remove(random.nextInt(mail.size()));
                if (random.nextInt(20) != 0) {
                    next.run();
                }
            }
            look();
        }
        return this;
    }

    private void fault() {
        Node node = nodes.get(random.nextInt(nodes.size()));
        Node other = nodes.get(random.nextInt(nodes.size()));
        switch (disks ? random.nextInt(8) : 2 * random.nextInt(4)) {
            case 0 -> {
                count("restarts");
                node.restart();
            }
            case 1 -> {
                count("wiped disks");
                node.wipe();
            }
            case 2 -> {
                count("machines switched off or on");
                node.up = !node.up;
            }
            case 3 -> {
                count("copied disks");
                if (other != node) {
                    node.copyOf(other);
                }
            }
            case 4, 5 -> {
                count("links cut");
                cut.add(node.address + other.address);
                cut.add(other.address + node.address);
            }
            default -> cut.clear();
        }
    }

    private void count(String what) {
        happened.merge(what, 1, Integer::sum);
    }

    /** Two storages that belong to groups belong to the same one. */
    private void look() {
        Set<UUID> groups = new TreeSet<>();
        for (Node node : nodes) {
            if (node.stage == Stage.FORMED) {
                groups.add(node.group);
            }
        }
        if (groups.size() > 1) {
            breach = Optional.of("two groups were founded: " + nodes);
        }
    }

    /** The peers as they are. */
    String state() {
        return nodes.toString();
    }

    /** Whether every peer belongs to the one group. */
    boolean isWhole() {
        return nodes.stream().allMatch(node -> node.stage == Stage.FORMED);
    }

    private boolean reaches(Node from, Node to) {
        return from.up && to.up && !cut.contains(from.address + to.address);
    }

    private Set<String> list() {
        Set<String> list = new TreeSet<>();
        nodes.forEach(node -> list.add(node.address));
        return list;
    }

    /** A peer and its disk. */
    private final class Node {

        private final String address;
        private boolean up = true;
        private int incarnation;
        private UUID id = fresh();
        private Stage stage = Stage.EMPTY;
        private Optional<Charter> charter = Optional.empty();
        private UUID group;
        private final Map<String, UUID> seen = new HashMap<>();

        private Node(String address) {
            this.address = address;
        }

        private UUID fresh() {
            return new UUID(random.nextLong(), random.nextLong());
        }

        private void restart() {
            incarnation++;
            seen.clear();
        }

        private void wipe() {
            restart();
            id = fresh();
            stage = Stage.EMPTY;
            charter = Optional.empty();
            group = null;
        }

        private void copyOf(Node other) {
            restart();
            id = other.id;
            stage = other.stage;
            charter = other.charter;
            group = other.group;
        }

        private Hello hello() {
            TreeSet<UUID> known = stage == Stage.FORMED ? new TreeSet<>(members.get(group).values()) : new TreeSet<>();
            return new Hello(id, HostPort.parse(address, 0), new TreeSet<>(list()), stage, charter, known,
                    stage == Stage.FORMED && isLive(group, this));
        }

        /** Does something while this process lives. */
        private void later(Runnable action) {
            int mine = incarnation;
            mail.add(() -> {
                if (mine == incarnation && up) {
                    action.run();
                }
            });
        }

        private void round() {
            if (!up || stage == Stage.FORMED) {
                return;
            }
            Map<String, FormationDecision.Reply> answers = new LinkedHashMap<>();
            for (Node other : nodes) {
                if (other != this) {
                    ask(other, answers);
                }
            }
        }

        private void ask(Node other, Map<String, FormationDecision.Reply> answers) {
            later(() -> {
                FormationDecision.Reply reply = reaches(this, other) && reaches(other, this)
                        ? new FormationDecision.Reply.Present(other.hello())
                        : new FormationDecision.Reply.Absent("no answer");
                later(() -> {
                    answers.put(other.address, reply);
                    if (answers.size() == nodes.size() - 1) {
                        see(answers);
                        perform(rules.decide(hello(), answers, fresh()));
                    }
                });
            });
        }

        private void see(Map<String, FormationDecision.Reply> answers) {
            seen.clear();
            answers.forEach((from, reply) -> {
                if (reply instanceof FormationDecision.Reply.Present present) {
                    seen.put(from, present.hello().id());
                }
            });
        }

        private void perform(FormationDecision.Step step) {
            if (stage == Stage.FORMED) {
                return;
            }
            if (step instanceof FormationDecision.Step.Found found) {
                propose(found.charter());
            } else if (step instanceof FormationDecision.Step.Adopt adopt) {
                found(adopt.charter());
            } else if (step instanceof FormationDecision.Step.Join) {
                stage = Stage.JOINING;
                nodes.stream().filter(n -> n.stage == Stage.FORMED && reaches(this, n)).findFirst()
                        .ifPresent(member -> later(() -> join(member)));
            }
        }

        private void propose(Charter proposed) {
            Set<String> accepted = new HashSet<>();
            for (Node other : nodes) {
                if (proposed.members().containsKey(other.address)) {
                    later(() -> {
                        if (other == this || reaches(this, other) && other.accepts(proposed)) {
                            accepted.add(other.address);
                        }
                        if (accepted.equals(proposed.members().keySet())) {
                            later(() -> putInForce(proposed));
                        }
                    });
                }
            }
            accepts(proposed);
        }

        private boolean accepts(Charter proposed) {
            boolean willing = rules.objection(hello(), proposed, seen).isEmpty();
            if (willing && stage != Stage.FORMED) {
                stage = Stage.ACCEPTED;
                charter = Optional.of(proposed);
            }
            return willing;
        }

        private void putInForce(Charter proposed) {
            if (stage == Stage.ACCEPTED && charter.equals(Optional.of(proposed))) {
                found(proposed);
                for (Node other : nodes) {
                    mail.add(() -> {
                        if (other.up && other.stage == Stage.ACCEPTED && other.charter.equals(Optional.of(proposed))) {
                            other.found(proposed);
                        }
                    });
                }
            }
        }

        private void found(Charter agreed) {
            count("foundations by a member");
            stage = Stage.FORMED;
            charter = Optional.of(agreed);
            group = agreed.formation();
            members.putIfAbsent(group, new HashMap<>(agreed.members()));
        }

        /** The group takes it in when it has a majority, and nobody else bears its identity. */
        private void join(Node member) {
            boolean copied = nodes.stream().anyMatch(n -> n != this && n.id.equals(id));
            if (member.stage == Stage.FORMED && reaches(this, member) && isLive(member.group, member) && !copied) {
                count("members taken in");
                members.get(member.group).put(address, id);
                group = member.group;
                stage = Stage.FORMED;
                charter = member.charter;
            }
        }

        @Override
        public String toString() {
            return address + " " + stage + (up ? "" : " (off)") + (group == null ? "" : " in " + group.toString().substring(0, 4));
        }
    }

    private boolean isLive(UUID group, Node from) {
        Map<String, UUID> all = members.get(group);
        long there = nodes.stream().filter(n -> n.stage == Stage.FORMED && group.equals(n.group)
                && n.id.equals(all.get(n.address)) && (n == from || reaches(from, n))).count();
        return there * 2 > all.size();
    }
}
