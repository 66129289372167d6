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
 * @param notes   further sentences for the log, each said when it comes up
 */
public record Decision(Rule rule, String reason, List<Effect> effects, HaMemory memory, Duration next,
                       List<Note> notes) {

    public Decision {
        effects = List.copyOf(effects);
        notes = List.copyOf(notes);
    }

    public Decision(Rule rule, String reason, List<Effect> effects, HaMemory memory, Duration next) {
        this(rule, reason, effects, memory, next, List.of());
    }

    /** A sentence beside the reason. */
    public record Note(boolean warning, String text) {

        static Note info(String text) {
            return new Note(false, text);
        }

        static Note warning(String text) {
            return new Note(true, text);
        }
    }
}
