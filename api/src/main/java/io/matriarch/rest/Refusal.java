package io.matriarch.rest;

/** A request that is not carried out, with the reply that says why. */
final class Refusal extends Exception {

    private static final long serialVersionUID = 1L;

    private final transient Reply reply;

    Refusal(Reply reply) {
        super("status " + reply.status(), null, false, false);
        this.reply = reply;
    }

    static Refusal text(int status, String text) {
        return new Refusal(Reply.text(status, text));
    }

    Reply reply() {
        return reply;
    }
}
