/**
 * The configuration of one agent, read from Patroni's YAML and the environment, as immutable records.
 *
 * <p>Floor 0: imports nothing of the product. Parsing and validation live here too; every other package receives
 * finished records and never sees YAML.
 */
package io.matriarch.config;
