package io.matriarch.etcdapi;

import java.util.List;

/**
 * One call that clients can make.
 *
 * @param path      as gRPC names it, {@code /package.Service/Name}
 * @param jsonPaths its paths in the JSON gateway
 */
record Rpc(String path, Shape request, Shape response, boolean clientStreams, boolean serverStreams,
           List<String> jsonPaths) {

    String name() {
        return path.substring(path.lastIndexOf('/') + 1);
    }
}
