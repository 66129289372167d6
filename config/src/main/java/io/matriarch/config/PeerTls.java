package io.matriarch.config;

import java.nio.file.Path;
import java.util.List;

/**
 * Mutual TLS between the peers of the consensus group.
 *
 * @param own          the certificate of this node; it names the host of {@code self_addr}
 * @param authority    who vouches for peers, and for nobody else
 * @param allowedNames names beside the hosts of the members that may connect: of agents without a peer, of command lines
 */
public record PeerTls(KeyFiles own, Path authority, List<String> allowedNames) {

    public PeerTls {
        allowedNames = List.copyOf(allowedNames);
    }
}
