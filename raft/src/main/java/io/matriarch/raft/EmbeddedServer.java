package io.matriarch.raft;

import io.matriarch.config.HostPort;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.apache.ratis.conf.Parameters;
import org.apache.ratis.grpc.GrpcConfigKeys;
import org.apache.ratis.protocol.ClientId;
import org.apache.ratis.protocol.GroupManagementRequest;
import org.apache.ratis.protocol.Message;
import org.apache.ratis.protocol.RaftClientReply;
import org.apache.ratis.protocol.RaftClientRequest;
import org.apache.ratis.protocol.RaftGroup;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.proto.RaftProtos.RaftPeerRole;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.protocol.SetConfigurationRequest;
import org.apache.ratis.protocol.SnapshotManagementRequest;
import org.apache.ratis.protocol.TransferLeadershipRequest;
import org.apache.ratis.protocol.exceptions.LeaderNotReadyException;
import org.apache.ratis.protocol.exceptions.LeaderSteppingDownException;
import org.apache.ratis.protocol.exceptions.NotLeaderException;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.storage.RaftStorage;
import org.apache.ratis.statemachine.StateMachine;
import org.apache.ratis.thirdparty.com.google.protobuf.ByteString;
import org.apache.ratis.thirdparty.io.grpc.netty.NettyServerBuilder;
import org.apache.ratis.util.ExitUtils;

/**
 * Ratis' server inside this process, spoken to in the words of this package. It listens from {@link #start} on; the
 * group may be added later.
 */
final class EmbeddedServer implements AutoCloseable {

    private static final Duration CLOSE_PATIENCE = Duration.ofSeconds(5);
    private static final long SLOW_MILLIS = 350;

    private final RaftServer server;
    private final RaftGroupId groupId;
    private final UUID id;
    private final HostPort address;
    private final HostPort bind;
    private final Executor submit;
    private final ClientId admin = ClientId.randomId();
    private final AtomicLong adminCalls = new AtomicLong();
    private volatile RaftServer.Division opened;
    private volatile Runnable whenSlow = () -> { };

    /** What a server is made of. */
    record Parts(UUID id, RaftGroupId groupId, HostPort address, HostPort bind, Supplier<StateMachine> machine,
                 PeerEndpoint endpoint, Optional<PeerSecurity> security) {

        /** In plain text. */
        Parts(UUID id, RaftGroupId groupId, HostPort address, HostPort bind, Supplier<StateMachine> machine,
              PeerEndpoint endpoint) {
            this(id, groupId, address, bind, machine, endpoint, Optional.empty());
        }
    }

    private EmbeddedServer(RaftServer server, Parts parts, Executor submit) {
        this.server = server;
        this.groupId = parts.groupId();
        this.id = parts.id();
        this.address = parts.address();
        this.bind = parts.bind();
        this.submit = submit;
    }

    /** @param initial the group to resume, with its first configuration; empty when this peer belongs to none yet */
    static EmbeddedServer start(Parts parts, Optional<RaftGroup> initial, PeerDirectory directory, PeerOptions options,
                                Executor submit) throws RaftStartException {
        probePort(parts.bind());
        leaveTheProcessAlone();
        TransportLogging.quiet();
        Parameters parameters = new Parameters();
        GrpcConfigKeys.Server.setServicesCustomizer(parameters, (builder, types) -> {
            NettyServerBuilder served = parts.endpoint().customize(builder, types);
            return parts.security().map(security -> security.listening(served)).orElse(served);
        });
        parts.security().ifPresent(security -> GrpcConfigKeys.TLS.setConf(parameters, security.ratis()));
        RaftServer server = null;
        try {
            RaftServer.Builder builder = RaftServer.newBuilder().setServerId(RaftPeerId.valueOf(parts.id().toString()))
                    .setStateMachineRegistry(group -> parts.machine().get()).setOption(RaftStorage.StartupOption.RECOVER)
                    .setProperties(RatisSettings.of(directory.storage(), parts.bind(), options))
                    .setParameters(parameters);
            initial.ifPresent(builder::setGroup);
            server = builder.build();
            server.start();
            return new EmbeddedServer(server, parts, submit);
        } catch (IOException | RuntimeException e) {
            if (server != null) {
                closeAfterFailure(server, e);
            }
            throw StartFailure.explain(e, parts.bind(), directory.root(), parts.id());
        }
    }

