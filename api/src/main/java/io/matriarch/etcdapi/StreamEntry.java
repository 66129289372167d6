package io.matriarch.etcdapi;

import java.util.Optional;
import java.util.function.Function;
import org.apache.ratis.thirdparty.io.netty.channel.ChannelHandlerContext;
import org.apache.ratis.thirdparty.io.netty.channel.ChannelInboundHandlerAdapter;
import org.apache.ratis.thirdparty.io.netty.channel.ChannelPipeline;
import org.apache.ratis.thirdparty.io.netty.handler.codec.http.HttpObjectAggregator;
import org.apache.ratis.thirdparty.io.netty.handler.codec.http2.DefaultHttp2Headers;
import org.apache.ratis.thirdparty.io.netty.handler.codec.http2.DefaultHttp2HeadersFrame;
import org.apache.ratis.thirdparty.io.netty.handler.codec.http2.Http2DataFrame;
import org.apache.ratis.thirdparty.io.netty.handler.codec.http2.Http2HeadersFrame;
import org.apache.ratis.thirdparty.io.netty.handler.codec.http2.Http2ResetFrame;
import org.apache.ratis.thirdparty.io.netty.handler.codec.http2.Http2StreamFrameToHttpObjectCodec;
import org.apache.ratis.thirdparty.io.netty.util.ReferenceCountUtil;

/** The beginning of an HTTP/2 stream: a gRPC call, or a request of the JSON gateway by a client that likes HTTP/2. */
final class StreamEntry extends ChannelInboundHandlerAdapter {

    private final Gateway gateway;
    private Optional<GrpcCall> call = Optional.empty();

    StreamEntry(Gateway gateway) {
        this.gateway = gateway;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object frame) {
        if (frame instanceof Http2HeadersFrame headers && call.isEmpty() && !isGrpc(headers)) {
            ChannelPipeline pipeline = ctx.pipeline();
            pipeline.addLast(new Http2StreamFrameToHttpObjectCodec(true), new HttpObjectAggregator(Gateway.MAX_BODY_BYTES),
                    new HttpConnection(gateway));
            ctx.fireChannelRead(frame);
            pipeline.remove(this);
            return;
        }
        try {
            if (frame instanceof Http2HeadersFrame headers) {
                begin(ctx, headers);
            } else if (frame instanceof Http2DataFrame data) {
                call.ifPresent(c -> c.received(data.content()));
                halfClose(data.isEndStream());
            } else if (frame instanceof Http2ResetFrame) {
                call.ifPresent(GrpcCall::gone);
            }
        } finally {
            ReferenceCountUtil.release(frame);
        }
    }

    private void begin(ChannelHandlerContext ctx, Http2HeadersFrame headers) {
        if (call.isPresent()) {
            halfClose(headers.isEndStream());
            return;
        }
        String path = String.valueOf(headers.headers().path());
        Optional<Rpc> rpc = gateway.calls().schema().call(path);
        Optional<Function<Call, Inbound>> answer = rpc.flatMap(gateway.calls()::of);
        if (answer.isEmpty()) {
            ctx.writeAndFlush(new DefaultHttp2HeadersFrame(new DefaultHttp2Headers().status("200")
                    .set("content-type", "application/grpc").set("grpc-status", Integer.toString(Code.UNIMPLEMENTED.number()))
                    .set("grpc-message", "unknown method " + path.replaceAll("[^ -$&-~]", "?")), true));
            return;
        }
        GrpcCall begun = new GrpcCall(ctx.channel(), headers.headers(), rpc.get());
        call = Optional.of(begun);
        begun.begin(answer.get());
        halfClose(headers.isEndStream());
    }

    private void halfClose(boolean end) {
        if (end) {
            call.ifPresent(GrpcCall::halfClosed);
        }
    }

    private static boolean isGrpc(Http2HeadersFrame headers) {
        CharSequence type = headers.headers().get("content-type");
        return type != null && type.toString().startsWith("application/grpc");
    }

    /** Also how a reset of the stream by the client is told. */
    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event instanceof Http2ResetFrame) {
            call.ifPresent(GrpcCall::gone);
        }
        ReferenceCountUtil.release(event);
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        call.ifPresent(GrpcCall::gone);
        ctx.fireChannelInactive();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        call.ifPresent(GrpcCall::gone);
        ctx.close();
    }
}
