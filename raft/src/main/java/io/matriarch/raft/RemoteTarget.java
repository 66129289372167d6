package io.matriarch.raft;

import io.matriarch.config.HostPort;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.apache.ratis.thirdparty.io.grpc.Status;

/** A peer in another process. */
record RemoteTarget(PeerLink link, String group) implements Target {

    @Override
    public HostPort address() {
        return link.address();
    }

    @Override
    public CompletableFuture<Answer> propose(Call call, Duration timeout) {
        return link.call(Rpc.PROPOSE, PeerEndpoint.frame(group, call.encode()), timeout).thenApply(Answer::decode)
                .exceptionally(e -> new Answer.Failed(why(e)));
    }

    /** The reason of a failed call in a few words. */
    static String why(Throwable failure) {
        Throwable cause = failure;
        while (cause instanceof java.util.concurrent.CompletionException && cause.getCause() != null) {
            cause = cause.getCause();
        }
        Status status = Status.fromThrowable(cause);
        if (status.getCode() == Status.Code.UNKNOWN && !(cause instanceof RuntimeException)) {
            return cause.toString();
        }
        return switch (status.getCode()) {
            case DEADLINE_EXCEEDED -> "no answer in time";
            case UNAVAILABLE -> "not reachable";
            default -> status.getDescription() == null ? status.getCode().toString() : status.getDescription();
        };
    }
}
