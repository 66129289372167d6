package io.matriarch.ha;

import io.matriarch.cluster.MemberName;
import java.util.Optional;

/**
 * The server a replica streams from.
 *
 * @param name     the member; also its own {@code application_name} and slot when it replicates
 * @param host     from its {@code conn_url}
 * @param timeline its timeline when published, 0 otherwise
 */
public record Upstream(MemberName name, String host, int port, Optional<String> database, int timeline) {
}
