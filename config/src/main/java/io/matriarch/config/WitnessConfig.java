package io.matriarch.config;

/**
 * What a witness was told: a voter of the consensus group without PostgreSQL, web server and loop. Scope and name of
 * its file mean nothing to it.
 *
 * @param raft always with {@code selfAddr}
 */
public record WitnessConfig(String namespace, RaftConfig raft, LogConfig log, EtcdAdapterConfig etcdAdapter) {
}
