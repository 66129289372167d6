package io.matriarch.etcdapi;

import java.util.Optional;

/**
 * One call of a client, whichever way it came. Threads: any; what is sent from one thread arrives in that order. After
 * the end nothing is sent any more, and further ends are ignored.
 */
interface Call {

    /** What the client sent along, by lower-case name. */
    Optional<String> header(String name);

    /** Whether the client has shown a certificate that was found good. */
    boolean isCertified();

    /** The user that its certificate stands for; never through the JSON gateway, as with etcd. */
    Optional<String> certifiedUser();

    /** Sends a message; it is encoded before this returns. */
    void send(Message message);

    /** Ends the call; {@link Status#OK} for success. */
    void end(Status status);

    /** Whether more can be sent without piling up in memory. */
    boolean isReady();

    /** Calls {@code action} whenever {@link #isReady} becomes true again, and once when the client is gone. */
    void onChange(Runnable action);

    /** The client has gone, or the call has ended. */
    boolean isOver();

    /** Runs something later on the thread of the connection, unless that has ended. */
    void later(long millis, Runnable action);
}
