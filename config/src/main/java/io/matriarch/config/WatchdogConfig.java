package io.matriarch.config;

/**
 * The section {@code watchdog}.
 *
 * @param safetyMarginSeconds seconds before the end of the lease at which the device fires; -1 means half of it
 */
public record WatchdogConfig(Mode mode, String device, int safetyMarginSeconds) {

    /** Whether a watchdog device is used. */
    public enum Mode { OFF, AUTOMATIC, REQUIRED }
}
