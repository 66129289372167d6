package io.matriarch.postgres;

/**
 * PostgreSQL cannot be run with the given configuration on this machine: programs are missing, the data directory is of
 * another version, or the operating system user is wrong. The message is meant for the operator.
 */
public final class PostgresSetupException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    public PostgresSetupException(String message) {
        super(message);
    }
}
