package io.matriarch.config;

import java.util.List;

/**
 * One value that is in force, ready to be shown: secrets are already three asterisks.
 *
 * @param path   the keys from the top of the file down to this value
 * @param value  a string, number or boolean, or lists and maps of these
 * @param origin where the value comes from
 */
public record EffectiveSetting(List<String> path, Object value, Origin origin) {

    public EffectiveSetting {
        path = List.copyOf(path);
    }
}
