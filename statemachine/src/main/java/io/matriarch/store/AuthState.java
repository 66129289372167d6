package io.matriarch.store;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Who may do what: users with roles, roles with permissions. Nobody is asked while it is not enabled.
 *
 * @param revision counts the changes, from 1
 * @param tokenKey secret of the group that the tokens of users are signed with; empty before the first enabling
 */
public record AuthState(boolean enabled, long revision, Bytes tokenKey, SortedMap<String, User> users,
                        SortedMap<String, List<Permission>> roles) {

    /** The user and the role that may do everything. */
    public static final String ROOT = "root";

    /** Users, and roles; nothing else would bound them. */
    private static final int MOST = 10_000;

    static final AuthState NONE = new AuthState(false, 1, Bytes.EMPTY, new TreeMap<>(), new TreeMap<>());

    /**
     * One user.
     *
     * @param password what a password is checked against, in a form of the caller's; empty for one who has none
     */
    public record User(Bytes password, SortedSet<String> roles) {

        public User {
            roles = Collections.unmodifiableSortedSet(new TreeSet<>(roles));
        }

        /** Does not show the password. */
        @Override
        public String toString() {
            return roles.toString();
        }
    }

    /** What a change leads to: another state, or a refusal. */
    record Changed(AuthState state, Optional<StoreError> refusal) {
    }

    public AuthState {
        users = Collections.unmodifiableSortedMap(new TreeMap<>(users));
        roles = Collections.unmodifiableSortedMap(new TreeMap<>(roles));
    }

    /** Does not show the key. */
    @Override
    public String toString() {
        return (enabled ? "enabled" : "disabled") + " at " + revision + ", users " + users + ", roles " + roles;
    }

    Changed apply(Command.Auth change) {
        return switch (change.action()) {
            case ENABLE -> enable(change);
            case DISABLE -> enabled ? next(false, tokenKey, users, roles) : unchanged();
            case USER_ADD, USER_DELETE, USER_PASSWORD, USER_GRANT, USER_REVOKE -> changeUser(change);
            case ROLE_ADD, ROLE_DELETE, ROLE_GRANT, ROLE_REVOKE -> changeRole(change);
        };
    }

    private Changed next(boolean on, Bytes key, SortedMap<String, User> newUsers,
            SortedMap<String, List<Permission>> newRoles) {
        return new Changed(new AuthState(on, revision + 1, key, newUsers, newRoles), Optional.empty());
    }

    private Changed unchanged() {
        return new Changed(this, Optional.empty());
    }

    private Changed refused(StoreError error) {
        return new Changed(this, Optional.of(error));
    }

    private Changed enable(Command.Auth change) {
        if (enabled) {
            return unchanged();
        }
        if (!users.containsKey(ROOT)) {
            return refused(StoreError.ROOT_USER_MISSING);
        }
        if (!users.get(ROOT).roles().contains(ROOT)) {
            return refused(StoreError.ROOT_ROLE_MISSING);
        }
        return next(true, change.secret(), users, roles);
    }

    private Changed changeUser(Command.Auth change) {
        String name = change.name();
        User user = users.get(name);
        boolean protectedRoot = enabled && name.equals(ROOT);
        SortedMap<String, User> changed = new TreeMap<>(users);
        if (change.action() == Command.Auth.Action.USER_ADD) {
            if (name.isEmpty()) {
                return refused(StoreError.USER_EMPTY);
            }
            if (user != null) {
                return refused(StoreError.USER_EXISTS);
            }
            if (users.size() >= MOST) {
                return refused(StoreError.NO_SPACE);
            }
            changed.put(name, new User(change.secret(), new TreeSet<>()));
            return next(enabled, tokenKey, changed, roles);
        }
        if (protectedRoot && (change.action() == Command.Auth.Action.USER_DELETE
                || change.action() == Command.Auth.Action.USER_REVOKE && change.role().equals(ROOT))) {
            return refused(StoreError.INVALID_AUTH_CHANGE);
        }
        if (user == null) {
            return refused(StoreError.USER_MISSING);
        }
        SortedSet<String> held = new TreeSet<>(user.roles());
        switch (change.action()) {
            case USER_DELETE -> changed.remove(name);
            case USER_PASSWORD -> changed.put(name, new User(change.secret(), held));
            case USER_GRANT -> {
                if (!change.role().equals(ROOT) && !roles.containsKey(change.role())) {
                    return refused(StoreError.ROLE_MISSING);
                }
                held.add(change.role());
                changed.put(name, new User(user.password(), held));
            }
            default -> {
                if (!held.remove(change.role())) {
                    return refused(StoreError.ROLE_NOT_GRANTED);
                }
                changed.put(name, new User(user.password(), held));
            }
        }
        return next(enabled, tokenKey, changed, roles);
    }

    private Changed changeRole(Command.Auth change) {
        String name = change.role();
        List<Permission> permissions = roles.get(name);
        SortedMap<String, List<Permission>> changed = new TreeMap<>(roles);
        if (change.action() == Command.Auth.Action.ROLE_ADD) {
            if (name.isEmpty()) {
                return refused(StoreError.ROLE_EMPTY);
            }
            if (permissions != null) {
                return refused(StoreError.ROLE_EXISTS);
            }
            if (roles.size() >= MOST) {
                return refused(StoreError.NO_SPACE);
            }
            changed.put(name, List.of());
            return next(enabled, tokenKey, users, changed);
        }
        if (change.action() == Command.Auth.Action.ROLE_DELETE && enabled && name.equals(ROOT)) {
            return refused(StoreError.INVALID_AUTH_CHANGE);
        }
        if (permissions == null) {
            return refused(StoreError.ROLE_MISSING);
        }
        if (change.action() == Command.Auth.Action.ROLE_DELETE) {
            changed.remove(name);
            return next(enabled, tokenKey, without(name), changed);
        }
        Permission wanted = change.permission();
        List<Permission> left = new ArrayList<>(permissions);
        boolean had = left.removeIf(p -> p.key().equals(wanted.key()) && p.rangeEnd().equals(wanted.rangeEnd()));
        if (change.action() == Command.Auth.Action.ROLE_GRANT) {
            left.add(wanted);
        } else if (!had) {
            return refused(StoreError.PERMISSION_NOT_GRANTED);
        }
        left.sort(java.util.Comparator.comparing(Permission::key).thenComparing(Permission::rangeEnd));
        changed.put(name, List.copyOf(left));
        return next(enabled, tokenKey, users, changed);
    }

    private SortedMap<String, User> without(String role) {
        SortedMap<String, User> changed = new TreeMap<>();
        users.forEach((name, user) -> {
            SortedSet<String> held = new TreeSet<>(user.roles());
            held.remove(role);
            changed.put(name, new User(user.password(), held));
        });
        return changed;
    }

    /** Whether a user may do everything. */
    public boolean isRoot(String user) {
        return users.containsKey(user) && users.get(user).roles().contains(ROOT);
    }

    /** Whether one of the user's roles, or several together, allow the whole range. */
    boolean allows(String user, Permission.Kind kind, Bytes key, Bytes rangeEnd) {
        if (isRoot(user)) {
            return true;
        }
        KeyIntervals allowed = new KeyIntervals();
        for (String role : users.containsKey(user) ? users.get(user).roles() : Collections.<String>emptySortedSet()) {
            for (Permission p : roles.getOrDefault(role, List.of())) {
                if (p.kind().allows(kind)) {
                    allowed.add(p.key(), p.rangeEnd());
                }
            }
        }
        return allowed.covers(key, rangeEnd);
    }
}
