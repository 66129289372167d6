/**
 * The store when it is an etcd cluster of its own: {@link io.matriarch.etcd.EtcdStore} over etcd's JSON gateway, plain
 * HTTP/1.1 with the client that Java brings along.
 */
package io.matriarch.etcd;
