package io.matriarch.config;

/**
 * A password or token. Its text form is three asterisks, so that no log line or error text can hold it.
 *
 * @param reveal the clear text; call it only where the secret leaves for its destination
 */
public record Secret(String reveal) {

    @Override
    public String toString() {
        return "***";
    }
}
