package io.matriarch.etcdapi;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.apache.ratis.thirdparty.io.netty.buffer.ByteBuf;
import org.apache.ratis.thirdparty.io.netty.buffer.Unpooled;
import org.apache.ratis.thirdparty.io.netty.channel.Channel;
import org.apache.ratis.thirdparty.io.netty.channel.ChannelFuture;
import org.apache.ratis.thirdparty.io.netty.handler.codec.http.DefaultFullHttpResponse;
import org.apache.ratis.thirdparty.io.netty.handler.codec.http.DefaultHttpContent;
import org.apache.ratis.thirdparty.io.netty.handler.codec.http.DefaultHttpResponse;
import org.apache.ratis.thirdparty.io.netty.handler.codec.http.DefaultLastHttpContent;
import org.apache.ratis.thirdparty.io.netty.handler.codec.http.FullHttpResponse;
import org.apache.ratis.thirdparty.io.netty.handler.codec.http.HttpHeaders;
import org.apache.ratis.thirdparty.io.netty.handler.codec.http.HttpResponse;
import org.apache.ratis.thirdparty.io.netty.handler.codec.http.HttpResponseStatus;
import org.apache.ratis.thirdparty.io.netty.handler.codec.http.HttpUtil;
import org.apache.ratis.thirdparty.io.netty.handler.codec.http.HttpVersion;

/**
 * One request of the JSON gateway. A stream of answers is one line {@code {"result":...}} for each, in a chunked body;
 * a single answer is held back until the call has ended well.
 */
final class JsonCall extends WireCall {

    private final HttpHeaders request;
    private final Rpc rpc;
    private final JsonCodec json;
    private final Runnable done;
    private boolean headSent;
    private ByteBuf answer = Unpooled.EMPTY_BUFFER;

    /** @param done called when the answer is complete, on the thread of the connection */
    JsonCall(Channel channel, HttpHeaders request, Rpc rpc, JsonCodec json, Runnable done) {
        super(channel);
        this.request = request;
        this.rpc = rpc;
        this.json = json;
        this.done = done;
    }

    @Override
    public Optional<String> header(String name) {
        String translated = name.equals("token") ? "authorization" : name;
        return Optional.ofNullable(request.get(translated)).or(() -> Optional.ofNullable(request.get("Grpc-Metadata-" + name)));
    }

    @Override
    public Optional<String> certifiedUser() {
        return Optional.empty();
    }

    @Override
    ByteBuf frame(Message message) {
        String text = json.encode(message);
        String framed = rpc.serverStreams() ? "{\"result\":" + text + "}\n" : text;
        return Unpooled.wrappedBuffer(framed.getBytes(StandardCharsets.UTF_8));
    }

    @Override
    ChannelFuture write(ByteBuf frame) {
        if (!rpc.serverStreams()) {
            answer = frame;
            return channel().newSucceededFuture();
        }
        if (!headSent) {
            headSent = true;
            HttpResponse head = new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK);
            head.headers().set("Content-Type", "application/json").set("Transfer-Encoding", "chunked");
            channel().write(head);
        }
        return channel().writeAndFlush(new DefaultHttpContent(frame));
    }

    @Override
    void writeEnd(Status status) {
        boolean well = status.code() == Code.OK;
        if (headSent) {
            channel().writeAndFlush(new DefaultLastHttpContent(well ? Unpooled.EMPTY_BUFFER : error(status)));
        } else if (well) {
            channel().writeAndFlush(page(200, "application/json", answer));
        } else {
            answer.release();
            channel().writeAndFlush(page(status.code().http(), "application/json", error(status)));
        }
        done.run();
    }

    private ByteBuf error(Status status) {
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        if (rpc.serverStreams()) {
            body.putObject("error").put("grpc_code", status.code().number()).put("http_code", status.code().http())
                    .put("message", status.text()).put("http_status",
                            HttpResponseStatus.valueOf(status.code().http()).reasonPhrase());
            return Unpooled.wrappedBuffer((body + "\n").getBytes(StandardCharsets.UTF_8));
        }
        body.put("error", status.text()).put("message", status.text()).put("code", status.code().number());
        return Unpooled.wrappedBuffer(body.toString().getBytes(StandardCharsets.UTF_8));
    }

    static FullHttpResponse page(int status, String type, ByteBuf content) {
        FullHttpResponse page = new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.valueOf(status), content);
        page.headers().set("Content-Type", type);
        HttpUtil.setContentLength(page, content.readableBytes());
        return page;
    }
}
