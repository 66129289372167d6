package io.matriarch.etcdapi;

/** The receiving side of a call. Called by the thread of the connection, which must not be blocked. */
interface Inbound {

    /** @throws CallRefused to end the call with an error */
    void message(Message message);

    /** The client sends no more. */
    void halfClosed();
}