    /** Ratis would end the process when it cannot listen, and takes over what no thread catches; neither is its business. */
    private static void leaveTheProcessAlone() {
        Thread.UncaughtExceptionHandler former = Thread.getDefaultUncaughtExceptionHandler();
        ExitUtils.disableSystemExit();
        Thread.setDefaultUncaughtExceptionHandler(former);
    }

    private static void closeAfterFailure(RaftServer server, Exception cause) {
        try {
            server.close();
        } catch (IOException | RuntimeException e) {
            cause.addSuppressed(e);
        }
    }

    private static void probePort(HostPort bind) throws RaftStartException {
        InetSocketAddress where = bind.isWildcard() ? new InetSocketAddress(bind.port())
                : new InetSocketAddress(bind.host(), bind.port());
        try (ServerSocket socket = new ServerSocket()) {
            socket.setReuseAddress(true);
            socket.bind(where);
        } catch (IOException e) {
            throw StartFailure.port(bind, e);
        }
    }

    /** Creates or resumes the group in the running server. */
    void addGroup(List<RaftPeer> peers) throws IOException {
        RaftGroup group = RaftGroup.valueOf(groupId, peers);
        RaftClientReply reply = server.groupManagement(GroupManagementRequest.newAdd(admin, server.getId(),
                adminCalls.incrementAndGet(), group, false));
        if (!reply.isSuccess()) {
            throw new IOException("cannot add the group", reply.getException());
        }
    }

    /** Opens the group from its files; one that Ratis closed is taken out first. */
    void reopenGroup(List<RaftPeer> peers) throws IOException {
        opened = null;
        if (hasGroup()) {
            server.groupManagement(GroupManagementRequest.newRemove(admin, server.getId(),
                    adminCalls.incrementAndGet(), groupId, false, false));
        }
        opened = null;
        addGroup(peers);
    }

    /** Stops taking part; the files stay. */
    void closeGroup() {
        division().ifPresent(RaftServer.Division::close);
    }

    /** The group was closed, by Ratis or by {@link #closeGroup}, or has not been opened. */
    boolean isStopped() {
        return division().map(d -> !d.getInfo().isAlive()).orElse(!hasGroup());
    }

    static RaftPeer peer(UUID id, String address) {
        return RaftPeer.newBuilder().setId(RaftPeerId.valueOf(id.toString())).setAddress(address).build();
    }

    /** The group is there, perhaps still being opened. */
    boolean hasGroup() {
        for (RaftGroupId present : server.getGroupIds()) {
            if (present.equals(groupId)) {
                return true;
            }
        }
        return false;
    }

    /** The group, once it has been opened. */
    Optional<RaftServer.Division> division() {
        RaftServer.Division open = opened;
        if (open != null) {
            return Optional.of(open);
        }
        if (!hasGroup()) {
            return Optional.empty();
        }
        try {
            RaftServer.Division division = server.getDivision(groupId);
            // throws until the log and the thread that applies it are there
            division.getInfo().getLastAppliedIndex();
            opened = division;
            return Optional.of(division);
        } catch (IOException | IllegalStateException e) {
            // the group is just being opened or removed: the same as not there
            return Optional.empty();
        }
    }

    boolean leading() {
        return division().map(d -> d.getInfo().isLeader() && d.getInfo().isLeaderReady()).orElse(false);
    }

