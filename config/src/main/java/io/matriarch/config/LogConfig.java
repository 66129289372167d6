package io.matriarch.config;

import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * The section {@code log}.
 *
 * @param level   one of DEBUG, INFO, WARNING, ERROR, CRITICAL
 * @param dir     directory of {@code patroni.log}; absent: standard error
 * @param loggers levels by logger name
 */
public record LogConfig(String type, String level, String format, Optional<Path> dir, int fileNum, long fileSize,
                        Map<String, String> loggers, boolean deduplicateHeartbeatLogs) {

    public LogConfig {
        loggers = Map.copyOf(loggers);
    }
}
