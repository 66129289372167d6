package io.matriarch.ha;

/**
 * The parameter {@code synchronous_standby_names} of the local server.
 *
 * @param text       as the running server has it in effect; the configured one when none runs; empty when none
 * @param configured as the next reload or start will have it
 * @param managed    whether the value was set here, in place of the user's own
 */
public record StandbyNames(String text, String configured, boolean managed) {

    public static final StandbyNames NONE = new StandbyNames("", "", false);

    /** Whether the running server has taken over what is configured. */
    public boolean isSettled() {
        return text.equals(configured);
    }
}
