package io.matriarch.config;

import java.util.Optional;

/**
 * The section {@code ctl}: how command-line tools and members reach the REST API of other members.
 *
 * @param authentication user and password; when absent those of {@code restapi} are used
 */
public record CtlConfig(Optional<Credentials> authentication, boolean insecure) {
}
