package io.matriarch.raft;

import io.matriarch.store.Applied;
import io.matriarch.store.Command;
import io.matriarch.store.CommandCodec;
import io.matriarch.store.Result;
import io.matriarch.store.Store;
import io.matriarch.store.StoreError;
import io.matriarch.store.StoreLimits;
import java.io.IOException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.apache.ratis.io.MD5Hash;
import org.apache.ratis.proto.RaftProtos.LogEntryProto;
import org.apache.ratis.proto.RaftProtos.StateMachineLogEntryProto;
import org.apache.ratis.protocol.ClientId;
import org.apache.ratis.protocol.Message;
import org.apache.ratis.protocol.RaftClientRequest;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftGroupMemberId;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.protocol.TermIndex;
import org.apache.ratis.server.raftlog.RaftLog;
import org.apache.ratis.server.storage.FileInfo;
import org.apache.ratis.server.storage.RaftStorage;
import org.apache.ratis.statemachine.StateMachineStorage;
import org.apache.ratis.statemachine.TransactionContext;
import org.apache.ratis.statemachine.impl.BaseStateMachine;
import org.apache.ratis.statemachine.impl.SimpleStateMachineStorage;
import org.apache.ratis.statemachine.impl.SingleFileSnapshotInfo;
import org.apache.ratis.thirdparty.com.google.protobuf.ByteString;
import org.apache.ratis.util.LifeCycle;
import org.apache.ratis.util.MD5FileUtil;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets Ratis apply its log to the store. An entry is the Raft leader's wall time followed by the command.
 *
 * <p>Never throws while applying: what cannot be read is refused, alike on every peer.
 */
final class StoreMachine extends BaseStateMachine {

    private static final Logger LOG = LoggerFactory.getLogger(StoreMachine.class);
    private static final int STAMP_BYTES = Long.BYTES;

    private final SimpleStateMachineStorage files = new SimpleStateMachineStorage();
    private final AppliedState state;
    private final LeaseNotes leases;
    private final Arrivals arrivals;
    private final InstantSource clock;
    private final Signals signals;
    private RecentCalls calls = new RecentCalls();

    /** What the machine tells the peer it belongs to; called by threads of Ratis, must return at once. */
    interface Signals {

        void leaderChanged();

        void applied(long index, long bytes);

        /** Other peers wait for what was just applied, or for its events. */
        void awaitedElsewhere();

        void snapshotTaken();

        void logFailed();
    }

    StoreMachine(AppliedState state, LeaseNotes leases, Arrivals arrivals, InstantSource clock, Signals signals) {
        this.arrivals = arrivals;
        this.state = state;
        this.leases = leases;
        this.clock = clock;
        this.signals = signals;
    }

    @Override
    public void initialize(RaftServer server, RaftGroupId group, RaftStorage storage) throws IOException {
        super.initialize(server, group, storage);
        files.init(storage);
        getLifeCycle().startAndTransition(() -> load(leases::restart), IOException.class);
    }

    /** Ratis puts an installed snapshot into place between this call and {@link #reinitialize}. */
    @Override
    public void pause() {
        if (getLifeCycleState() == LifeCycle.State.RUNNING) {
            getLifeCycle().transition(LifeCycle.State.PAUSING);
            getLifeCycle().transition(LifeCycle.State.PAUSED);
        }
    }

    @Override
    public void reinitialize() throws IOException {
        load(leases::replaced);
        if (getLifeCycleState() == LifeCycle.State.PAUSED) {
            getLifeCycle().transition(LifeCycle.State.STARTING);
            getLifeCycle().transition(LifeCycle.State.RUNNING);
        }
    }

    private void load(Consumer<Store> noteLeases) throws IOException {
        SingleFileSnapshotInfo latest = files.loadLatestSnapshot();
        if (latest == null) {
            Store empty = emptyStore();
            noteLeases.accept(empty);
            state.install(empty, RaftLog.INVALID_LOG_INDEX);
            return;
        }
        Path path = latest.getFile().getPath();
        if (latest.getFile().getFileDigest() != null) {
            MD5FileUtil.verifySavedMD5(path.toFile(), latest.getFile().getFileDigest());
        }
        SnapshotFile loaded = SnapshotFile.read(path);
        calls = loaded.calls();
        setLastAppliedTermIndex(latest.getTermIndex());
        noteLeases.accept(loaded.store());
        state.install(loaded.store(), latest.getIndex());
        LOG.info("Loaded the snapshot at index {}.", latest.getIndex());
    }

