package io.matriarch.agent;

import io.matriarch.config.AgentConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Settings of the dynamic configuration that ask for what this version cannot do. */
final class NotYet {

    private static final String STANDBY_CLUSTER = "standby_cluster";

    private NotYet() {
    }

    /** One sentence for each setting that has no effect. */
    static List<String> inDynamic(Map<String, Object> dynamic, boolean embedded) {
        List<String> found = new ArrayList<>();
        if (dynamic.get(STANDBY_CLUSTER) != null) {
            found.add("standby_cluster is not available in this version: the setting has no effect");
        }
        if (embedded && isOn(dynamic.get("failsafe_mode"))) {
            found.add("failsafe_mode is not needed with the embedded group and has no effect");
        }
        for (String slots : List.of("slots", "permanent_slots", "permanent_replication_slots")) {
            if (dynamic.get(slots) instanceof Map<?, ?> wanted && !wanted.isEmpty()) {
                found.add(slots + ": permanent slots are not available in this version");
            }
        }
        return found;
    }

    /** A standby cluster must not be founded as a primary of its own. */
    static void refuseFoundingOfStandbyCluster(AgentConfig config) throws StartupException {
        if (config.bootstrap().dcs().get(STANDBY_CLUSTER) != null) {
            throw new StartupException("bootstrap.dcs.standby_cluster asks for a standby cluster, which is not available in this"
                    + " version; without it this member would found a primary of its own. Remove the section if that is wanted");
        }
    }

    private static boolean isOn(Object value) {
        return switch (String.valueOf(value).toLowerCase(Locale.ROOT)) {
            case "on", "true", "yes", "1", "quorum" -> true;
            default -> false;
        };
    }
}
