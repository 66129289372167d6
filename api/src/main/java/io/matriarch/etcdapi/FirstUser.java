package io.matriarch.etcdapi;

import io.matriarch.config.Secret;
import io.matriarch.dcs.ReplicatedStore.Outcome;
import io.matriarch.store.AuthState;
import io.matriarch.store.Bytes;
import io.matriarch.store.Command;
import io.matriarch.store.Command.Auth.Action;
import io.matriarch.store.Result;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes the user that all others are made by, when the group asks nobody yet who he is: {@code root} with the password of
 * the configuration, and then enables authentication. Once that is enabled the password of the configuration means
 * nothing; users and passwords are changed with etcd's commands.
 */
final class FirstUser {

    private static final Logger LOG = LoggerFactory.getLogger(FirstUser.class);
    private static final Duration TIMEOUT = Duration.ofSeconds(5);
    private static final int KEY_BYTES = 32;

    private final EtcdPorts ports;
    private final SecureRandom chance;
    private final Secret password;

    FirstUser(EtcdPorts ports, SecureRandom chance, Secret password) {
        this.ports = ports;
        this.chance = chance;
        this.password = password;
    }

    /** Completes with whether there is nothing left to do; not so when the group did not answer. Repeating it does no harm. */
    CompletableFuture<Boolean> make() {
        return ports.local().current(TIMEOUT).thenCompose(current -> {
            if (!current) {
                return CompletableFuture.completedFuture(false);
            }
            if (ports.local().read(store -> store.auth().enabled())) {
                return CompletableFuture.completedFuture(true);
            }
            return all();
        }).exceptionally(failure -> {
            LOG.warn("etcd's user root could not be made yet: {}", failure.toString());
            return false;
        });
    }

    private CompletableFuture<Boolean> all() {
        byte[] key = new byte[KEY_BYTES];
        chance.nextBytes(key);
        Bytes hash = new Passwords(chance).hashed(password.reveal());
        CompletableFuture<Boolean> chain = CompletableFuture.completedFuture(true);
        for (Command.Auth step : List.of(new Command.Auth(Action.USER_ADD, AuthState.ROOT, "", hash),
                new Command.Auth(Action.USER_PASSWORD, AuthState.ROOT, "", hash),
                new Command.Auth(Action.ROLE_ADD, "", AuthState.ROOT, Bytes.EMPTY),
                new Command.Auth(Action.USER_GRANT, AuthState.ROOT, AuthState.ROOT, Bytes.EMPTY),
                new Command.Auth(Action.ENABLE, "", "", Bytes.of(key)))) {
            chain = chain.thenCompose(well -> well ? applied(step) : CompletableFuture.completedFuture(false));
        }
        return chain.thenApply(well -> {
            if (well) {
                LOG.info("etcd's user root exists and authentication is enabled (etcd_adapter.root_password)");
            }
            return well;
        });
    }

    /** What was there already is refused, which is as good. */
    private CompletableFuture<Boolean> applied(Command.Auth step) {
        return ports.store().propose(step, TIMEOUT).thenApply(outcome -> {
            Optional<Outcome.Done> done = Optional.of(outcome).filter(Outcome.Done.class::isInstance).map(Outcome.Done.class::cast);
            boolean enabled = step.action() == Action.ENABLE;
            return done.filter(d -> !enabled || !(d.applied().result() instanceof Result.ErrorResult)).isPresent();
        });
    }
}