    /** The address of the peer that leads as far as this one knows; may be this one's. */
    Optional<HostPort> leader() {
        return division().flatMap(d -> {
            RaftPeerId leader = d.getInfo().getLeaderId();
            if (server.getId().equals(leader)) {
                return Optional.of(address);
            }
            RaftPeer peer = leader == null ? null : d.getRaftConf().getPeer(leader);
            return Optional.ofNullable(peer).map(p -> HostPort.parse(p.getAddress(), 0));
        });
    }

    /** The peers with a vote. */
    List<RaftPeer> peers() {
        return roster().voters();
    }

    /** Who belongs to the group, as far as this peer knows. */
    Roster roster() {
        return division().map(d -> new Roster(List.copyOf(d.getRaftConf().getAllPeers()),
                List.copyOf(d.getRaftConf().getAllPeers(RaftPeerRole.LISTENER)))).orElse(Roster.NONE);
    }

    boolean isMember() {
        return roster().find(server.getId().toString()).isPresent();
    }

    /** @param action run, on a thread that must not be held up, when a call to this peer takes long */
    void whenSlow(Runnable action) {
        this.whenSlow = action;
    }

    /** Gives a call to the local division; Ratis blocks the calling thread for a part of the append. */
    CompletableFuture<Answer> submit(Call call) {
        RaftClientRequest request = RaftClientRequest.newBuilder().setClientId(ClientId.valueOf(call.client()))
                .setServerId(server.getId()).setGroupId(groupId).setCallId(call.number())
                .setMessage(Message.valueOf(ByteString.copyFrom(call.command())))
                .setType(RaftClientRequest.writeRequestType()).build();
        try {
            CompletableFuture<Answer> answer = CompletableFuture.supplyAsync(() -> submitBlocking(request), submit)
                    .thenCompose(f -> f).thenApply(this::answer)
                    .exceptionally(e -> new Answer.Failed(String.valueOf(unwrap(e).getMessage())));
            answer.copy().orTimeout(SLOW_MILLIS, TimeUnit.MILLISECONDS).exceptionally(late -> {
                whenSlow.run();
                return null;
            });
            return answer;
        } catch (RejectedExecutionException e) {
            return CompletableFuture.completedFuture(new Answer.NotReady("too many calls are being submitted"));
        }
    }

