package io.matriarch.raft;

import io.matriarch.config.HostPort;
import java.io.File;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.ratis.RaftConfigKeys;
import org.apache.ratis.conf.RaftProperties;
import org.apache.ratis.grpc.GrpcConfigKeys;
import org.apache.ratis.rpc.SupportedRpcType;
import org.apache.ratis.server.RaftServerConfigKeys;
import org.apache.ratis.util.SizeInBytes;
import org.apache.ratis.util.TimeDuration;

/**
 * How Ratis is set up: small buffers and few threads, fsync on, pre-vote on, a log that stays small.
 *
 * <p>The log directory is bounded by segments of 2 MiB, a snapshot after so many entries or bytes, and a purge up to
 * the snapshot; what a slow peer then misses it gets as a snapshot.
 */
final class RatisSettings {

    /** A snapshot is taken early when the commands since the last one are larger than this. */
    static final long SNAPSHOT_BYTES = 12L << 20;

    private static final SizeInBytes ENTRY_LIMIT = SizeInBytes.valueOf("1920KB");

    private RatisSettings() {
    }

    static RaftProperties of(Path storage, HostPort bind, PeerOptions options) {
        RaftProperties p = new RaftProperties();
        storage(p, storage, options);
        timing(p, options);
        threads(p);
        transport(p, bind);
        return p;
    }

    private static void storage(RaftProperties p, Path storage, PeerOptions options) {
        File dir = storage.toFile();
        RaftServerConfigKeys.setStorageDir(p, List.of(dir));
        RaftServerConfigKeys.setRemovedGroupsDir(p, storage.resolveSibling("removed").toFile());
        RaftServerConfigKeys.Log.setSegmentSizeMax(p, SizeInBytes.valueOf("2MB"));
        RaftServerConfigKeys.Log.setPreallocatedSize(p, SizeInBytes.valueOf("256KB"));
        RaftServerConfigKeys.Log.setWriteBufferSize(p, SizeInBytes.valueOf("2MB"));
        RaftServerConfigKeys.Log.Appender.setBufferByteLimit(p, ENTRY_LIMIT);
        RaftServerConfigKeys.Log.Appender.setSnapshotChunkSizeMax(p, SizeInBytes.valueOf("256KB"));
        // the default lets a peer that was away for half a minute wait five seconds for its leader to notice it
        RaftServerConfigKeys.Log.Appender.setRetryPolicy(p, "10ms,10, 200ms,1000000");
        // it would be a second entry after each one, so that followers learn at once what was committed: CommitSpread
        RaftServerConfigKeys.Log.setLogMetadataEnabled(p, false);
        RaftServerConfigKeys.Log.setSegmentCacheNumMax(p, 2);
        RaftServerConfigKeys.Log.setSegmentCacheSizeMax(p, SizeInBytes.valueOf("6MB"));
        RaftServerConfigKeys.Log.setQueueByteLimit(p, SizeInBytes.valueOf("4MB"));
        RaftServerConfigKeys.Write.setByteLimit(p, SizeInBytes.valueOf("8MB"));
        RaftServerConfigKeys.Write.setElementLimit(p, 512);
        RaftServerConfigKeys.Log.setPurgeUptoSnapshotIndex(p, true);
        RaftServerConfigKeys.Log.setPurgePreservationLogNum(p, 0);
        RaftServerConfigKeys.Log.setPurgeGap(p, 16);
        RaftServerConfigKeys.Log.setCorruptionPolicy(p, RaftServerConfigKeys.Log.CorruptionPolicy.EXCEPTION);
        RaftServerConfigKeys.Snapshot.setAutoTriggerEnabled(p, true);
        RaftServerConfigKeys.Snapshot.setAutoTriggerThreshold(p, options.snapshotEntries());
        RaftServerConfigKeys.Snapshot.setRetentionFileNum(p, 2);
        RaftServerConfigKeys.Snapshot.setTriggerWhenStopEnabled(p, true);
        RaftServerConfigKeys.RetryCache.setExpiryTime(p, seconds(12));
    }

    private static void timing(RaftProperties p, PeerOptions options) {
        TimeDuration min = millis(options.electionMin());
        TimeDuration max = millis(options.electionMax());
        RaftServerConfigKeys.Rpc.setTimeoutMin(p, min);
        RaftServerConfigKeys.Rpc.setTimeoutMax(p, max);
        RaftServerConfigKeys.Rpc.setFirstElectionTimeoutMin(p, min.multiply(0.4));
        RaftServerConfigKeys.Rpc.setFirstElectionTimeoutMax(p, max.multiply(0.5));
        RaftServerConfigKeys.Rpc.setRequestTimeout(p, TimeDuration.valueOf(1500, TimeUnit.MILLISECONDS));
        RaftServerConfigKeys.Rpc.setSlownessTimeout(p, seconds(5));
        RaftServerConfigKeys.LeaderElection.setLeaderStepDownWaitTime(p, max.multiply(1.5));
        RaftServerConfigKeys.LeaderElection.setPreVote(p, true);
        RaftServerConfigKeys.setStagingTimeout(p, seconds(4));
        // a longer pause of the process makes Ratis close for good; it can go on as a follower just as well
        RaftServerConfigKeys.setCloseThreshold(p, TimeDuration.valueOf(1, TimeUnit.DAYS));
        RaftServerConfigKeys.Notification.setNoLeaderTimeout(p, seconds(3));
    }

    private static void threads(RaftProperties p) {
        RaftServerConfigKeys.ThreadPool.setProxyCached(p, true);
        RaftServerConfigKeys.ThreadPool.setServerCached(p, false);
        RaftServerConfigKeys.ThreadPool.setServerSize(p, 4);
        RaftServerConfigKeys.ThreadPool.setClientCached(p, false);
        RaftServerConfigKeys.ThreadPool.setClientSize(p, 4);
        GrpcConfigKeys.Server.setAsyncRequestThreadPoolCached(p, true);
        GrpcConfigKeys.Server.setAsyncRequestThreadPoolSize(p, 4);
        GrpcConfigKeys.Server.setBossGroupSize(p, 1);
        GrpcConfigKeys.Server.setWorkerGroupSize(p, 2);
        GrpcConfigKeys.Client.setWorkerGroupSize(p, 1);
        GrpcConfigKeys.Server.setHeartbeatChannel(p, false);
    }

    private static void transport(RaftProperties p, HostPort bind) {
        RaftConfigKeys.Rpc.setType(p, SupportedRpcType.GRPC);
        if (!bind.isWildcard()) {
            GrpcConfigKeys.Server.setHost(p, bind.host());
        }
        GrpcConfigKeys.Server.setPort(p, bind.port());
        // the native transport unpacks a library into the temporary directory, where it may not be executable
        GrpcConfigKeys.setUseEpoll(p, false);
        // a snapshot for a peer that is away blocks its sender for up to twice the product of these two
        GrpcConfigKeys.Server.setInstallSnapshotRequestElementLimit(p, 4);
        GrpcConfigKeys.Server.setInstallSnapshotRequestTimeout(p, TimeDuration.valueOf(750, TimeUnit.MILLISECONDS));
        GrpcConfigKeys.setMessageSizeMax(p, SizeInBytes.valueOf("4MB"));
        GrpcConfigKeys.setFlowControlWindow(p, SizeInBytes.valueOf("256KB"));
    }

    private static TimeDuration millis(Duration duration) {
        return TimeDuration.valueOf(duration.toMillis(), TimeUnit.MILLISECONDS);
    }

    private static TimeDuration seconds(long seconds) {
        return TimeDuration.valueOf(seconds, TimeUnit.SECONDS);
    }
}
