package io.matriarch.raft;

import io.matriarch.tls.Refusals;
import java.util.List;
import javax.net.ssl.SSLException;
import org.apache.ratis.thirdparty.io.netty.channel.Channel;
import org.apache.ratis.thirdparty.io.netty.channel.ChannelHandlerContext;
import org.apache.ratis.thirdparty.io.netty.channel.ChannelInboundHandlerAdapter;
import org.apache.ratis.thirdparty.io.netty.channel.socket.nio.NioServerSocketChannel;
import org.apache.ratis.thirdparty.io.netty.handler.ssl.SslHandler;

/** The listening socket of the Raft port; tells of callers whose handshake failed, of which gRPC says nothing. */
final class WatchedListener extends NioServerSocketChannel {

    private final Refusals refusals;

    WatchedListener(Refusals refusals) {
        this.refusals = refusals;
    }

    @Override
    protected int doReadMessages(List<Object> accepted) throws Exception {
        int before = accepted.size();
        int count = super.doReadMessages(accepted);
        for (Object connection : accepted.subList(before, accepted.size())) {
            ((Channel) connection).pipeline().addFirst(new FirstBytes());
        }
        return count;
    }

    /** By the time that a caller has sent something, gRPC has put TLS into the connection. */
    private final class FirstBytes extends ChannelInboundHandlerAdapter {

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object bytes) {
            SslHandler tls = ctx.pipeline().get(SslHandler.class);
            if (tls != null) {
                tls.handshakeFuture().addListener(done -> {
                    if (done.cause() instanceof SSLException) {
                        refusals.tell(String.valueOf(ctx.channel().remoteAddress()), done.cause());
                    }
                });
            }
            ctx.fireChannelRead(bytes);
            ctx.pipeline().remove(this);
        }
    }
}
