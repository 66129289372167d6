package io.matriarch.config;

import java.util.Optional;

/**
 * The section {@code ctl}: how command-line tools and members reach the REST API of other members.
 *
 * @param authentication user and password; when absent those of {@code restapi} are used
 * @param insecure       certificates of servers are not looked at
 * @param tls            what is shown and believed; where {@code ctl} says nothing, the certificate and the authority of
 *                       {@code restapi}
 * @param strictMembers  members judge each other's certificates: {@code ctl} has a {@code certfile} or {@code cacert}
 */
public record CtlConfig(Optional<Credentials> authentication, boolean insecure, ClientTls tls, boolean strictMembers) {

    /** With what Java knows of TLS. */
    public CtlConfig(Optional<Credentials> authentication, boolean insecure) {
        this(authentication, insecure, ClientTls.USUAL, false);
    }
}
