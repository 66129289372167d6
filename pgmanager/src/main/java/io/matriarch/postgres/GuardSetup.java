package io.matriarch.postgres;

import io.matriarch.config.WatchdogConfig;
import java.nio.file.Path;
import java.util.Optional;

/**
 * How PostgreSQL is guarded.
 *
 * @param home     the directory that holds {@code matriarch-guard} and {@code matriarch-guard.sh}; empty: no guard
 * @param watchdog the device that the guard holds
 */
public record GuardSetup(Optional<Path> home, WatchdogConfig watchdog) {

    public static final GuardSetup NONE = new GuardSetup(Optional.empty(),
            new WatchdogConfig(WatchdogConfig.Mode.OFF, "/dev/watchdog", 5));
}