    private CompletableFuture<RaftClientReply> submitBlocking(RaftClientRequest request) {
        try {
            return server.submitClientRequestAsync(request);
        } catch (IOException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    private Answer answer(RaftClientReply reply) {
        if (reply.isSuccess()) {
            return new Answer.Done(reply.getLogIndex(), reply.getMessage().getContent().toByteArray());
        }
        Exception failure = reply.getException();
        if (failure instanceof NotLeaderException other) {
            RaftPeer leader = other.getSuggestedLeader();
            return new Answer.NotLeader(Optional.ofNullable(leader).map(p -> HostPort.parse(p.getAddress(), 0)));
        }
        if (failure instanceof LeaderNotReadyException || failure instanceof LeaderSteppingDownException) {
            return new Answer.NotReady("the Raft leader is not ready");
        }
        return new Answer.Failed(failure == null ? "refused" : String.valueOf(failure.getMessage()));
    }

    static Throwable unwrap(Throwable e) {
        Throwable cause = e;
        while (cause instanceof java.util.concurrent.CompletionException && cause.getCause() != null) {
            cause = cause.getCause();
        }
        return cause;
    }

    /** Changes the voters if they are still {@code current}; the listeners stay. */
    void changePeers(Collection<RaftPeer> current, List<RaftPeer> next, Duration timeout) throws IOException {
        List<RaftPeer> listeners = roster().listeners();
        change(new Roster(List.copyOf(current), listeners), new Roster(next, listeners), timeout);
    }

    /** Changes the configuration if it is still {@code current}; waits for the change to be committed. */
    void change(Roster current, Roster next, Duration timeout) throws IOException {
        SetConfigurationRequest request = new SetConfigurationRequest(admin, server.getId(), groupId,
                adminCalls.incrementAndGet(), SetConfigurationRequest.Arguments.newBuilder()
                .setMode(SetConfigurationRequest.Mode.COMPARE_AND_SET).setServersInCurrentConf(current.voters())
                .setListenersInCurrentConf(current.listeners())
                .setServersInNewConf(next.voters().stream().map(this::atItsAddress).toList())
                .setListenersInNewConf(next.listeners()).build());
        await(server.setConfigurationAsync(request), timeout);
    }

    /** The address of a peer that is alone may have changed since the group was founded. */
    private RaftPeer atItsAddress(RaftPeer peer) {
        return peer.getId().equals(server.getId()) ? peer(id, address.toString()) : peer;
    }

    CompletableFuture<Boolean> transferTo(RaftPeerId target, Duration timeout) {
        try {
            return server.transferLeadershipAsync(new TransferLeadershipRequest(admin, server.getId(), groupId,
                    adminCalls.incrementAndGet(), target, timeout.toMillis()))
                    .thenApply(RaftClientReply::isSuccess).exceptionally(e -> false);
        } catch (IOException | RuntimeException e) {
            // not now; whoever wants it asks again later
            return CompletableFuture.completedFuture(false);
        }
    }

    /** Asks for a snapshot at the next opportunity; the index it reaches, or empty when there is none. */
    CompletableFuture<OptionalLong> requestSnapshot() {
        try {
            return server.snapshotManagementAsync(SnapshotManagementRequest.newCreate(admin, server.getId(), groupId,
                    adminCalls.incrementAndGet(), 60_000, 1)).thenApply(r -> r.isSuccess()
                    ? OptionalLong.of(r.getLogIndex()) : OptionalLong.empty()).exceptionally(e -> OptionalLong.empty());
        } catch (RuntimeException e) {
            // the next entry asks again
            return CompletableFuture.completedFuture(OptionalLong.empty());
        }
    }

    private static void await(CompletableFuture<RaftClientReply> future, Duration timeout) throws IOException {
        try {
            RaftClientReply reply = future.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
            if (!reply.isSuccess()) {
                throw new IOException(String.valueOf(reply.getException()), reply.getException());
            }
        } catch (java.util.concurrent.ExecutionException e) {
            throw new IOException(String.valueOf(unwrap(e.getCause()).getMessage()), e);
        } catch (java.util.concurrent.TimeoutException e) {
            throw new IOException("not committed in time", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    /** How long ago this peer, or as leader a majority, was in contact with the Raft leadership. */
    OptionalLong contactMillis() {
        return division().map(Contact::millis).orElse(OptionalLong.empty());
    }

    UUID id() {
        return id;
    }

    UUID group() {
        return groupId.getUuid();
    }

    HostPort address() {
        return address;
    }

    /**
     * Closes the group, then the transport. Returns when the port is free: Ratis goes on for two seconds to let its
     * event loops run dry, which nobody needs to wait for.
     */
    @Override
    public void close() throws IOException {
        division().ifPresent(RaftServer.Division::close);
        CompletableFuture<Void> closed = new CompletableFuture<>();
        Thread thread = new Thread(() -> {
            try {
                server.close();
                closed.complete(null);
            } catch (IOException | RuntimeException e) {
                closed.completeExceptionally(e);
            }
        }, "raft-close");
        thread.setDaemon(true);
        thread.start();
        long deadline = System.nanoTime() + CLOSE_PATIENCE.toNanos();
        while (!closed.isDone() && System.nanoTime() - deadline < 0) {
            try {
                probePort(bind);
                return;
            } catch (RaftStartException stillBound) {
                pause(closed);
            }
        }
        if (closed.isCompletedExceptionally()) {
            throw new IOException("the Raft server did not close", closed.handle((v, e) -> e).join());
        }
    }

    private static void pause(CompletableFuture<Void> closed) throws IOException {
        try {
            closed.get(10, TimeUnit.MILLISECONDS);
        } catch (java.util.concurrent.TimeoutException | java.util.concurrent.ExecutionException e) {
            // looked at by the caller
            return;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while closing", e);
        }
    }
}
