package io.matriarch.etcdapi;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.apache.ratis.thirdparty.io.netty.buffer.ByteBufUtil;
import org.apache.ratis.thirdparty.io.netty.buffer.Unpooled;
import org.apache.ratis.thirdparty.io.netty.channel.ChannelFuture;
import org.apache.ratis.thirdparty.io.netty.channel.ChannelFutureListener;
import org.apache.ratis.thirdparty.io.netty.channel.ChannelHandlerContext;
import org.apache.ratis.thirdparty.io.netty.channel.SimpleChannelInboundHandler;
import org.apache.ratis.thirdparty.io.netty.handler.codec.http.FullHttpRequest;
import org.apache.ratis.thirdparty.io.netty.handler.codec.http.FullHttpResponse;
import org.apache.ratis.thirdparty.io.netty.handler.codec.http.HttpHeaders;
import org.apache.ratis.thirdparty.io.netty.handler.codec.http.HttpMethod;
import org.apache.ratis.thirdparty.io.netty.handler.codec.http.HttpUtil;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The requests of one HTTP/1.1 connection, answered in order: the JSON gateway, and the pages beside it. */
final class HttpConnection extends SimpleChannelInboundHandler<FullHttpRequest> {

    private static final Logger LOG = LoggerFactory.getLogger(HttpConnection.class);
    private static final int WAITING = 16;
    private static final String TEXT = "text/plain; charset=utf-8";

    /** A request with its body taken out of Netty's memory. */
    private record Request(HttpMethod method, String path, String query, HttpHeaders headers, byte[] body, boolean keepAlive) {
    }

    private final Gateway gateway;
    private final Deque<Request> waiting = new ArrayDeque<>();
    private Optional<JsonCall> running = Optional.empty();
    private boolean busy;

    HttpConnection(Gateway gateway) {
        this.gateway = gateway;
    }

    @Override
    protected void channelRead0(ChannelHandlerContext ctx, FullHttpRequest http) {
        String[] uri = http.uri().split("\\?", 2);
        Request request = new Request(http.method(), uri[0], uri.length > 1 ? uri[1] : "", http.headers(),
                ByteBufUtil.getBytes(http.content()), HttpUtil.isKeepAlive(http));
        if (!http.decoderResult().isSuccess() || waiting.size() >= WAITING) {
            ctx.close();
        } else if (busy) {
            waiting.add(request);
        } else {
            start(ctx, request);
        }
    }

    private void start(ChannelHandlerContext ctx, Request request) {
        busy = true;
        if (isForeign(request.headers())) {
            answer(ctx, request, 403, TEXT, "a web page of another origin may not use this store\n");
            return;
        }
        Optional<Rpc> rpc = gateway.calls().schema().jsonCall(request.path());
        Optional<Function<Call, Inbound>> answer = rpc.flatMap(gateway.calls()::of);
        if (answer.isPresent() && request.method().equals(HttpMethod.POST)) {
            call(ctx, request, rpc.get(), answer.get());
        } else if (answer.isPresent()) {
            answer(ctx, request, 405, TEXT, "Method Not Allowed\n");
        } else {
            gateway.pages().find(request.path(), request.query()).ifPresentOrElse(page -> {
                if (request.method().equals(HttpMethod.GET) || request.method().equals(HttpMethod.HEAD)) {
                    page.whenComplete((p, failure) -> ctx.executor().execute(() -> answer(ctx, request,
                            failure == null ? p.status() : 500, failure == null ? p.type() : TEXT,
                            failure == null ? p.body() : "internal error\n")));
                } else {
                    answer(ctx, request, 405, TEXT, "Method Not Allowed\n");
                }
            }, () -> notFound(ctx, request));
        }
    }

    private void notFound(ChannelHandlerContext ctx, Request request) {
        if (request.path().startsWith("/v2/")) {
            LOG.warn("A client asked for {}: the etcd v2 interface is gone. Patroni: write etcd3 instead of etcd in its file",
                    request.path().replaceAll("[^ -~]", "?"));
        }
        answer(ctx, request, 404, TEXT, request.path().startsWith("/v3") ? "Not Found\n" : "404 page not found\n");
    }

    /** Browsers tell where a request comes from; a page from elsewhere has no business with a store on this host. */
    private static boolean isForeign(HttpHeaders headers) {
        String origin = headers.get("Origin");
        return origin != null && !origin.replaceFirst("^[a-z]+://", "").equals(headers.get("Host"));
    }

    private void call(ChannelHandlerContext ctx, Request request, Rpc rpc, Function<Call, Inbound> answer) {
        JsonCall call = new JsonCall(ctx.channel(), request.headers(), rpc, gateway.json(), () -> finished(ctx, request));
        running = Optional.of(call);
        try {
            List<Message> messages = gateway.json().decode(rpc.request(), request.body());
            Inbound inbound = answer.apply(call);
            for (Message message : messages) {
                inbound.message(message);
            }
            inbound.halfClosed();
        } catch (IllegalArgumentException e) {
            call.end(Status.invalid(e.getMessage()));
        } catch (RuntimeException e) {
            call.end(Failures.status(e));
        }
    }

    private void answer(ChannelHandlerContext ctx, Request request, int status, String type, String body) {
        FullHttpResponse page = JsonCall.page(status, type, Unpooled.copiedBuffer(body, java.nio.charset.StandardCharsets.UTF_8));
        if (request.method().equals(HttpMethod.HEAD)) {
            page = page.replace(Unpooled.EMPTY_BUFFER);
        }
        ChannelFuture ignored = ctx.writeAndFlush(page);
        finished(ctx, request);
    }

    private void finished(ChannelHandlerContext ctx, Request request) {
        running = Optional.empty();
        busy = false;
        if (!request.keepAlive()) {
            ctx.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
            return;
        }
        Request next = waiting.poll();
        if (next != null) {
            start(ctx, next);
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        waiting.clear();
        running.ifPresent(JsonCall::gone);
        ctx.fireChannelInactive();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        ctx.close();
    }
}
