package io.matriarch.ha;

import java.time.Duration;
import java.util.List;

/**
 * What to do and why.
 *
 * @param rule    stable name of the branch that decided
 * @param reason  Patroni's sentence where it has one; operators search logs for it
 * @param effects performed in order
 * @param next    look again after this long, unless something happens before
 */
public record Decision(Rule rule, String reason, List<Effect> effects, HaMemory memory, Duration next) {

    public Decision {
        effects = List.copyOf(effects);
    }
}
