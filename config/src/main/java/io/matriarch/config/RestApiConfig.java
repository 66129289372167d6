package io.matriarch.config;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The section {@code restapi}.
 *
 * @param connectAddress what other members and load balancers are told
 * @param authentication user and password that unsafe requests need, when configured
 * @param allowlist      addresses, networks or host names that may send unsafe requests; empty means everyone
 * @param httpExtraHeaders headers added to every reply that has a body
 * @param tls            absent: plain HTTP
 */
public record RestApiConfig(HostPort listen, HostPort connectAddress, Optional<Credentials> authentication,
                            List<String> allowlist, boolean allowlistIncludeMembers,
                            Map<String, String> httpExtraHeaders, String serverTokens, Optional<ServerTls> tls) {

    public RestApiConfig {
        allowlist = List.copyOf(allowlist);
        httpExtraHeaders = Map.copyOf(httpExtraHeaders);
    }

    /** Over plain HTTP. */
    public RestApiConfig(HostPort listen, HostPort connectAddress, Optional<Credentials> authentication, List<String> allowlist,
                         boolean allowlistIncludeMembers, Map<String, String> httpExtraHeaders, String serverTokens) {
        this(listen, connectAddress, authentication, allowlist, allowlistIncludeMembers, httpExtraHeaders, serverTokens,
            Optional.empty());
    }

    /** Short, because headers may hold tokens. */
    @Override
    public String toString() {
        return "RestApiConfig[listen=" + listen + ", connectAddress=" + connectAddress + ", authentication=" + authentication + "]";
    }
}
