package io.matriarch.etcdapi;

import io.matriarch.store.AuthState;
import io.matriarch.store.Bytes;
import io.matriarch.store.Command;
import io.matriarch.store.Command.Auth.Action;
import io.matriarch.store.Permission;
import io.matriarch.store.Store;
import io.matriarch.store.StoreError;
import java.security.SecureRandom;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Function;
import java.util.function.Supplier;

/** The calls of {@code etcdserverpb.Auth}. */
final class AuthCalls {

    private static final String OWNER = "/etcdserverpb.Auth/";
    private static final Status NOT_ENABLED = new Status(Code.FAILED_PRECONDITION, "etcdserver: authentication is not enabled");
    private static final Status FAILED = Status.invalid("etcdserver: authentication failed, invalid user ID or password");
    private static final Status NOTHING_GIVEN = Status.invalid("etcdserver: permission not given");
    private static final Status BUSY = new Status(Code.RESOURCE_EXHAUSTED, "etcdserver: too many requests");
    private static final int KEY_BYTES = 32;

    private final Calls calls;
    private final Backend backend;
    private final Passwords passwords;
    private final SecureRandom chance;
    private final Executor slow;

    /** @param slow runs what takes long by intent */
    AuthCalls(Calls calls, Backend backend, SecureRandom chance, Executor slow) {
        this.calls = calls;
        this.backend = backend;
        this.passwords = new Passwords(chance);
        this.chance = chance;
        this.slow = slow;
    }

    void register() {
        calls.unary(OWNER + "Authenticate", this::authenticate);
        calls.unary(OWNER + "AuthStatus", (call, m) -> read(call, store -> backend.answer("AuthStatusResponse", store.revision())
                .set("enabled", store.auth().enabled()).set("authRevision", store.auth().revision())));
        change("AuthEnable", "AuthEnableResponse", m -> {
            byte[] key = new byte[KEY_BYTES];
            chance.nextBytes(key);
            return new Command.Auth(Action.ENABLE, "", "", Bytes.of(key));
        });
        change("AuthDisable", "AuthDisableResponse", m -> new Command.Auth(Action.DISABLE, "", "", Bytes.EMPTY));
        users();
        roles();
    }

    private void users() {
        calls.unary(OWNER + "UserAdd", (call, m) -> {
            boolean none = m.message("options").filter(options -> options.flag("no_password")).isPresent();
            refuseForeignHash(m);
            return withHash(none ? "" : m.text("password"), none).thenCompose(hash -> propose(call, "AuthUserAddResponse",
                    new Command.Auth(Action.USER_ADD, m.text("name"), "", hash)));
        });
        calls.unary(OWNER + "UserChangePassword", (call, m) -> {
            refuseForeignHash(m);
            return withHash(m.text("password"), false).thenCompose(hash -> propose(call, "AuthUserChangePasswordResponse",
                    new Command.Auth(Action.USER_PASSWORD, m.text("name"), "", hash)));
        });
        change("UserDelete", "AuthUserDeleteResponse", m -> new Command.Auth(Action.USER_DELETE, m.text("name"), "", Bytes.EMPTY));
        change("UserGrantRole", "AuthUserGrantRoleResponse",
                m -> new Command.Auth(Action.USER_GRANT, m.text("user"), m.text("role"), Bytes.EMPTY));
        change("UserRevokeRole", "AuthUserRevokeRoleResponse",
                m -> new Command.Auth(Action.USER_REVOKE, m.text("name"), m.text("role"), Bytes.EMPTY));
        calls.unary(OWNER + "UserGet", (call, m) -> read(call, store -> {
            AuthState.User user = store.auth().users().get(m.text("name"));
            if (user == null) {
                throw new CallRefused(Status.of(StoreError.USER_MISSING));
            }
            if (!backend.identify(call, store).user().equals(m.text("name"))) {
                backend.requireRoot(call, store);
            }
            Message answer = backend.answer("AuthUserGetResponse", store.revision());
            user.roles().forEach(role -> answer.add("roles", role));
            return answer;
        }));
        calls.unary(OWNER + "UserList", (call, m) -> read(call, store -> {
            backend.requireRoot(call, store);
            Message answer = backend.answer("AuthUserListResponse", store.revision());
            store.auth().users().keySet().forEach(name -> answer.add("users", name));
            return answer;
        }));
    }

