package io.matriarch.etcdapi;

import java.util.concurrent.CompletionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a client is told of an exception. */
final class Failures {

    private static final Logger LOG = LoggerFactory.getLogger(Failures.class);

    private Failures() {
    }

    static Status status(Throwable failure) {
        Throwable cause = failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        if (cause instanceof CallRefused refused) {
            return refused.status();
        }
        LOG.error("A call of an etcd client failed: {}", cause.toString(), cause);
        return new Status(Code.INTERNAL, "internal error");
    }
}
