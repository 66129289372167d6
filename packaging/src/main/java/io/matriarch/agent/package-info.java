/** The process: {@code Agent.main} wires the rooms together. */
package io.matriarch.agent;