    private void roles() {
        change("RoleAdd", "AuthRoleAddResponse", m -> new Command.Auth(Action.ROLE_ADD, "", m.text("name"), Bytes.EMPTY));
        change("RoleDelete", "AuthRoleDeleteResponse", m -> new Command.Auth(Action.ROLE_DELETE, "", m.text("role"), Bytes.EMPTY));
        change("RoleGrantPermission", "AuthRoleGrantPermissionResponse", m -> {
            Message perm = m.message("perm").orElseThrow(() -> new CallRefused(NOTHING_GIVEN));
            long kind = perm.number("permType");
            if (kind < 0 || kind >= Permission.Kind.values().length) {
                throw new CallRefused(NOTHING_GIVEN);
            }
            return new Command.Auth(Action.ROLE_GRANT, "", m.text("name"), Bytes.EMPTY,
                    new Permission(Permission.Kind.values()[(int) kind], perm.bytes("key"), perm.bytes("range_end")));
        });
        change("RoleRevokePermission", "AuthRoleRevokePermissionResponse", m -> new Command.Auth(Action.ROLE_REVOKE, "",
                m.text("role"), Bytes.EMPTY, new Permission(Permission.Kind.READ, m.bytes("key"), m.bytes("range_end"))));
        calls.unary(OWNER + "RoleGet", (call, m) -> read(call, store -> {
            List<Permission> permissions = store.auth().roles().get(m.text("role"));
            if (permissions == null) {
                throw new CallRefused(Status.of(StoreError.ROLE_MISSING));
            }
            AuthState.User user = store.auth().users().get(backend.identify(call, store).user());
            if (user == null || !user.roles().contains(m.text("role"))) {
                backend.requireRoot(call, store);
            }
            Message answer = backend.answer("AuthRoleGetResponse", store.revision());
            permissions.forEach(p -> answer.add("perm", backend.fresh("Permission").set("permType", p.kind().ordinal())
                    .set("key", p.key()).set("range_end", p.rangeEnd())));
            return answer;
        }));
        calls.unary(OWNER + "RoleList", (call, m) -> read(call, store -> {
            backend.requireRoot(call, store);
            Message answer = backend.answer("AuthRoleListResponse", store.revision());
            store.auth().roles().keySet().forEach(name -> answer.add("roles", name));
            return answer;
        }));
    }

    private void change(String name, String response, Function<Message, Command.Auth> command) {
        calls.unary(OWNER + name, (call, m) -> propose(call, response, command.apply(m)));
    }

    private CompletableFuture<Message> propose(Call call, String response, Command.Auth change) {
        return backend.propose(call, change).thenApply(result -> backend.answer(response, result.revision()));
    }

    private CompletableFuture<Message> read(Call call, Function<Store, Message> reader) {
        return backend.readCurrent(call, reader);
    }

    private CompletableFuture<Message> authenticate(Call call, Message m) {
        return backend.readCurrent(call, Store::auth).thenCompose(auth -> {
            if (!auth.enabled()) {
                throw new CallRefused(NOT_ENABLED);
            }
            AuthState.User user = auth.users().get(m.text("name"));
            if (user == null || user.password().size() == 0) {
                throw new CallRefused(FAILED);
            }
            return slowly(() -> {
                if (!passwords.matches(m.text("password"), user.password())) {
                    throw new CallRefused(FAILED);
                }
                return backend.answer("AuthenticateResponse", backend.readHere(Store::revision))
                        .set("token", backend.tokens().issue(auth, m.text("name")));
            });
        });
    }

    private static void refuseForeignHash(Message m) {
        if (m.text("password").isEmpty() && !m.text("hashedPassword").isEmpty()) {
            throw new CallRefused(Status.NOT_SUPPORTED);
        }
    }

    private CompletableFuture<Bytes> withHash(String password, boolean none) {
        return none ? CompletableFuture.completedFuture(Bytes.EMPTY) : slowly(() -> passwords.hashed(password));
    }

    private <T> CompletableFuture<T> slowly(Supplier<T> work) {
        try {
            return CompletableFuture.supplyAsync(work, slow);
        } catch (RejectedExecutionException e) {
            throw new CallRefused(BUSY);
        }
    }
}
