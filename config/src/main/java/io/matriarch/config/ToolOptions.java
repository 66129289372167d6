package io.matriarch.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * The options a section gives for one PostgreSQL program: a list of words and of single pairs, or a mapping. They leave
 * here ready for the command line.
 */
final class ToolOptions {

    static final Set<String> INITDB_OWN = Set.of("pgdata", "nosync", "no-sync", "pwfile", "sync-only", "version");
    static final Set<String> BASEBACKUP_OWN = Set.of("pgdata", "format", "wal-method", "xlog-method", "gzip", "version",
        "dbname", "host", "port", "username", "password", "command");
    static final Set<String> REWIND_OWN = Set.of("target-pgdata", "source-pgdata", "source-server", "write-recovery-conf",
        "dry-run", "restore-target-wal", "config-file", "no-ensure-shutdown", "version", "help");

    private final Section section;
    private final String key;
    private final Set<String> own;
    private final List<String> options = new ArrayList<>();

    private ToolOptions(Section section, String key, Set<String> own) {
        this.section = section;
        this.key = key;
        this.own = own;
    }

    /** @param own options that the program gets from the agent; given here they are left out with a warning */
    static List<String> read(Section section, String key, Set<String> own) {
        section.known(List.of(key));
        return section.find(key).map(written -> new ToolOptions(section, key, own).all(written)).orElse(List.of());
    }

    private List<String> all(Setting written) {
        if (written instanceof Setting.Items items) {
            items.values().forEach(this::item);
        } else if (written instanceof Setting.Block block) {
            block.entries().forEach(this::pair);
        } else {
            section.bad(key, "a list of options, or a mapping of options to values");
        }
        section.show(key, List.copyOf(options), written.origin());
        return List.copyOf(options);
    }

    private void item(Setting item) {
        if (item instanceof Setting.Block block && block.entries().size() == 1) {
            block.entries().forEach(this::pair);
        } else if (item instanceof Setting.Scalar scalar && scalar.value() != null) {
            String word = scalar.text().startsWith("--") ? scalar.text().substring(2) : scalar.text();
            int equals = word.indexOf('=');
            add(equals < 0 ? word : word.substring(0, equals), equals < 0 ? "" : word.substring(equals), item.origin());
        } else {
            section.findings().bad(item.origin(), section.full(key), String.valueOf(Redaction.value(key, PlainValue.of(item))),
                "a word, or one option with its value");
        }
    }

    private void pair(String name, Setting value) {
        if (!(value instanceof Setting.Scalar scalar)) {
            section.findings().bad(value.origin(), section.full(key) + "." + name, "(a list or mapping)", "a single value");
            return;
        }
        if (scalar.value() instanceof Boolean wanted && isSwitch(scalar)) {
            if (wanted) {
                add(name, "", value.origin());
            }
            return;
        }
        add(name, scalar.value() == null ? "" : "=" + scalar.text(), value.origin());
    }

    /** Only true and false switch an option; on, off, yes and no are values that some options take. */
    private static boolean isSwitch(Setting.Scalar scalar) {
        return scalar.text().equalsIgnoreCase("true") || scalar.text().equalsIgnoreCase("false");
    }

    private void add(String name, String equalsValue, Origin origin) {
        String option = name.trim().replace('_', '-');
        if (own.contains(option)) {
            section.findings().warn(origin, section.full(key) + ": the option " + option + " is left out, the agent sets it itself"
                + (option.equals("command") ? " (it runs pg_basebackup from postgresql.bin_dir)" : ""));
        } else if (!option.matches("[A-Za-z0-9][A-Za-z0-9-]*")) {
            section.findings().bad(origin, section.full(key), option, "names of options, such as data-checksums");
        } else {
            options.add("--" + option + equalsValue);
        }
    }
}
