package io.matriarch.etcdapi;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.ratis.thirdparty.io.netty.buffer.ByteBuf;
import org.apache.ratis.thirdparty.io.netty.channel.Channel;
import org.apache.ratis.thirdparty.io.netty.channel.ChannelFuture;

/** What calls of both wires have in common: everything is written by the thread of the connection, and what is unsent is counted. */
abstract class WireCall implements Call {

    /** Above this much unsent, a call is not ready for more. */
    private static final long PENDING_BYTES = 1 << 20;

    private final Channel channel;
    private final AtomicLong pending = new AtomicLong();
    private volatile Runnable onChange = () -> { };
    private volatile boolean over;

    WireCall(Channel channel) {
        this.channel = channel;
    }

    /** The bytes that carry a message; any thread. */
    abstract ByteBuf frame(Message message);

    /** Writes what {@link #frame} made; thread of the connection. */
    abstract ChannelFuture write(ByteBuf frame);

    /** Writes the end; thread of the connection. */
    abstract void writeEnd(Status status);

    final Channel channel() {
        return channel;
    }

    @Override
    public final boolean isCertified() {
        return Certified.on(channel).isPresent();
    }

    @Override
    public final void send(Message message) {
        ByteBuf frame = frame(message);
        long size = frame.readableBytes();
        pending.addAndGet(size);
        channel.eventLoop().execute(() -> {
            if (over) {
                frame.release();
                return;
            }
            write(frame).addListener(written -> sent(size));
        });
    }

    private void sent(long size) {
        long left = pending.addAndGet(-size);
        if (left < PENDING_BYTES && left + size >= PENDING_BYTES) {
            onChange.run();
        }
    }

    @Override
    public final void end(Status status) {
        channel.eventLoop().execute(() -> {
            if (!over) {
                over = true;
                writeEnd(status);
                onChange.run();
            }
        });
    }

    /** The client has gone; thread of the connection. */
    final void gone() {
        if (!over) {
            over = true;
            onChange.run();
        }
    }

    @Override
    public final boolean isReady() {
        return pending.get() < PENDING_BYTES;
    }

    @Override
    public final boolean isOver() {
        return over;
    }

    @Override
    public final void onChange(Runnable action) {
        onChange = action;
    }

    @Override
    public final void later(long millis, Runnable action) {
        channel.eventLoop().schedule(() -> {
            if (!over) {
                action.run();
            }
        }, millis, TimeUnit.MILLISECONDS);
    }
}
