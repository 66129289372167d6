package io.matriarch.config;

/**
 * A network address as written in a configuration.
 *
 * @param host name or address, without brackets; {@code *} and the empty string mean every address
 * @param port TCP port, 0 to 65535
 */
public record HostPort(String host, int port) {

    public HostPort {
        if (port < 0 || port > 65535) {
            throw new IllegalArgumentException("port out of range: " + port);
        }
    }

    /** Parses {@code host:port}, {@code [v6]:port} and {@code host}; the last one takes {@code defaultPort}. */
    public static HostPort parse(String text, int defaultPort) {
        String t = text.trim();
        int colon = t.lastIndexOf(':');
        int bracket = t.lastIndexOf(']');
        boolean bareIpv6 = bracket < 0 && colon >= 0 && t.indexOf(':') != colon;
        if (colon < 0 || colon < bracket || bareIpv6) {
            return new HostPort(unbracket(t), defaultPort);
        }
        try {
            return new HostPort(unbracket(t.substring(0, colon)), Integer.parseInt(t.substring(colon + 1)));
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("not a port number: " + t.substring(colon + 1), e);
        }
    }

    private static String unbracket(String host) {
        return host.startsWith("[") && host.endsWith("]") ? host.substring(1, host.length() - 1) : host;
    }

    /** True for {@code *}, the empty host, {@code 0.0.0.0} and {@code ::}. */
    public boolean isWildcard() {
        return host.isEmpty() || host.equals("*") || host.equals("0.0.0.0") || host.equals("::");
    }

    @Override
    public String toString() {
        return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
    }
}
