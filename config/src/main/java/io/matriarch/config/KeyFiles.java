package io.matriarch.config;

import java.nio.file.Path;
import java.util.Optional;

/**
 * A certificate with its private key, in files of PEM.
 *
 * @param certificate the certificate first, then those between it and its authority
 * @param key         the private key; may be the same file
 * @param password    of an encrypted key
 */
public record KeyFiles(Path certificate, Path key, Optional<Secret> password) {
}
