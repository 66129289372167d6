package io.matriarch.postgres;

import java.util.List;

/**
 * Words put before every server program, for example to run it as another operating system user. The program must
 * replace the prefix (exec), so that both have one process id.
 */
record CommandPrefix(List<String> words) {

    static final CommandPrefix NONE = new CommandPrefix(List.of());

    CommandPrefix {
        words = List.copyOf(words);
    }
}
