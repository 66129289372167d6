package io.matriarch.etcdapi;

import io.matriarch.store.StoreError;

/**
 * Why a call failed. Clients compare the text, so it is etcd's to the letter.
 */
record Status(Code code, String text) {

    static final Status OK = new Status(Code.OK, "");
    static final Status TIMED_OUT = new Status(Code.UNAVAILABLE, "etcdserver: request timed out");
    static final Status NO_LEADER = new Status(Code.UNAVAILABLE, "etcdserver: no leader");
    static final Status STOPPED = new Status(Code.UNAVAILABLE, "etcdserver: server stopped");
    static final Status NOT_LEADER = new Status(Code.FAILED_PRECONDITION, "etcdserver: not leader");
    static final Status BAD_TRANSFEREE = new Status(Code.FAILED_PRECONDITION, "etcdserver: bad leader transferee");
    static final Status MEMBER_NOT_FOUND = new Status(Code.NOT_FOUND, "etcdserver: member not found");
    static final Status PEER_URL_EXISTS = new Status(Code.FAILED_PRECONDITION, "etcdserver: Peer URLs already exists");
    static final Status TOO_FEW_STARTED = new Status(Code.FAILED_PRECONDITION,
            "etcdserver: re-configuration failed due to not enough started members");
    static final Status NOT_A_LEARNER = new Status(Code.FAILED_PRECONDITION, "etcdserver: can only promote a learner member");
    static final Status LEARNER_BEHIND = new Status(Code.FAILED_PRECONDITION,
            "etcdserver: can only promote a learner member which is in sync with leader");
    static final Status BAD_URLS = invalid("etcdserver: given member URLs are invalid");
    static final Status TOO_MANY_REQUESTS = new Status(Code.RESOURCE_EXHAUSTED, "etcdserver: too many requests");
    static final Status REQUEST_TOO_LARGE = of(StoreError.REQUEST_TOO_LARGE);
    static final Status LEASE_NOT_FOUND = of(StoreError.LEASE_NOT_FOUND);
    static final Status CORRUPT = new Status(Code.DATA_LOSS, "etcdserver: corrupt cluster");
    static final Status NOT_SUPPORTED = new Status(Code.FAILED_PRECONDITION, "etcdserver: not capable");

    static Status of(StoreError error) {
        Code code = switch (error) {
            case COMPACTED, FUTURE_REVISION, LEASE_TTL_TOO_LARGE -> Code.OUT_OF_RANGE;
            case LEASE_NOT_FOUND -> Code.NOT_FOUND;
            case LEASE_EXISTS, ROOT_USER_MISSING, ROOT_ROLE_MISSING, USER_EXISTS, USER_MISSING, ROLE_EXISTS, ROLE_MISSING,
                    ROLE_NOT_GRANTED, PERMISSION_NOT_GRANTED -> Code.FAILED_PRECONDITION;
            case PERMISSION_DENIED -> Code.PERMISSION_DENIED;
            case NO_SPACE -> Code.RESOURCE_EXHAUSTED;
            case UNKNOWN_COMMAND -> Code.UNIMPLEMENTED;
            default -> Code.INVALID_ARGUMENT;
        };
        return new Status(code, error.text());
    }

    static Status invalid(String text) {
        return new Status(Code.INVALID_ARGUMENT, text);
    }

    static Status unknown(String text) {
        return new Status(Code.UNKNOWN, text);
    }

    /** The form in which it stands inside a text, as in the reason why a watch was cancelled. */
    String quoted() {
        StringBuilder name = new StringBuilder();
        for (String word : code.name().split("_")) {
            name.append(word.charAt(0)).append(word.substring(1).toLowerCase(java.util.Locale.ROOT));
        }
        return "rpc error: code = " + name + " desc = " + text;
    }
}
