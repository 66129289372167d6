package io.matriarch.ha;

import io.matriarch.cluster.MemberName;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.NavigableSet;
import java.util.Set;
import java.util.TreeSet;

/**
 * The way from what is to what is wanted in quorum mode, as Patroni goes it.
 *
 * <p>The sync key says: of the leader and the voters no more than {@code quorum} lack an acknowledged commit. PostgreSQL
 * says: a commit waits for {@code number} of the names. As long as all of them together are no more than
 * {@code quorum + number + 1} members, every {@code quorum + 1} voters meet a member that has a given commit. Each step
 * keeps that, so that the way can be broken off anywhere and begun anew.
 */
final class QuorumSteps {

    private final MemberName me;
    private final NavigableSet<MemberName> active;
    private final int wanted;
    private final List<SyncStep> steps = new ArrayList<>();
    private int confirmed;
    private MemberName leader;
    private int quorum;
    private NavigableSet<MemberName> voters;
    private int number;
    private NavigableSet<MemberName> names;

    /** A state or a step that would break the promise. */
    private static final class Broken extends RuntimeException {

        private static final long serialVersionUID = 1L;

        Broken(String what) {
            super(what);
        }
    }

    /**
     * @param confirmed how many replicas are known to make commits wait for them
     * @param active    replicas that may be waited for
     * @param wanted    how many of them a commit is to wait for
     */
    record Replicas(MemberName me, int confirmed, Set<MemberName> active, int wanted) {
    }

    private QuorumSteps(SyncStep.Key key, StandbyRule rule, Replicas replicas) {
        me = replicas.me;
        active = new TreeSet<>(replicas.active);
        wanted = replicas.wanted;
        confirmed = replicas.confirmed;
        leader = key.leader();
        quorum = key.quorum();
        voters = new TreeSet<>(key.voters());
        names = new TreeSet<>(rule.members());
        number = Math.min(rule.number(), names.size());
    }

    /** All steps; empty when nothing is to be done. */
    static List<SyncStep> of(SyncStep.Key key, StandbyRule rule, Replicas replicas) {
        QuorumSteps way = new QuorumSteps(key, rule, replicas);
        try {
            way.go();
            return way.collapsed();
        } catch (Broken e) {
            return new QuorumSteps(key, rule, replicas).repair();
        }
    }

    /** Where the usual way would break the promise on its first steps: to promise less is always right. */
    private List<SyncStep> repair() {
        NavigableSet<MemberName> alive = common(voters, active);
        if (me.equals(leader) && alive.size() > quorum && !alive.equals(voters)) {
            return List.of(new SyncStep.Key(me, quorum, alive));
        }
        NavigableSet<MemberName> left = common(names, active);
        StandbyRule fewer = StandbyRule.any(Math.min(number, left.size()), left);
        if (me.equals(leader) && !left.isEmpty() && !left.equals(names)
                && fewer.keeps(new SyncStep.Key(me, quorum, voters).state(), me)) {
            return List.of(new SyncStep.Names(fewer));
        }
        return List.of(new SyncStep.Key(me, 0, Set.of()));
    }

    /** Of several steps of one kind in a row the last says it all; nothing counts after a call to look again. */
    private List<SyncStep> collapsed() {
        List<SyncStep> result = new ArrayList<>();
        for (SyncStep step : steps) {
            if (!result.isEmpty() && result.get(result.size() - 1).getClass() == step.getClass()) {
                result.remove(result.size() - 1);
            }
            result.add(step);
            if (step instanceof SyncStep.LookAgain) {
                break;
            }
        }
        return result;
    }

    private void go() {
        if (!isLeaderSettled()) {
            return;
        }
        if (confirmed == 0 && !common(names, active).isEmpty()) {
            confirmed = Math.min(common(names, active).size(), voters.size() - quorum);
        }
        settleSets();
        removeGone();
        addNew();
        changeNumber();
    }

    private boolean isLeaderSettled() {
        try {
            if (me.equals(leader)) {
                check();
                return true;
            }
            NavigableSet<MemberName> changed = plus(minus(voters, Set.of(me)), Set.of(leader));
            if (names.isEmpty()) {
                names(changed.size() - quorum, changed);
            }
            key(quorum, changed, me, active.containsAll(names));
            return !common(names, active).isEmpty();
        } catch (Broken e) {
            key(names.size() - number, names, leader, true);
        }
        if (!me.equals(leader)) {
            throw new Broken("the leader could not be settled");
        }
        return true;
    }

    private void settleSets() {
        if (!voters.equals(names) && voters.containsAll(names)) {
            NavigableSet<MemberName> dead = minus(voters, plus(names, active));
            if (!dead.isEmpty()) {
                key(voters.size() - dead.size() - number, minus(voters, dead), leader, active.containsAll(names));
            }
            NavigableSet<MemberName> add = minus(common(voters, active), names);
            if (!add.isEmpty()) {
                names(number, plus(names, add));
            }
        } else if (!voters.equals(names) && names.containsAll(voters)) {
            settleLargerNames();
        }
        int surplus = quorum + Math.min(number, confirmed);
        if (surplus > voters.size() && voters.equals(names)) {
            if (number > wanted) {
                names(Math.max(wanted, voters.size() - quorum), names);
            } else {
                key(names.size() - number, voters, leader, true);
            }
        } else if (voters.equals(names) && number == wanted && quorum + number > voters.size() && number > confirmed) {
            key(names.size() - number, voters, leader, true);
        }
    }

