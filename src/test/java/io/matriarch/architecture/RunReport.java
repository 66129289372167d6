package io.matriarch.architecture;

import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.support.descriptor.ClassSource;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.TestPlan;

/** Prints what ran, also in a quiet build: a line per test class as it ends, and the totals at the end. */
public final class RunReport implements TestExecutionListener {

    private final Map<String, Tally> running = new ConcurrentHashMap<>();
    private final Tally total = new Tally();
    private volatile TestPlan plan;

    @Override
    public void testPlanExecutionStarted(TestPlan testPlan) {
        plan = testPlan;
    }

    @Override
    public void executionStarted(TestIdentifier test) {
        if (isTopClass(test)) {
            running.put(test.getUniqueId(), new Tally());
        }
    }

    @Override
    public void executionSkipped(TestIdentifier test, String reason) {
        String name = isTopClass(test) ? className(test) : test.getDisplayName();
        tally(test).skip();
        total.skip();
        print("    skipped: " + name + ": " + reason);
    }

    @Override
    public void executionFinished(TestIdentifier test, TestExecutionResult result) {
        Tally tally = tally(test);
        boolean aborted = result.getStatus() == TestExecutionResult.Status.ABORTED;
        boolean failed = result.getStatus() == TestExecutionResult.Status.FAILED;
        if (aborted) {
            tally.skip();
            total.skip();
            print("    skipped: " + test.getDisplayName() + ": " + result.getThrowable().map(Throwable::getMessage).orElse(""));
        } else if (test.isTest() || failed) {
            tally.count(failed);
            total.count(failed);
        }
        if (isTopClass(test)) {
            print(tally.line(className(test)));
            running.remove(test.getUniqueId());
        }
    }

    @Override
    public void testPlanExecutionFinished(TestPlan testPlan) {
        print(total.line("all of this run"));
    }

    private static boolean isTopClass(TestIdentifier test) {
        boolean inClass = test.getParentIdObject().map(id -> id.getSegments().size() > 1).orElse(true);
        return test.getSource().filter(ClassSource.class::isInstance).isPresent() && !inClass;
    }

    private static String className(TestIdentifier test) {
        return test.getSource().map(s -> ((ClassSource) s).getClassName()).orElse(test.getDisplayName())
            .replace("io.matriarch.", "");
    }

    /** The tally of the class that a test belongs to. */
    private Tally tally(TestIdentifier test) {
        TestIdentifier at = test;
        for (int depth = 0; depth < 20 && at != null; depth++) {
            Tally found = running.get(at.getUniqueId());
            if (found != null) {
                return found;
            }
            at = plan.getParent(at).orElse(null);
        }
        return new Tally();
    }

    private static void print(String line) {
        System.out.println(line);
    }

    /** Counts of one class, or of all. */
    private static final class Tally {

        private final long begun = System.nanoTime();
        private int passed;
        private int failed;
        private int skipped;

        synchronized void skip() {
            skipped++;
        }

        synchronized void count(boolean bad) {
            failed += bad ? 1 : 0;
            passed += bad ? 0 : 1;
        }

        synchronized String line(String name) {
            double seconds = Duration.ofNanos(System.nanoTime() - begun).toMillis() / 1000.0;
            return String.format(Locale.ROOT, "%-60s %5d passed %4d failed %4d skipped %8.1f s", name, passed, failed, skipped, seconds);
        }
    }
}
