package io.matriarch.config;

import java.util.Optional;
import java.util.OptionalInt;

/**
 * What a network address may look like at one place.
 *
 * @param defaultPort the port when none is written; empty: one must be written
 * @param wildcard    whether every local address ({@code *}, {@code 0.0.0.0}) is a sensible answer
 */
record AddressRule(OptionalInt defaultPort, boolean wildcard) {

    static final AddressRule LISTEN = new AddressRule(OptionalInt.empty(), true);
    static final AddressRule REACHABLE = new AddressRule(OptionalInt.empty(), false);

    static AddressRule reachable(int defaultPort) {
        return new AddressRule(OptionalInt.of(defaultPort), false);
    }

    static AddressRule listen(int defaultPort) {
        return new AddressRule(OptionalInt.of(defaultPort), true);
    }

    String allowed() {
        String form = defaultPort.isPresent() ? "HOST or HOST:PORT" : "HOST:PORT";
        return form + " with a port from 1 to 65535" + (wildcard ? ""
            : ", HOST being one that others can reach, not 0.0.0.0 or *");
    }

    Optional<HostPort> parse(String text) {
        HostPort address;
        try {
            address = HostPort.parse(text, defaultPort.orElse(0));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
        boolean good = address.port() > 0 && (wildcard || !address.isWildcard()) && address.host().matches("\\*?|[A-Za-z0-9_.:%-]*");
        return good ? Optional.of(address) : Optional.empty();
    }
}
