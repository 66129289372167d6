package io.matriarch.etcdapi;

/** A call cannot be served; carries what the client is told. */
final class CallRefused extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final transient Status status;

    CallRefused(Status status) {
        super(status.text(), null, false, false);
        this.status = status;
    }

    Status status() {
        return status;
    }
}
