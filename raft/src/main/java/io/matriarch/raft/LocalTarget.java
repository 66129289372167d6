package io.matriarch.raft;

import io.matriarch.config.HostPort;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/** The peer of this process, without a hop through the network. */
record LocalTarget(EmbeddedServer server) implements Target {

    @Override
    public HostPort address() {
        return server.address();
    }

    @Override
    public CompletableFuture<Answer> propose(Call call, Duration timeout) {
        return server.submit(call);
    }
}
