package io.matriarch.etcdapi;

import io.matriarch.config.HostPort;
import io.matriarch.config.Secret;
import io.matriarch.dcs.ReplicatedStore.Outcome;
import io.matriarch.store.Bytes;
import io.matriarch.store.Command;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.apache.ratis.thirdparty.io.netty.bootstrap.ServerBootstrap;
import org.apache.ratis.thirdparty.io.netty.buffer.UnpooledByteBufAllocator;
import org.apache.ratis.thirdparty.io.netty.channel.Channel;
import org.apache.ratis.thirdparty.io.netty.channel.ChannelFuture;
import org.apache.ratis.thirdparty.io.netty.channel.ChannelInitializer;
import org.apache.ratis.thirdparty.io.netty.channel.ChannelOption;
import org.apache.ratis.thirdparty.io.netty.channel.EventLoopGroup;
import org.apache.ratis.thirdparty.io.netty.channel.group.ChannelGroup;
import org.apache.ratis.thirdparty.io.netty.channel.group.DefaultChannelGroup;
import org.apache.ratis.thirdparty.io.netty.channel.nio.NioEventLoopGroup;
import org.apache.ratis.thirdparty.io.netty.channel.socket.nio.NioServerSocketChannel;
import org.apache.ratis.thirdparty.io.netty.util.concurrent.DefaultThreadFactory;

/**
 * The door through which etcd's own clients use the store: gRPC and JSON on one port.
 *
 * <p>Until the first client connects there is nothing but the bound port and a thread that waits.
 */
public final class EtcdAdapter implements AutoCloseable {

    /** The version of etcd whose surface this is. */
    public static final String VERSION = MaintenanceCalls.VERSION;
    /** The same without the patch. */
    public static final String CAPABILITIES = "3.5";

    private static final int THREADS = 2;
    private static final int BACKLOG = 256;
    private static final int LOGINS_WAITING = 100;
    private static final Duration INTRODUCTION_TIMEOUT = Duration.ofSeconds(5);
    private static final Duration BETWEEN_INTRODUCTIONS = Duration.ofSeconds(5);

    private final EtcdPorts ports;
    private final EventLoopGroup threads;
    private final ChannelGroup connections;
    private final Supplier<Gateway> gateway;
    private final ThreadPoolExecutor slow;
    private final Supplier<Map<String, Instant>> certificates;
    private Channel door;
    private volatile boolean closed;

    private EtcdAdapter(EtcdPorts ports, Supplier<Map<String, Instant>> certificates) {
        this.ports = ports;
        this.certificates = certificates;
        this.threads = new NioEventLoopGroup(THREADS, new DefaultThreadFactory("etcd", true));
        this.connections = new DefaultChannelGroup(threads.next());
        this.slow = new ThreadPoolExecutor(1, 1, 10, TimeUnit.SECONDS, new LinkedBlockingQueue<>(LOGINS_WAITING),
                new DefaultThreadFactory("etcd-login", true));
        slow.allowCoreThreadTimeOut(true);
        this.gateway = new Once(this::gateway);
    }

    /**
     * Opens the port and returns; the members are told in the background where clients find this one.
     *
     * @throws IOException when the port cannot be had
     */
    public static EtcdAdapter start(EtcdListening listening, EtcdPorts ports) throws IOException {
        EtcdAdapter adapter = new EtcdAdapter(ports, listening.certificates());
        try {
            adapter.open(listening);
        } catch (IOException e) {
            adapter.close();
            throw e;
        }
        adapter.introduce(listening.clientUrls());
        return adapter;
    }

    /**
     * Sees to it, in the background and until it is done, that the group asks its clients who they are: makes the user
     * {@code root} with this password, when there is none, and enables authentication. Where that is enabled already,
     * nothing happens, whatever the password.
     */
    public void requireUsers(Secret rootPassword) {
        FirstUser first = new FirstUser(ports, new SecureRandom(), rootPassword);
        slow.execute(() -> makeFirst(first));
    }

