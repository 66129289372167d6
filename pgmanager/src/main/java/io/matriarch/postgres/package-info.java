/** The local PostgreSQL: the port {@link io.matriarch.postgres.Postgres} and its implementation on real processes. */
package io.matriarch.postgres;
