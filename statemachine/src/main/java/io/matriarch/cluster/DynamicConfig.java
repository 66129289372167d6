package io.matriarch.cluster;

import java.util.Map;

/**
 * The config key: settings every member follows.
 *
 * @param document the JSON object as maps, lists, strings, numbers and booleans
 * @param modified revision of the key; {@link Revision#ABSENT} when the key is absent or not an object
 */
public record DynamicConfig(Map<String, Object> document, Revision modified) {

    public static final DynamicConfig ABSENT = new DynamicConfig(Map.of(), Revision.ABSENT);

    public boolean isPresent() {
        return modified.value() != 0;
    }
}
