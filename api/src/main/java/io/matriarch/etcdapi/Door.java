package io.matriarch.etcdapi;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Supplier;
import org.apache.ratis.thirdparty.io.netty.buffer.ByteBuf;
import org.apache.ratis.thirdparty.io.netty.channel.Channel;
import org.apache.ratis.thirdparty.io.netty.channel.ChannelHandlerContext;
import org.apache.ratis.thirdparty.io.netty.channel.ChannelInitializer;
import org.apache.ratis.thirdparty.io.netty.channel.ChannelPipeline;
import org.apache.ratis.thirdparty.io.netty.handler.codec.ByteToMessageDecoder;
import org.apache.ratis.thirdparty.io.netty.handler.codec.http.HttpObjectAggregator;
import org.apache.ratis.thirdparty.io.netty.handler.codec.http.HttpServerCodec;
import org.apache.ratis.thirdparty.io.netty.handler.codec.http2.Http2FrameCodecBuilder;
import org.apache.ratis.thirdparty.io.netty.handler.codec.http2.Http2MultiplexHandler;
import org.apache.ratis.thirdparty.io.netty.handler.codec.http2.Http2Settings;
import org.apache.ratis.thirdparty.io.netty.handler.timeout.IdleStateEvent;
import org.apache.ratis.thirdparty.io.netty.handler.timeout.IdleStateHandler;

/** Looks at the first bytes of a connection: HTTP/2 begins with words of its own, everything else is HTTP/1.1. */
final class Door extends ByteToMessageDecoder {

    private static final byte[] PREFACE = "PRI * HTTP/2.0\r\n".getBytes(StandardCharsets.US_ASCII);
    private static final int STREAMS = 2_000;
    private static final int WINDOW_BYTES = 1 << 20;
    private static final int SILENT_SECONDS = 20;

    private final Supplier<Gateway> gateway;

    Door(Supplier<Gateway> gateway) {
        this.gateway = gateway;
    }

    /** What a new connection begins with; one that says nothing does not stay. */
    static void open(Channel channel, Supplier<Gateway> gateway) {
        channel.pipeline().addLast("silence", new IdleStateHandler(SILENT_SECONDS, 0, 0)).addLast(new Door(gateway));
    }

    @Override
    protected void decode(ChannelHandlerContext ctx, ByteBuf in, List<Object> out) {
        int seen = Math.min(in.readableBytes(), PREFACE.length);
        boolean http2 = true;
        for (int i = 0; i < seen && http2; i++) {
            http2 = in.getByte(in.readerIndex() + i) == PREFACE[i];
        }
        if (http2 && seen < PREFACE.length) {
            return;
        }
        ChannelPipeline pipeline = ctx.pipeline();
        pipeline.remove("silence");
        if (http2) {
            pipeline.addLast(Http2FrameCodecBuilder.forServer().initialSettings(Http2Settings.defaultSettings()
                    .maxConcurrentStreams(STREAMS).initialWindowSize(WINDOW_BYTES)).build());
            pipeline.addLast(new Http2MultiplexHandler(new ChannelInitializer<Channel>() {
                @Override
                protected void initChannel(Channel stream) {
                    stream.pipeline().addLast(new StreamEntry(gateway.get()));
                }
            }));
        } else {
            pipeline.addLast(new HttpServerCodec(), new HttpObjectAggregator(Gateway.MAX_BODY_BYTES),
                    new HttpConnection(gateway.get()));
        }
        pipeline.remove(this);
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) throws Exception {
        if (event instanceof IdleStateEvent) {
            ctx.close();
        } else {
            super.userEventTriggered(ctx, event);
        }
    }

    /** A client that breaks off says nothing worth knowing. */
    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        ctx.close();
    }
}
