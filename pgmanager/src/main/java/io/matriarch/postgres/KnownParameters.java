package io.matriarch.postgres;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The parameters this version of the server knows, by its own word. One bad line in the configuration file keeps the
 * server from starting, so lines that it would not take are left out or corrected.
 */
final class KnownParameters {

    private static final Logger LOG = LoggerFactory.getLogger(KnownParameters.class);
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final int REMEMBERED = 1000;

    private final Programs programs;
    private final Path dataDir;
    private final Map<String, Boolean> askedByName = new ConcurrentHashMap<>();
    private volatile Map<String, Kind> described = Map.of();

    KnownParameters(Programs programs, Path dataDir) {
        this.programs = programs;
        this.dataDir = dataDir;
    }

    /** The type as the server calls it; the bounds are empty where there are none. */
    record Kind(String type, String least, String most) {
    }

    /** The parameters that the server will take. */
    SortedMap<String, String> accepted(SortedMap<String, String> wanted) {
        if (described.isEmpty()) {
            described = describe();
        }
        SortedMap<String, String> result = new TreeMap<>();
        wanted.forEach((name, value) -> {
            Kind kind = described.get(name);
            if (kind != null) {
                String fitting = fit(name, value, kind);
                if (fitting != null) {
                    result.put(name, fitting);
                }
            } else if (described.isEmpty() || name.indexOf('.') >= 0 || isKnown(name)) {
                result.put(name, value);
            } else {
                LOG.warn("Removing invalid parameter `{}` from postgresql.parameters", name);
            }
        });
        return result;
    }

    /** The value, corrected where it is out of range; null when it cannot be used. Values with a unit are left alone. */
    static String fit(String name, String value, Kind kind) {
        String text = value.strip();
        if (kind.type().equals("BOOLEAN")) {
            if (Set.of("on", "off", "true", "false", "yes", "no", "1", "0").contains(text.toLowerCase(java.util.Locale.ROOT))) {
                return value;
            }
            LOG.warn("value '{}' of parameter {} is not a boolean, ignoring it", value, name);
            return null;
        }
        if (!kind.type().equals("INTEGER") && !kind.type().equals("REAL") || !text.matches("-?\\d{1,15}(\\.\\d{1,9})?")) {
            return value;
        }
        double number = Double.parseDouble(text);
        if (!kind.least().isEmpty() && number < Double.parseDouble(kind.least())) {
            LOG.warn("value {} of parameter {} is too low, using {}", value, name, kind.least());
            return kind.least();
        }
        if (!kind.most().isEmpty() && number > Double.parseDouble(kind.most())) {
            LOG.warn("value {} of parameter {} is too big, using {}", value, name, kind.most());
            return kind.most();
        }
        return value;
    }

    private Map<String, Kind> describe() {
        try {
            Programs.Result result = programs.run("postgres", List.of("--describe-config"), Map.of(), PATIENCE);
            return result.ok() ? parse(result.output()) : Map.of();
        } catch (OperationFailedException e) {
            LOG.warn("cannot ask the server for its parameters: {}", e.getMessage());
            return Map.of();
        }
    }

    static Map<String, Kind> parse(String description) {
        Map<String, Kind> kinds = new TreeMap<>();
        for (String line : description.split("\n")) {
            String[] fields = line.split("\t", -1);
            if (fields.length >= 7) {
                kinds.put(fields[0].toLowerCase(java.util.Locale.ROOT), new Kind(fields[3], fields[5], fields[6]));
            }
        }
        return Map.copyOf(kinds);
    }

    /** The description leaves out what is meant for developers alone; those are asked for one by one. */
    private boolean isKnown(String name) {
        if (!name.matches("[a-z_][a-z0-9_]*") || askedByName.size() > REMEMBERED) {
            return false;
        }
        return askedByName.computeIfAbsent(name, n -> {
            try {
                return !programs.run("postgres", List.of("-C", n, "-D", dataDir.toString(), "--config-file=/dev/null"), Map.of(),
                        PATIENCE).errors().contains("unrecognized configuration parameter");
            } catch (OperationFailedException e) {
                LOG.warn("cannot ask the server for parameter {}: {}", n, e.getMessage());
                return true;
            }
        });
    }
}
