package io.matriarch.raft;

import io.matriarch.config.HostPort;
import io.matriarch.dcs.ReplicatedStore.Outcome;
import io.matriarch.store.Bytes;
import io.matriarch.store.Command;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiFunction;

/**
 * What the group will be, kept in the replicated state: the addresses at which an operator expects a new peer, with the part
 * it is to play, and the peers that handed in their vote and will want it back.
 */
final class Expectations {

    private static final String NOTE = "expected/";
    private static final String AWAY = "away/";
    private static final String LISTENER = "listener";
    private static final String VOTER = "voter";
    private static final Duration PATIENCE = Duration.ofSeconds(3);

    private final AppliedState state;
    private final BiFunction<Command, Duration, CompletableFuture<Outcome>> propose;

    Expectations(AppliedState state, BiFunction<Command, Duration, CompletableFuture<Outcome>> propose) {
        this.state = state;
        this.propose = propose;
    }

    /** By address: whether the peer is to have no vote. */
    Map<HostPort, Boolean> all() {
        Map<HostPort, Boolean> all = new TreeMap<>(java.util.Comparator.comparing(HostPort::toString));
        state.read(s -> s.notes(Bytes.of(NOTE))).forEach((name, text) ->
                all.put(HostPort.parse(name.utf8().substring(NOTE.length()), 0), text.utf8().equals(LISTENER)));
        return all;
    }

    /** Whether the peer that is expected at an address is to have no vote; empty when none is expected. */
    Optional<Boolean> of(HostPort address) {
        return Optional.ofNullable(all().get(address));
    }

    /** False when it could not be written in time. */
    boolean note(HostPort address, boolean listener) {
        return write(NOTE + address, listener ? LISTENER : VOTER);
    }

    boolean forget(HostPort address) {
        return of(address).isEmpty() || write(NOTE + address, "");
    }

    /** Whether the peer at an address handed in its vote when it was stopped. */
    boolean isAway(HostPort address) {
        return state.read(s -> s.notes(Bytes.of(AWAY))).containsKey(Bytes.of(AWAY + address));
    }

    boolean noteAway(HostPort address) {
        return write(AWAY + address, VOTER);
    }

    boolean noteBack(HostPort address) {
        return !isAway(address) || write(AWAY + address, "");
    }

    private boolean write(String name, String text) {
        return propose.apply(new Command.Note(Bytes.of(name), Bytes.of(text)), PATIENCE).join()
                instanceof Outcome.Done;
    }
}
