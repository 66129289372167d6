package io.matriarch.tools;

/** The command line lacks something or contradicts itself: exit code 2. */
final class UsageError extends RuntimeException {

    private static final long serialVersionUID = 1L;

    UsageError(String message) {
        super(message, null, false, false);
    }

    static UsageError noCluster() {
        return new UsageError("Missing argument 'CLUSTER_NAME', and no 'scope' in the configuration.");
    }
}
