package io.matriarch.rest;

import io.javalin.http.Context;
import io.matriarch.config.RestApiConfig;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.eclipse.jetty.server.HttpConfiguration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Between requests and replies as the endpoints see them and those of the web server. */
final class ReplyWriter {

    private static final Logger LOG = LoggerFactory.getLogger(ReplyWriter.class);
    private static final DateTimeFormatter DATE =
            DateTimeFormatter.ofPattern("EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.ENGLISH).withZone(ZoneOffset.UTC);

    private final InstantSource wall;
    private final String server;
    private final Map<String, String> extraHeaders;

    ReplyWriter(RestApiConfig config, InstantSource wall, String version) {
        this.wall = wall;
        this.server = server(config.serverTokens(), version);
        this.extraHeaders = config.httpExtraHeaders();
    }

    static Request request(Context ctx) {
        HttpServletRequest from = ctx.req();
        boolean chunked = from.getHeader("Transfer-Encoding") != null;
        return new Request(from.getMethod(), from.getRequestURI(), Query.parse(from.getQueryString()),
                from.getRemoteAddr(), Optional.ofNullable(from.getHeader("Authorization")),
                new RequestBody(from.getContentLengthLong(), chunked, from::getInputStream),
                from.getAttribute(SecureConnections.CERTIFICATES) != null);
    }

    /** Sends a reply. A client that has gone away is none of our business. */
    void write(Context ctx, Reply reply) {
        HttpServletResponse to = ctx.res();
        to.setStatus(reply.status());
        if (reply.closing()) {
            to.setHeader("Connection", "close");
        }
        if (!reply.hasBody()) {
            to.setContentType(null); // Javalin has set one
            return;
        }
        to.setHeader("Server", server);
        to.setHeader("Date", DATE.format(wall.instant()));
        if (!reply.isErrorPage()) {
            extraHeaders.forEach(to::setHeader);
        }
        reply.headers().forEach(to::setHeader);
        to.setContentType(reply.contentType());
        byte[] body = reply.bytes();
        to.setContentLength(body.length);
        try {
            to.getOutputStream().write(body);
        } catch (IOException e) {
            LOG.debug("a client did not wait for its reply: {}", e.toString());
        }
    }

    private static String server(String tokens, String version) {
        return switch (tokens.toLowerCase(Locale.ROOT)) {
            case "productonly" -> "Patroni";
            case "minimal" -> "Patroni/" + version;
            case "original" -> HttpConfiguration.SERVER_VERSION;
            default -> {
                LOG.warn("restapi.server_tokens: '{}' is none of original, productonly, minimal; original is used",
                        tokens);
                yield HttpConfiguration.SERVER_VERSION;
            }
        };
    }
}
