package io.matriarch.config;

import java.util.Map;
import java.util.Optional;

/**
 * The section {@code tags}.
 *
 * @param all every tag as written, values being strings, numbers or booleans
 */
public record TagsConfig(Map<String, Object> all, boolean nofailover, int failoverPriority, boolean noloadbalance,
                         boolean clonefrom, boolean nosync, boolean nostream, Optional<String> replicatefrom) {

    public TagsConfig {
        all = Map.copyOf(all);
    }

    @Override
    public String toString() {
        return "TagsConfig" + Redaction.value("", all);
    }
}
