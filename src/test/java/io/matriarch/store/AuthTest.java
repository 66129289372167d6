package io.matriarch.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.matriarch.store.Command.Auth.Action;
import io.matriarch.store.Command.DeleteRange;
import io.matriarch.store.Command.Put;
import io.matriarch.store.Command.Txn;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Users may do what their roles allow, and nothing else, whatever a command is wrapped in. */
class AuthTest {

    private static final Bytes OPEN_END = Bytes.of(new byte[] {0});
    private final Store store = new Store(StoreLimits.STANDARD);
    private long index;

    private Result apply(Command command) {
        index++;
        return store.apply(index, index, command).result();
    }

    private Result as(String user, Command command) {
        return apply(new Command.As(user, store.auth().revision(), command));
    }

    private Result change(Action action, String user, String role) {
        return apply(new Command.Auth(action, user, role, Bytes.of("secret")));
    }

    private void grant(String role, Permission.Kind kind, String key, Bytes end) {
        apply(new Command.Auth(Action.ROLE_GRANT, "", role, Bytes.EMPTY, new Permission(kind, Bytes.of(key), end)));
    }

    /** ann reads [a,c) and [c,e) and the key x, and writes [c,e). */
    @BeforeEach
    void users() {
        change(Action.USER_ADD, "root", "");
        change(Action.USER_GRANT, "root", "root");
        change(Action.USER_ADD, "ann", "");
        change(Action.ROLE_ADD, "", "low");
        change(Action.ROLE_ADD, "", "high");
        grant("low", Permission.Kind.READ, "a", Bytes.of("c"));
        grant("low", Permission.Kind.READ, "x", Bytes.EMPTY);
        grant("high", Permission.Kind.READWRITE, "c", Bytes.of("e"));
        change(Action.USER_GRANT, "ann", "low");
        change(Action.USER_GRANT, "ann", "high");
        apply(new Command.LeaseGrant(7, 60_000));
        apply(new Put(Bytes.of("q"), Bytes.of("on a lease"), 7, false));
        change(Action.ENABLE, "", "");
    }

    private static Put put(String key) {
        return new Put(Bytes.of(key), Bytes.of("v"), 0, false);
    }

    private static Op range(String key, String end) {
        return new Op.RangeOp(RangeRequest.of(Bytes.of(key), Bytes.of(end)));
    }

    private static Txn then(Op... ops) {
        return new Txn(List.of(), List.of(ops), List.of());
    }

    private static Txn otherwise(Op... ops) {
        return new Txn(List.of(), List.of(), List.of(ops));
    }

    static List<Command> allowed() {
        return List.of(put("c"), new DeleteRange(Bytes.of("c"), Bytes.of("e"), true), new Put(Bytes.of("d"), Bytes.EMPTY, 0, true),
                then(range("a", "e"), new Op.PutOp(put("d"))), new Command.LeaseGrant(99, 5_000), new Command.LeaseRenew(7, 0, 0),
                new Txn(List.of(Compare.absent(Bytes.of("x"))), List.of(range("x", "")), List.of(range("b", "d"))));
    }

    @ParameterizedTest
    @MethodSource("allowed")
    void whatIsGrantedIsDone(Command command) {
        Result result = as("ann", command);
        assertTrue(!(result instanceof Result.ErrorResult), () -> command + ": " + result);
    }

    static List<Command> forbidden() {
        return List.of(put("a"), put("e"), new DeleteRange(Bytes.of("c"), OPEN_END, false),
                new DeleteRange(Bytes.of("b"), Bytes.of("d"), false), new Put(Bytes.of("c"), Bytes.EMPTY, 7, false),
                new Command.LeaseRevoke(7), new Command.Compact(2), new Command.Note(Bytes.of("n"), Bytes.of("n")),
                then(range("a", "f")), then(new Op.TxnOp(then(new Op.PutOp(put("z"))))), otherwise(new Op.PutOp(put("z"))),
                otherwise(new Op.TxnOp(otherwise(range("y", "")))),
                new Txn(List.of(Compare.absent(Bytes.of("y"))), List.of(), List.of()),
                then(new Op.RevokeOp(new Command.LeaseRevoke(7))),
                new Command.Auth(Action.USER_GRANT, "ann", "root", Bytes.EMPTY), new Command.As("root", 99, put("a")));
    }

