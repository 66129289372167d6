package io.matriarch.etcdapi;

import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.function.Function;
import org.apache.ratis.thirdparty.io.netty.buffer.ByteBuf;
import org.apache.ratis.thirdparty.io.netty.buffer.Unpooled;
import org.apache.ratis.thirdparty.io.netty.channel.Channel;
import org.apache.ratis.thirdparty.io.netty.channel.ChannelFuture;
import org.apache.ratis.thirdparty.io.netty.channel.ChannelFutureListener;
import org.apache.ratis.thirdparty.io.netty.handler.codec.http2.DefaultHttp2DataFrame;
import org.apache.ratis.thirdparty.io.netty.handler.codec.http2.DefaultHttp2Headers;
import org.apache.ratis.thirdparty.io.netty.handler.codec.http2.DefaultHttp2HeadersFrame;
import org.apache.ratis.thirdparty.io.netty.handler.codec.http2.Http2Headers;

/** One gRPC call: one HTTP/2 stream with messages that have their length before them, and a status at the end. */
final class GrpcCall extends WireCall {

    /** etcd's limit: the largest request and what surrounds it. */
    static final int MAX_MESSAGE_BYTES = 2 << 20;
    private static final int PREFIX_BYTES = 5;
    private static final int MAX_TEXT_BYTES = 4_096;

    private final Http2Headers request;
    private final Rpc rpc;
    private Optional<Inbound> inbound = Optional.empty();
    private ByteBuf unread = Unpooled.EMPTY_BUFFER;
    private boolean headersSent;
    private boolean halfClosed;

    GrpcCall(Channel channel, Http2Headers request, Rpc rpc) {
        super(channel);
        this.request = request;
        this.rpc = rpc;
    }

    /** Begins; on the thread of the connection, like everything the client does. */
    void begin(Function<Call, Inbound> answer) {
        guarded(() -> inbound = Optional.of(answer.apply(this)));
    }

    void received(ByteBuf data) {
        if (isOver()) {
            return;
        }
        unread = unread.isReadable() ? Unpooled.buffer(unread.readableBytes() + data.readableBytes()).writeBytes(unread)
                .writeBytes(data) : Unpooled.copiedBuffer(data);
        while (!isOver() && unread.readableBytes() >= PREFIX_BYTES) {
            int at = unread.readerIndex();
            long length = unread.getUnsignedInt(at + 1);
            if (unread.getByte(at) != 0) {
                refuse(new Status(Code.UNIMPLEMENTED, "grpc: Decompressor is not installed for grpc-encoding"));
                return;
            }
            if (length > MAX_MESSAGE_BYTES) {
                refuse(new Status(Code.RESOURCE_EXHAUSTED, "grpc: received message larger than max (" + length + " vs. "
                        + MAX_MESSAGE_BYTES + ")"));
                return;
            }
            if (unread.readableBytes() < PREFIX_BYTES + length) {
                return;
            }
            byte[] content = new byte[(int) length];
            unread.skipBytes(PREFIX_BYTES).readBytes(content);
            deliver(content);
        }
    }

    private void deliver(byte[] content) {
        Message message;
        try {
            message = WireCodec.decode(rpc.request(), content);
        } catch (IllegalArgumentException e) {
            refuse(new Status(Code.INTERNAL, "grpc: error unmarshalling request: " + e.getMessage()));
            return;
        }
        guarded(() -> inbound.ifPresent(in -> in.message(message)));
    }

    void halfClosed() {
        halfClosed = true;
        if (!isOver() && unread.isReadable()) {
            refuse(new Status(Code.INTERNAL, "unexpected EOF"));
        } else if (!isOver()) {
            guarded(() -> inbound.ifPresent(Inbound::halfClosed));
        }
    }

    private void guarded(Runnable step) {
        try {
            step.run();
        } catch (RuntimeException e) {
            refuse(Failures.status(e));
        }
    }

    private void refuse(Status status) {
        unread = Unpooled.EMPTY_BUFFER;
        inbound = Optional.empty();
        end(status);
    }

    @Override
    public Optional<String> header(String name) {
        return Optional.ofNullable(request.get(name)).map(CharSequence::toString);
    }

    @Override
    public Optional<String> certifiedUser() {
        return Certified.on(channel()).map(Certified::user);
    }

    @Override
    ByteBuf frame(Message message) {
        byte[] content = WireCodec.encode(message);
        return Unpooled.buffer(PREFIX_BYTES + content.length).writeByte(0).writeInt(content.length).writeBytes(content);
    }

    @Override
    ChannelFuture write(ByteBuf frame) {
        if (!headersSent) {
            headersSent = true;
            channel().write(new DefaultHttp2HeadersFrame(head()));
        }
        return channel().writeAndFlush(new DefaultHttp2DataFrame(frame));
    }

    private static Http2Headers head() {
        return new DefaultHttp2Headers().status("200").set("content-type", "application/grpc");
    }

    @Override
    void writeEnd(Status status) {
        Http2Headers trailers = headersSent ? new DefaultHttp2Headers() : head();
        trailers.set("grpc-status", Integer.toString(status.code().number()));
        if (!status.text().isEmpty()) {
            trailers.set("grpc-message", escaped(status.text()));
        }
        ChannelFuture written = channel().writeAndFlush(new DefaultHttp2HeadersFrame(trailers, true));
        if (!halfClosed) {
            written.addListener(ChannelFutureListener.CLOSE);
        }
    }

    /** As the protocol wants it: printable ASCII stays, everything else and the percent sign become their hexadecimal form. */
    private static String escaped(String text) {
        StringBuilder escaped = new StringBuilder();
        for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
            if (escaped.length() > MAX_TEXT_BYTES) {
                break;
            }
            if (b >= ' ' && b <= '~' && b != '%') {
                escaped.append((char) b);
            } else {
                escaped.append(String.format("%%%02X", b));
            }
        }
        return escaped.toString();
    }
}
