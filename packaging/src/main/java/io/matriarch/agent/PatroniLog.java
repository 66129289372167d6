package io.matriarch.agent;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.PatternLayout;
import ch.qos.logback.classic.spi.Configurator;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.encoder.LayoutWrappingEncoder;
import ch.qos.logback.core.spi.ContextAwareBase;
import org.slf4j.Logger;

/**
 * Patroni's line on standard error. In code and not in a file, since to read the file would be a third of the time that an
 * agent needs from its start to the first renewal of a lock. A file that the system property
 * {@code logback.configurationFile} names, and {@code logback-test.xml} in the class path, count instead.
 *
 * <p>Public for the logging library, which finds it as a service.
 */
public final class PatroniLog extends ContextAwareBase implements Configurator {

    private static final String LINE = "%d{\"yyyy-MM-dd HH:mm:ss,SSS\"} %patroniLevel: %msg%n";

    @Override
    public ExecutionStatus configure(LoggerContext context) {
        boolean elsewhere = System.getProperty("logback.configurationFile") != null
                || PatroniLog.class.getClassLoader().getResource("logback-test.xml") != null;
        if (elsewhere) {
            return ExecutionStatus.INVOKE_NEXT_IF_ANY;
        }
        install(context);
        return ExecutionStatus.DO_NOT_INVOKE_NEXT_IF_ANY;
    }

    /** Has a context without any configuration write that line. */
    public static void install(LoggerContext context) {
        PatternLayout layout = new PatternLayout();
        layout.setContext(context);
        layout.getInstanceConverterMap().put("patroniLevel", PatroniLevel::new);
        layout.setPattern(LINE);
        layout.start();
        LayoutWrappingEncoder<ILoggingEvent> encoder = new LayoutWrappingEncoder<>();
        encoder.setContext(context);
        encoder.setLayout(layout);
        encoder.start();
        ConsoleAppender<ILoggingEvent> out = new ConsoleAppender<>();
        out.setContext(context);
        out.setName("STDERR");
        out.setTarget("System.err");
        out.setEncoder(encoder);
        out.start();
        context.getLogger("org.apache.ratis").setLevel(Level.ERROR);
        context.getLogger("org.eclipse.jetty").setLevel(Level.WARN);
        context.getLogger("io.javalin").setLevel(Level.WARN);
        context.getLogger(Logger.ROOT_LOGGER_NAME).setLevel(Level.INFO);
        context.getLogger(Logger.ROOT_LOGGER_NAME).addAppender(out);
    }
}
