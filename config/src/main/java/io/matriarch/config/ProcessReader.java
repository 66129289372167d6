package io.matriarch.config;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/** Reads what concerns the process itself: {@code log}, {@code watchdog}, {@code guard}. */
final class ProcessReader {

    static final String LOG_FORMAT = "%(asctime)s %(levelname)s: %(message)s";
    private static final Map<String, String> LEVELS = ordered("debug", "DEBUG", "info", "INFO", "warning", "WARNING",
        "error", "ERROR", "critical", "CRITICAL", "warn", "WARNING", "fatal", "CRITICAL");

    private ProcessReader() {
    }

    static LogConfig log(Section section) {
        String type = section.choice("type", ordered("plain", "plain", "json", "json"), "plain");
        String level = section.choice("level", LEVELS, "info");
        String format = section.find("format").filter(Setting.Items.class::isInstance).map(list -> LOG_FORMAT)
            .orElseGet(() -> section.text("format", LOG_FORMAT));
        if (section.find("format").filter(Setting.Items.class::isInstance).isPresent()) {
            section.findings().warn(section.origin("format"), "log.format: a list of fields has no effect in this version");
        }
        Map<String, String> loggers = new LinkedHashMap<>();
        section.textMap("loggers").forEach((name, text) -> {
            String meant = LEVELS.get(text.toLowerCase(Locale.ROOT));
            if (meant == null) {
                section.findings().bad(section.origin("loggers"), section.full("loggers") + "." + name, text,
                    "one of " + String.join(", ", LEVELS.keySet()));
            } else {
                loggers.put(name, meant);
            }
        });
        section.withoutEffect("it is not available in this version", "traceback_level", "dateformat", "static_fields",
            "max_queue_size", "mode");
        return new LogConfig(type, level, format, section.file("dir"), (int) section.number("file_num", 4, 0, 10_000),
            section.number("file_size", 25_000_000, 1, Long.MAX_VALUE), loggers, section.flag("deduplicate_heartbeat_logs", false));
    }

    static WatchdogConfig watchdog(Section section) {
        Map<String, WatchdogConfig.Mode> modes = new LinkedHashMap<>();
        modes.put("off", WatchdogConfig.Mode.OFF);
        modes.put("automatic", WatchdogConfig.Mode.AUTOMATIC);
        modes.put("required", WatchdogConfig.Mode.REQUIRED);
        modes.put("disable", WatchdogConfig.Mode.OFF);
        modes.put("disabled", WatchdogConfig.Mode.OFF);
        modes.put("false", WatchdogConfig.Mode.OFF);
        modes.put("auto", WatchdogConfig.Mode.AUTOMATIC);
        modes.put("require", WatchdogConfig.Mode.REQUIRED);
        section.withoutEffect("the Linux watchdog device is the only driver", "driver");
        return new WatchdogConfig(section.choice("mode", modes, "automatic"), section.text("device", "/dev/watchdog"),
            (int) section.number("safety_margin", 5, -1, Integer.MAX_VALUE));
    }

    static GuardMode guard(Section top) {
        Map<String, GuardMode> modes = new LinkedHashMap<>();
        modes.put("auto", GuardMode.AUTO);
        modes.put("off", GuardMode.OFF);
        return top.choice("guard", modes, "auto");
    }

    private static Map<String, String> ordered(String... pairs) {
        Map<String, String> map = new LinkedHashMap<>();
        for (int i = 0; i < pairs.length; i += 2) {
            map.put(pairs[i], pairs[i + 1]);
        }
        return map;
    }
}
