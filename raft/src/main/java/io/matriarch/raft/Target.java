package io.matriarch.raft;

import io.matriarch.config.HostPort;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/** One peer to which a call can be given. The future never fails. */
interface Target {

    HostPort address();

    CompletableFuture<Answer> propose(Call call, Duration timeout);
}