    @ParameterizedTest
    @MethodSource("forbidden")
    void everythingElseIsRefusedAndChangesNothing(Command command) {
        long before = store.revision();
        AuthState auth = store.auth();
        assertEquals(new Result.ErrorResult(before, StoreError.PERMISSION_DENIED), as("ann", command));
        assertEquals(before, store.revision());
        assertEquals(auth, store.auth());
        assertEquals(1, store.lease(7).orElseThrow().keys().size());
    }

    @Test
    void nobodyAndThoseOfYesterdayAreRefused() {
        assertEquals(StoreError.USER_EMPTY, assertInstanceOf(Result.ErrorResult.class, as("", put("c"))).error());
        assertEquals(StoreError.AUTH_REVISION_OLD, assertInstanceOf(Result.ErrorResult.class,
                apply(new Command.As("ann", store.auth().revision() - 1, put("c")))).error());
        change(Action.USER_DELETE, "ann", "");
        assertEquals(StoreError.PERMISSION_DENIED, assertInstanceOf(Result.ErrorResult.class, as("ann", put("c"))).error());
        assertInstanceOf(Result.PutResult.class, as("root", put("anything")));
    }

    @Test
    void readsAreRefusedOutsideOfWhatIsGranted() {
        long now = store.auth().revision();
        assertEquals(Optional.empty(), store.mayNotRead("ann", now, Bytes.of("a"), Bytes.of("e")));
        assertEquals(Optional.of(StoreError.PERMISSION_DENIED), store.mayNotRead("ann", now, Bytes.of("a"), OPEN_END));
        assertEquals(Optional.of(StoreError.PERMISSION_DENIED), store.mayNotRead("ann", now, Bytes.of("x"), Bytes.of("y")));
        assertEquals(Optional.of(StoreError.USER_EMPTY), store.mayNotRead("", now, Bytes.of("a"), Bytes.EMPTY));
        assertEquals(Optional.empty(), store.mayNotRead("root", now, OPEN_END, OPEN_END));
    }

    @Test
    void rootCannotBeLostAndMistakesAreNamed() {
        assertEquals(StoreError.INVALID_AUTH_CHANGE, error(change(Action.USER_DELETE, "root", "")));
        assertEquals(StoreError.INVALID_AUTH_CHANGE, error(change(Action.USER_REVOKE, "root", "root")));
        assertEquals(StoreError.USER_EXISTS, error(change(Action.USER_ADD, "ann", "")));
        assertEquals(StoreError.USER_MISSING, error(change(Action.USER_PASSWORD, "bob", "")));
        assertEquals(StoreError.ROLE_MISSING, error(change(Action.USER_GRANT, "ann", "nothing")));
        assertEquals(StoreError.ROLE_NOT_GRANTED, error(change(Action.USER_REVOKE, "ann", "root")));
        assertEquals(StoreError.PERMISSION_NOT_GRANTED, error(change(Action.ROLE_REVOKE, "", "low")));
        assertEquals(StoreError.ROLE_EXISTS, error(change(Action.ROLE_ADD, "", "low")));
        change(Action.ROLE_DELETE, "", "high");
        assertEquals(StoreError.PERMISSION_DENIED, error(as("ann", put("c"))));
        change(Action.DISABLE, "", "");
        assertInstanceOf(Result.PutResult.class, apply(new Command.As("", 0, put("c"))));
    }

    @Test
    void enablingNeedsARoot() {
        Store fresh = new Store(StoreLimits.STANDARD);
        Command.Auth enable = new Command.Auth(Action.ENABLE, "", "", Bytes.EMPTY);
        assertEquals(StoreError.ROOT_USER_MISSING, error(fresh.apply(1, 1, enable).result()));
        fresh.apply(2, 2, new Command.Auth(Action.USER_ADD, "root", "", Bytes.EMPTY));
        assertEquals(StoreError.ROOT_ROLE_MISSING, error(fresh.apply(3, 3, enable).result()));
    }

    private static StoreError error(Result result) {
        return assertInstanceOf(Result.ErrorResult.class, result).error();
    }
}
