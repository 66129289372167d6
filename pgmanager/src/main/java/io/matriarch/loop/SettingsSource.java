package io.matriarch.loop;

import io.matriarch.ha.HaSettings;
import java.util.Map;

/** Port: where the settings of a tick come from. Called by the loop's thread alone. */
public interface SettingsSource {

    /**
     * The agent's own configuration under the given value of the config key. Must be quick for a value seen before, and
     * never throws: what is wrong in the value is replaced by its default.
     */
    HaSettings settings(Map<String, Object> dynamicConfig);

    MemberCard card();

    /** Reads the file anew. A file that does not parse leaves everything as it was. */
    void reload();
}
