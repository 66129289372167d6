package io.matriarch.store;

/** Why the store refused a command; {@code text} is etcd's wording, which clients compare. */
public enum StoreError {
    KEY_NOT_FOUND("etcdserver: key not found"),
    VALUE_PROVIDED("etcdserver: value is provided"),
    LEASE_PROVIDED("etcdserver: lease is provided"),
    EMPTY_KEY("etcdserver: key is not provided"),
    COMPACTED("etcdserver: mvcc: required revision has been compacted"),
    FUTURE_REVISION("etcdserver: mvcc: required revision is a future revision"),
    LEASE_NOT_FOUND("etcdserver: requested lease not found"),
    LEASE_EXISTS("etcdserver: lease already exists"),
    LEASE_TTL_TOO_LARGE("etcdserver: too large lease TTL"),
    DUPLICATE_KEY("etcdserver: duplicate key given in txn request"),
    TOO_MANY_OPS("etcdserver: too many operations in txn request"),
    REQUEST_TOO_LARGE("etcdserver: request is too large"),
    NO_SPACE("etcdserver: mvcc: database space exceeded"),
    USER_EMPTY("etcdserver: user name is empty"),
    ROLE_EMPTY("etcdserver: role name is empty"),
    ROOT_USER_MISSING("etcdserver: root user does not exist"),
    ROOT_ROLE_MISSING("etcdserver: root user does not have root role"),
    USER_EXISTS("etcdserver: user name already exists"),
    USER_MISSING("etcdserver: user name not found"),
    ROLE_EXISTS("etcdserver: role name already exists"),
    ROLE_MISSING("etcdserver: role name not found"),
    ROLE_NOT_GRANTED("etcdserver: role is not granted to the user"),
    PERMISSION_NOT_GRANTED("etcdserver: permission is not granted to the role"),
    INVALID_AUTH_CHANGE("etcdserver: invalid auth management"),
    AUTH_REVISION_OLD("etcdserver: revision of auth store is old"),
    PERMISSION_DENIED("etcdserver: permission denied"),
    /** The entry was written by a newer version or is damaged; every peer refuses it alike. */
    UNKNOWN_COMMAND("etcdserver: unknown command");

    private final String text;

    StoreError(String text) {
        this.text = text;
    }

    public String text() {
        return text;
    }
}