    @Override
    public long takeSnapshot() throws IOException {
        TermIndex last = getLastAppliedTermIndex();
        if (last.getIndex() < 0) {
            return RaftLog.INVALID_LOG_INDEX;
        }
        Path path = files.getSnapshotFile(last.getTerm(), last.getIndex()).toPath();
        // only the thread that runs this applies entries, so the store stands still without a lock
        Store store = state.read(s -> s);
        new SnapshotFile(calls, store).write(path);
        MD5Hash digest = MD5FileUtil.computeAndSaveMd5ForFile(path.toFile());
        files.updateLatestSnapshot(new SingleFileSnapshotInfo(new FileInfo(path, digest), last));
        signals.snapshotTaken();
        return last.getIndex();
    }

    @Override
    public StateMachineStorage getStateMachineStorage() {
        return files;
    }

    /** On the Raft leader: puts the wall time before the command. */
    @Override
    public TransactionContext startTransaction(RaftClientRequest request) {
        ByteString stamp = ByteString.copyFrom(new WireOut().i64(clock.millis()).done());
        return TransactionContext.newBuilder().setStateMachine(this).setClientRequest(request)
                .setLogData(stamp.concat(request.getMessage().getContent())).build();
    }

    @Override
    public CompletableFuture<Message> applyTransaction(TransactionContext transaction) {
        LogEntryProto entry = transaction.getLogEntry();
        StateMachineLogEntryProto call = entry.getStateMachineLogEntry();
        UUID client = ClientId.valueOf(call.getClientId()).getUuid();
        Reply reply;
        if (calls.add(client, call.getCallId())) {
            reply = apply(entry, client, call.getLogData());
        } else {
            state.advance(entry.getIndex());
            reply = Reply.repeated();
        }
        updateLastAppliedTermIndex(entry.getTerm(), entry.getIndex());
        signals.applied(entry.getIndex(), call.getLogData().size());
        return CompletableFuture.completedFuture(Message.valueOf(ByteString.copyFrom(reply.encode())));
    }

    private Reply apply(LogEntryProto entry, UUID client, ByteString data) {
        long index = entry.getIndex();
        long stamp;
        boolean batch;
        List<Command> commands;
        try {
            stamp = new WireIn(data.substring(0, Math.min(STAMP_BYTES, data.size())).toByteArray()).i64();
            byte[] body = data.substring(STAMP_BYTES).toByteArray();
            batch = BatchCodec.isBatch(body);
            commands = (batch ? BatchCodec.decode(body) : List.of(body)).stream().map(CommandCodec::decode).toList();
        } catch (RuntimeException e) {
            LOG.error("Entry {} of the log cannot be read; every peer refuses it.", index, e);
            state.advance(index);
            return Reply.of(new Result.ErrorResult(state.revision(), StoreError.UNKNOWN_COMMAND));
        }
        List<Applied> applied = state.apply(index, stamp, commands);
        OptionalLong came = arrivals.of(entry.getTerm(), index);
        commands.forEach(command -> leases.observe(command, came, state));
        if (!commands.stream().allMatch(Command.LeaseRenew.class::isInstance) && !client.equals(CommitSpread.CLIENT)) {
            signals.awaitedElsewhere();
        }
        return batch ? Reply.of(applied) : Reply.of(applied.get(0).result());
    }

    @Override
    public void notifyTermIndexUpdated(long term, long index) {
        super.notifyTermIndexUpdated(term, index);
        state.advance(index);
        signals.applied(index, 0);
    }

    @Override
    public void notifyLeaderChanged(RaftGroupMemberId self, RaftPeerId leader) {
        signals.leaderChanged();
    }

    @Override
    public void notifyLeaderReady() {
        signals.leaderChanged();
    }

    @Override
    public void notifyLogFailed(Throwable cause, LogEntryProto failed) {
        LOG.error("The log cannot be written: {}. Check the disk of the data directory.", String.valueOf(cause));
        signals.logFailed();
    }

    @Override
    public void close() {
        getLifeCycle().checkStateAndClose();
    }

    static Store emptyStore() {
        return new Store(StoreLimits.STANDARD);
    }

    /** The answer that travels through Ratis: a result, or that the call had been applied before. */
    record Reply(boolean again, byte[] result) {

        static Reply of(Result result) {
            return new Reply(false, CommandCodec.encodeResult(result));
        }

        /** Of a batch. */
        static Reply of(List<Applied> applied) {
            return new Reply(false, BatchCodec.encodeResults(applied.stream().map(a -> CommandCodec.encodeResult(a.result())).toList()));
        }

        static Reply repeated() {
            return new Reply(true, new byte[0]);
        }

        byte[] encode() {
            return new WireOut().flag(again).bytes(result).done();
        }

        static Reply decode(byte[] message) {
            WireIn in = new WireIn(message);
            return new Reply(in.flag(), in.bytes());
        }
    }
}
