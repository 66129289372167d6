package io.matriarch.etcdapi;

/** What every connection works with. */
record Gateway(Calls calls, JsonCodec json, Pages pages) {

    /** A request body; base64 makes the largest request a third larger. */
    static final int MAX_BODY_BYTES = 4 << 20;
}
