package io.matriarch.raft;

import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.ratis.proto.RaftProtos.LogEntryProto;
import org.apache.ratis.proto.RaftProtos.RaftConfigurationProto;
import org.apache.ratis.proto.RaftProtos.RaftPeerProto;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.server.RaftServerConfigKeys.Log.CorruptionPolicy;
import org.apache.ratis.server.raftlog.segmented.LogSegment;
import org.apache.ratis.server.raftlog.segmented.LogSegmentPath;
import org.apache.ratis.util.SizeInBytes;

/**
 * The log of a peer that does not run, as it lies on the disk.
 *
 * @param directory where the files of the group are
 * @param last      index of the last entry, on which the peer may have been the only one; -1 when there is none
 * @param roster    who belongs to the group by the last word on it, committed or not
 */
record StoredLog(Path directory, long last, Roster roster) {

    private static final String CONFIGURATION = "raft-meta.conf";
    private static final Pattern SNAPSHOT = Pattern.compile("snapshot\\.\\d+_(\\d+)");
    private static final SizeInBytes LARGEST = SizeInBytes.valueOf("16MB");

    /** Whoever is about to read must hold the directory. */
    static StoredLog read(Path storage, UUID group) throws IOException {
        Path directory = storage.resolve(group.toString());
        Path current = directory.resolve("current");
        Reader reader = new Reader();
        Path configuration = current.resolve(CONFIGURATION);
        if (Files.exists(configuration)) {
            try (InputStream in = Files.newInputStream(configuration)) {
                reader.accept(LogEntryProto.parseFrom(in));
            }
        }
        // the configuration may be newer than the log when this was done before
        reader.last = snapshotIndex(directory.resolve("sm"));
        for (LogSegmentPath segment : segments(current)) {
            LogSegment.readSegmentFile(segment.getPath().toFile(), segment.getStartEnd(), LARGEST, CorruptionPolicy.EXCEPTION,
                    null, reader::accept);
        }
        return new StoredLog(directory, reader.last, reader.roster);
    }

    private static List<LogSegmentPath> segments(Path current) throws IOException {
        try (Stream<Path> files = Files.list(current)) {
            return files.map(LogSegmentPath::matchLogSegment).filter(java.util.Objects::nonNull)
                    .sorted(java.util.Comparator.comparing(LogSegmentPath::getStartEnd)).toList();
        }
    }

    private static long snapshotIndex(Path directory) throws IOException {
        if (!Files.isDirectory(directory)) {
            return -1;
        }
        try (Stream<Path> files = Files.list(directory)) {
            return files.map(f -> SNAPSHOT.matcher(f.getFileName().toString())).filter(Matcher::matches)
                    .mapToLong(m -> Long.parseLong(m.group(1))).max().orElse(-1);
        }
    }

    /** Makes one voter the whole group from here on, by a word that is newer than any in the log. Durable on return. */
    void giveTo(RaftPeer only) throws IOException {
        LogEntryProto word = LogEntryProto.newBuilder().setIndex(last + 1).setConfigurationEntry(
                RaftConfigurationProto.newBuilder().addPeers(only.getRaftPeerProto())).build();
        Path target = directory.resolve("current").resolve(CONFIGURATION);
        Path unfinished = target.resolveSibling(CONFIGURATION + ".unfinished");
        try (FileOutputStream out = new FileOutputStream(unfinished.toFile())) {
            word.writeTo(out);
            out.getFD().sync();
        }
        Files.move(unfinished, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        SnapshotFile.syncDirectory(target.getParent());
    }

    private static final class Reader {

        private long last = -1;
        private long configuredAt = -1;
        private Roster roster = Roster.NONE;

        void accept(LogEntryProto entry) {
            last = Math.max(last, entry.getIndex());
            if (entry.hasConfigurationEntry() && entry.getIndex() >= configuredAt) {
                configuredAt = entry.getIndex();
                RaftConfigurationProto configuration = entry.getConfigurationEntry();
                roster = new Roster(peers(configuration.getPeersList()), peers(configuration.getListenersList()));
            }
        }

        private static List<RaftPeer> peers(List<RaftPeerProto> protos) {
            List<RaftPeer> peers = new ArrayList<>();
            protos.forEach(p -> peers.add(RaftPeer.newBuilder().setId(RaftPeerId.valueOf(p.getId())).setAddress(p.getAddress())
                    .build()));
            return peers;
        }
    }

    Optional<RaftPeer> find(UUID id) {
        return roster.find(id.toString());
    }
}
