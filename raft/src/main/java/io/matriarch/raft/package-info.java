/** The embedded consensus peer. The only package that knows Apache Ratis. */
package io.matriarch.raft;
