package io.matriarch.process;

/** The step between two looks at a condition. */
final class Poll {

    private static final long STEP_MILLIS = 50;

    private Poll() {
    }

    static void pause() {
        try {
            Thread.sleep(STEP_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while waiting", e);
        }
    }
}
