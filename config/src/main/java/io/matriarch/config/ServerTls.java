package io.matriarch.config;

import java.nio.file.Path;
import java.util.Optional;

/**
 * How a server speaks TLS.
 *
 * @param authority who vouches for clients; absent: the authorities that Java knows
 */
public record ServerTls(KeyFiles own, Optional<Path> authority, ClientCheck clients) {
}
