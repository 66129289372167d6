package io.matriarch.rest;

import io.javalin.Javalin;
import io.javalin.compression.CompressionStrategy;
import io.javalin.http.Context;
import io.javalin.http.servlet.JavalinServlet;
import io.matriarch.config.HostPort;
import io.matriarch.config.RestApiConfig;
import jakarta.servlet.Servlet;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.servlet.ServletHolder;
import org.eclipse.jetty.http.UriCompliance;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.NetworkConnectionLimit;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The REST API of one member, listening.
 *
 * <p>Threads: a few for connections and health checks, which never wait for anything else; a few more, begun on
 * demand, for requests that may take their time. More than those can hold are refused with 503.
 */
public final class RestServer implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(RestServer.class);

    private static final int CONNECTIONS = 1024;
    private static final int CONNECTION_THREADS = 8;
    private static final int SLOW_THREADS = 8;
    private static final int SLOW_WAITING = 32;
    private static final int BACKLOG = 128;
    private static final int BUFFER = 8 * 1024;
    private static final Duration IDLE = Duration.ofSeconds(30);

    private final Server jetty;
    private final ServerConnector connector;
    private final ThreadPoolExecutor slow;
    private final Endpoints endpoints;
    private final ReplyWriter writer;
    private final SecureConnections connections;

    private RestServer(RestApiConfig config, RestPorts ports, ServerSocketChannel listening) throws IOException {
        this.endpoints = new Endpoints(config, ports);
        this.writer = new ReplyWriter(config, ports.wall(), ports.version());
        this.slow = slowThreads();
        this.jetty = new Server(connectionThreads());
        this.connections = SecureConnections.of(config.tls());
        this.connector = new ServerConnector(jetty, null, null, null, 1, 1, connections.factories(http()));
        connector.addBean(connections.listener());
        connector.setIdleTimeout(IDLE.toMillis());
        connector.open(listening);
        jetty.addConnector(connector);
        jetty.addBean(new NetworkConnectionLimit(CONNECTIONS, connector));
        jetty.setHandler(context(new JavalinServlet(javalin().unsafe)));
        jetty.setErrorHandler(new PlainErrorPages());
        jetty.setStopTimeout(0);
    }

    /**
     * Binds {@code restapi.listen} and serves until closed.
     *
     * @throws IOException when the address cannot be listened on; the message names the setting, the address and why
     */
    public static RestServer start(RestApiConfig config, RestPorts ports) throws IOException {
        ServerSocketChannel listening = bind(config.listen());
        try {
            RestServer server = new RestServer(config, ports, listening);
            server.jetty.start();
            return server;
        } catch (Exception e) {
            listening.close();
            throw new IOException("restapi: cannot serve on " + config.listen() + ": " + e.getMessage(), e);
        }
    }

    /**
     * Looks whether {@code restapi.listen} can be listened on, and leaves it free.
     *
     * @throws IOException as {@link #start}
     */
    public static void requireFree(RestApiConfig config) throws IOException {
        bind(config.listen()).close();
    }

    /** The port it listens on. */
    public int port() {
        return connector.getLocalPort();
    }

    /** Stops listening, cuts connections and interrupts what still runs. */
    @Override
    public void close() {
        slow.shutdownNow();
        connections.close();
        try {
            jetty.stop();
        } catch (Exception e) {
            LOG.warn("the REST API did not stop properly: {}", e.toString());
        }
    }

    private static ServerSocketChannel bind(HostPort listen) throws IOException {
        ServerSocketChannel channel = ServerSocketChannel.open();
        try {
            boolean any = listen.host().isEmpty() || listen.host().equals("*");
            channel.socket().setReuseAddress(true);
            channel.bind(any ? new InetSocketAddress(listen.port())
                    : new InetSocketAddress(listen.host(), listen.port()), BACKLOG);
            return channel;
        } catch (IOException | RuntimeException e) {
            channel.close();
            String why = e instanceof java.nio.channels.UnresolvedAddressException
                    || e.getCause() instanceof java.nio.channels.UnresolvedAddressException
                    ? "unknown host name" : e.getMessage();
            throw new IOException("restapi.listen: cannot listen on " + listen + ": " + why
                    + ". Stop the process that has the port, or set restapi.listen to an address of this machine with a free port", e);
        }
    }

    private Javalin javalin() {
        return Javalin.create(config -> {
            config.startup.showJavalinBanner = false;
            config.startup.showOldJavalinVersionWarning = false;
            config.startup.startupWatcherEnabled = false;
            config.http.compressionStrategy = CompressionStrategy.NONE;
            config.routes.before(this::answer);
        });
    }

    /** Takes every request, whatever its method and path: dispatch by the first segment is not what Javalin routes by. */
    private void answer(Context ctx) {
        ctx.skipRemainingHandlers();
        Request request = ReplyWriter.request(ctx);
        Optional<Endpoints.Endpoint> endpoint = endpoints.slow(request);
        if (endpoint.isEmpty()) {
            writer.write(ctx, guarded(request, endpoints::atOnce));
            return;
        }
        ctx.future(() -> begin(request, endpoint.get()).thenAccept(reply -> writer.write(ctx, reply)));
    }

    private CompletableFuture<Reply> begin(Request request, Endpoints.Endpoint endpoint) {
        try {
            return CompletableFuture.supplyAsync(() -> guarded(request, endpoint), slow);
        } catch (RejectedExecutionException e) {
            return CompletableFuture.completedFuture(
                    Reply.text(503, "too many requests are being worked on, try again later"));
        }
    }

    private static Reply guarded(Request request, Endpoints.Endpoint endpoint) {
        try {
            return endpoint.answer(request);
        } catch (Refusal e) {
            return e.reply();
        } catch (RuntimeException e) {
            LOG.warn("{} /{} failed", request.method(), request.segment(), e);
            return Reply.text(500, "internal error, see the log of this agent");
        }
    }

    private static ServletContextHandler context(Servlet servlet) {
        ServletContextHandler context = new ServletContextHandler(ServletContextHandler.NO_SESSIONS);
        ServletHolder holder = new ServletHolder(servlet);
        holder.setAsyncSupported(true);
        context.addServlet(holder, "/*");
        context.getServletHandler().setDecodeAmbiguousURIs(true);
        context.setErrorHandler(new PlainErrorPages());
        return context;
    }

    private static HttpConfiguration http() {
        HttpConfiguration http = new HttpConfiguration();
        http.setSendServerVersion(false);
        http.setSendDateHeader(false);
        http.setUriCompliance(UriCompliance.UNSAFE);
        http.setRequestHeaderSize(BUFFER);
        http.setResponseHeaderSize(BUFFER);
        http.setOutputBufferSize(BUFFER);
        return http;
    }

    private static QueuedThreadPool connectionThreads() {
        QueuedThreadPool threads = new QueuedThreadPool(CONNECTION_THREADS, 3, (int) IDLE.toMillis());
        threads.setName("rest");
        threads.setReservedThreads(0);
        threads.setDaemon(true);
        return threads;
    }

    private static ThreadPoolExecutor slowThreads() {
        AtomicInteger count = new AtomicInteger();
        ThreadPoolExecutor threads = new ThreadPoolExecutor(SLOW_THREADS, SLOW_THREADS, 10, TimeUnit.SECONDS,
                new ArrayBlockingQueue<>(SLOW_WAITING), task -> {
                    Thread thread = new Thread(task, "rest-slow-" + count.incrementAndGet());
                    thread.setDaemon(true);
                    return thread;
                });
        threads.allowCoreThreadTimeOut(true);
        return threads;
    }
}
