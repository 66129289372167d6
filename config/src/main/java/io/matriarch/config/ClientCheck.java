package io.matriarch.config;

/** Whether clients are asked for a certificate. */
public enum ClientCheck {
    /** No. */
    NONE,
    /** Yes, and one that is shown must be good; who shows none may only read. */
    OPTIONAL,
    /** Without a good one there is no connection. */
    REQUIRED
}
