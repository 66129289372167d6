package io.matriarch.packaging;

import static org.junit.jupiter.api.Assertions.assertEquals;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.LoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import io.matriarch.agent.PatroniLevel;
import io.matriarch.agent.PatroniLog;
import java.nio.charset.StandardCharsets;
import java.time.LocalDateTime;
import java.time.ZoneId;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A line of the log, as the shipped configuration writes it. */
class LogLineTest {

    private final LoggerContext context = new LoggerContext();

    @BeforeEach
    void configure() {
        PatroniLog.install(context);
    }

    @ParameterizedTest
    @CsvSource({"TRACE, DEBUG", "DEBUG, DEBUG", "INFO, INFO", "WARN, WARNING", "ERROR, ERROR"})
    void lineHasPatronisForm(String level, String name) {
        assertEquals("2026-11-20 06:02:26,123 " + name + ": no action\n", line(event(level)));
    }

    @Test
    void markedErrorIsCritical() {
        LoggingEvent event = event("ERROR");
        event.addMarker(PatroniLevel.CRITICAL);
        assertEquals("2026-11-20 06:02:26,123 CRITICAL: no action\n", line(event));
    }

    @Test
    void linesGoToStandardError() {
        assertEquals("System.err", appender().getTarget());
    }

    @Test
    void librariesAreQuiet() {
        assertEquals(Level.ERROR, context.getLogger("org.apache.ratis.server.impl").getEffectiveLevel());
        assertEquals(Level.WARN, context.getLogger("org.eclipse.jetty.server").getEffectiveLevel());
        assertEquals(Level.WARN, context.getLogger("io.javalin.Javalin").getEffectiveLevel());
        assertEquals(Level.INFO, context.getLogger("io.matriarch").getEffectiveLevel());
    }

    private LoggingEvent event(String level) {
        Logger logger = context.getLogger("io.matriarch.loop.HaLoop");
        LoggingEvent event = new LoggingEvent(LogLineTest.class.getName(), logger, Level.valueOf(level), "no {}", null, new Object[] {"action"});
        event.setInstant(LocalDateTime.of(2026, 11, 20, 6, 2, 26, 123_000_000).atZone(ZoneId.systemDefault()).toInstant());
        return event;
    }

    private String line(ILoggingEvent event) {
        return new String(appender().getEncoder().encode(event), StandardCharsets.UTF_8);
    }

    private ConsoleAppender<ILoggingEvent> appender() {
        return (ConsoleAppender<ILoggingEvent>) context.getLogger(Logger.ROOT_LOGGER_NAME).getAppender("STDERR");
    }
}
