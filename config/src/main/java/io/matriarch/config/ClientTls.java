package io.matriarch.config;

import java.nio.file.Path;
import java.util.Optional;

/**
 * How a client speaks TLS.
 *
 * @param own       what it shows when it is asked for a certificate
 * @param authority who vouches for servers; absent: the authorities that Java knows
 */
public record ClientTls(Optional<KeyFiles> own, Optional<Path> authority) {

    /** Shows nothing and believes the authorities that Java knows. */
    public static final ClientTls USUAL = new ClientTls(Optional.empty(), Optional.empty());
}