    private void settleLargerNames() {
        NavigableSet<MemberName> dead = minus(names, active);
        NavigableSet<MemberName> left = minus(names, dead);
        if (!dead.isEmpty() && !left.isEmpty() && (voters.isEmpty() || !common(left, voters).isEmpty())) {
            names(Math.min(number, left.size()), left);
        }
        NavigableSet<MemberName> add = common(minus(names, voters), active);
        if (!add.isEmpty()) {
            NavigableSet<MemberName> more = plus(voters, add);
            key(more.size() - number, more, leader, true);
        }
        NavigableSet<MemberName> rest = minus(names, voters);
        if (!rest.isEmpty()) {
            names(Math.min(number, names.size() - rest.size()), minus(names, rest));
        }
    }

    private void removeGone() {
        NavigableSet<MemberName> gone = minus(names, active);
        if (gone.isEmpty()) {
            return;
        }
        if (gone.equals(names)) {
            if (!voters.isEmpty()) {
                key(0, new TreeSet<>(), leader, false);
            }
            names(0, new TreeSet<>());
            return;
        }
        if (quorum > 0) {
            NavigableSet<MemberName> first = firstOf(gone.descendingSet(), quorum);
            NavigableSet<MemberName> left = minus(names, first);
            names(Math.min(Math.max(wanted, number), left.size()), left);
            gone = minus(gone, first);
            NavigableSet<MemberName> fewer = minus(voters, first);
            key(fewer.size() - number, fewer, leader, gone.isEmpty());
        }
        if (!gone.isEmpty()) {
            int fewer = number - gone.size();
            NavigableSet<MemberName> left = minus(names, gone);
            int surplus = fewer - Math.min(wanted, left.size());
            int newQuorum = surplus != 0 ? Math.min(surplus, minus(voters, gone).size() - 1) : 0;
            key(newQuorum, minus(voters, gone), leader, false);
            names(fewer, left);
        }
    }

    private void addNew() {
        NavigableSet<MemberName> fresh = minus(active, names);
        if (fresh.isEmpty()) {
            return;
        }
        int target = Math.min(wanted, plus(names, fresh).size());
        if (target > number) {
            boolean first = names.isEmpty();
            NavigableSet<MemberName> add = first ? fresh : firstOf(fresh, target - number);
            names(first ? target : number + add.size(), plus(names, add));
            NavigableSet<MemberName> more = plus(voters, add);
            key(more.size() - number, more, leader, true);
            fresh = minus(fresh, add);
        }
        if (!fresh.isEmpty()) {
            NavigableSet<MemberName> more = plus(voters, fresh);
            key(more.size() - target, more, leader, target > confirmed);
            names(target, plus(names, fresh));
        }
    }

    private void changeNumber() {
        int change = Math.min(wanted, names.size()) - number;
        if (change > 0) {
            names(number + change, names);
            key(voters.size() - number, voters, leader, true);
        } else if (change < 0) {
            if (quorum - change < voters.size()) {
                key(voters.size() - number - change, voters, leader, wanted > confirmed);
            }
            names(number + change, names);
        }
    }

    private void key(int newQuorum, NavigableSet<MemberName> newVoters, MemberName newLeader, boolean adjust) {
        if (newQuorum > 0 && newQuorum >= newVoters.size()) {
            throw new Broken("quorum " + newQuorum + " of " + newVoters);
        }
        int q = Math.max(0, newQuorum); // more are waited for than vote: nobody may lack anything
        NavigableSet<MemberName> v = newVoters;
        boolean sameLeader = newLeader.equals(leader);
        leader = newLeader;
        if (confirmed == 0 && voters.isEmpty()) {
            q = 0;
            v = new TreeSet<>();
        } else if (adjust) {
            q += Math.max(number - confirmed, 0);
        }
        if (sameLeader && q == quorum && v.equals(voters)) {
            if (voters.isEmpty()) {
                steps.add(new SyncStep.LookAgain());
            }
            return;
        }
        quorum = q;
        voters = new TreeSet<>(v);
        check();
        steps.add(new SyncStep.Key(leader, quorum, voters));
    }

    private void names(int newNumber, NavigableSet<MemberName> newNames) {
        if (newNumber < 0 || newNumber > newNames.size()) {
            throw new Broken(newNumber + " of " + newNames);
        }
        number = newNumber;
        names = new TreeSet<>(newNames);
        check();
        steps.add(new SyncStep.Names(StandbyRule.any(number, names)));
    }

    private void check() {
        NavigableSet<MemberName> keyed = plus(voters, Set.of(leader));
        NavigableSet<MemberName> waited = plus(names, Set.of(me));
        if (!voters.isEmpty() && plus(keyed, waited).size() > quorum + number + 1) {
            throw new Broken("a commit could be missed: quorum " + quorum + " of " + voters + ", " + number + " of " + names);
        }
        if (!keyed.containsAll(waited) && !waited.containsAll(keyed)) {
            throw new Broken("the sets are not nested");
        }
    }

    private static NavigableSet<MemberName> firstOf(NavigableSet<MemberName> set, int count) {
        return set.stream().limit(count).collect(TreeSet::new, Set::add, Set::addAll);
    }

    private static NavigableSet<MemberName> plus(Collection<MemberName> set, Collection<MemberName> more) {
        NavigableSet<MemberName> result = new TreeSet<>(set);
        result.addAll(more);
        return result;
    }

    private static NavigableSet<MemberName> minus(Collection<MemberName> set, Collection<MemberName> less) {
        NavigableSet<MemberName> result = new TreeSet<>(set);
        result.removeAll(less);
        return result;
    }

    private static NavigableSet<MemberName> common(Collection<MemberName> set, Collection<MemberName> other) {
        NavigableSet<MemberName> result = new TreeSet<>(set);
        result.retainAll(other);
        return result;
    }
}
