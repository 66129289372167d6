/** Measures the replicated store against etcd itself, on the same machine in the same run. */
package io.matriarch.tools.bench;
