package io.matriarch.loop;

import java.util.Map;
import java.util.Optional;

/**
 * What a member tells the others about itself whatever its PostgreSQL does.
 *
 * @param connUrl  {@code postgres://host:port/database}
 * @param apiUrl   {@code http(s)://host:port/patroni}
 * @param proxyUrl where clients are to connect instead, for service discovery
 * @param version  of the agent, dotted integers
 * @param tags     effective tags: strings, numbers, booleans
 */
public record MemberCard(Optional<String> connUrl, Optional<String> apiUrl, Optional<String> proxyUrl, String version,
                         Map<String, Object> tags) {

    public MemberCard {
        tags = Map.copyOf(tags);
    }
}