    private void makeFirst(FirstUser first) {
        first.make().thenAccept(done -> {
            if (closed || done) {
                return;
            }
            threads.schedule(() -> {
                if (!closed) {
                    slow.execute(() -> makeFirst(first));
                }
            }, BETWEEN_INTRODUCTIONS.toMillis(), TimeUnit.MILLISECONDS);
        });
    }

    private void open(EtcdListening listening) throws IOException {
        HostPort listen = listening.address();
        Optional<SecureDoor> secure = listening.tls().map(tls -> new SecureDoor(tls, listening.clients()));
        ServerBootstrap bootstrap = new ServerBootstrap().group(threads).channel(NioServerSocketChannel.class)
                .option(ChannelOption.SO_BACKLOG, BACKLOG).option(ChannelOption.SO_REUSEADDR, true)
                .childOption(ChannelOption.TCP_NODELAY, true).childOption(ChannelOption.SO_KEEPALIVE, true)
                .childOption(ChannelOption.ALLOCATOR, new UnpooledByteBufAllocator(false))
                .childHandler(new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        connections.add(channel);
                        secure.ifPresent(door -> door.open(channel));
                        Door.open(channel, gateway);
                    }
                });
        InetSocketAddress address = listen.isWildcard() ? new InetSocketAddress(listen.port())
                : new InetSocketAddress(listen.host(), listen.port());
        ChannelFuture bound = bootstrap.bind(address).awaitUninterruptibly();
        if (!bound.isSuccess()) {
            throw new IOException("cannot listen on " + listen + ": " + bound.cause().getMessage(), bound.cause());
        }
        door = bound.channel();
    }

    private Gateway gateway() {
        Schema schema = Schema.load();
        Calls calls = new Calls(schema);
        Backend backend = new Backend(ports, schema, new Tokens(InstantSource.system()));
        KvCalls.register(calls, backend);
        SecureRandom chance = new SecureRandom();
        LeaseCalls.register(calls, backend, chance);
        WatchStream.register(calls, backend);
        ClusterCalls.register(calls, backend);
        MaintenanceCalls.register(calls, backend);
        new AuthCalls(calls, backend, chance, slow).register();
        Queue queue = new Queue(backend, chance);
        LockCalls.register(calls, backend, queue);
        ElectionCalls.register(calls, backend, queue);
        return new Gateway(calls, new JsonCodec(), new Pages(ports, certificates));
    }

    /** The port that is open. */
    public int port() {
        return ((InetSocketAddress) door.localAddress()).getPort();
    }

    /** Until the group knows; it may form only later. Nothing is written when it knows already. */
    private void introduce(List<String> clientUrls) {
        if (closed) {
            return;
        }
        long me = ports.group().facts().memberId();
        Command.Note note = ClusterCalls.introduction(me, ports.name(), clientUrls);
        Bytes known = ports.local().read(store -> store.notes(note.name()).getOrDefault(note.name(), Bytes.EMPTY));
        if (known.equals(note.text())) {
            return;
        }
        ports.store().propose(note, INTRODUCTION_TIMEOUT).thenAccept(outcome -> {
            if (outcome instanceof Outcome.Unknown && !closed) {
                threads.schedule(() -> introduce(clientUrls), BETWEEN_INTRODUCTIONS.toMillis(), TimeUnit.MILLISECONDS);
            }
        });
    }

    @Override
    public void close() {
        closed = true;
        if (door != null) {
            door.close().awaitUninterruptibly();
        }
        connections.close().awaitUninterruptibly(1, TimeUnit.SECONDS);
        slow.shutdownNow();
        threads.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    }

    /** Makes something when it is first needed. */
    private static final class Once implements Supplier<Gateway> {

        private final Supplier<Gateway> maker;
        private Gateway made;

        Once(Supplier<Gateway> maker) {
            this.maker = maker;
        }

        @Override
        public synchronized Gateway get() {
            if (made == null) {
                made = maker.get();
            }
            return made;
        }
    }
}
