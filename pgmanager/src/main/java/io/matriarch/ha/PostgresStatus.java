package io.matriarch.ha;

import io.matriarch.cluster.Lsn;
import io.matriarch.cluster.PostgresRole;
import io.matriarch.cluster.PostgresState;
import io.matriarch.cluster.Revision;
import io.matriarch.cluster.Timeline;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What was seen of the local PostgreSQL.
 *
 * @param dataDirectory    what the data directory is
 * @param systemIdentifier of the data directory, when there is one
 * @param state            as published
 * @param mayWrite         whether any process of the data directory is alive that may acknowledge commits: not in
 *                         recovery, or not known to be
 * @param alive            whether a postmaster of the data directory is alive
 * @param connectable      whether a query was answered
 * @param role             primary when not in recovery; from the files when it does not run
 * @param flushed          flush position of a primary, zero on a replica
 * @param received         received position of a replica, zero on a primary
 * @param replayed         replayed position of a replica, zero on a primary
 * @param control          control data, read when PostgreSQL does not run
 * @param receiver         the WAL receiver of a replica
 * @param replicas         rows of {@code pg_stat_replication}
 * @param following        upstream address in the running configuration of a replica, as {@code host:port}
 * @param slots            names of the physical replication slots
 * @param startTime        postmaster start time as SQL text
 * @param pendingRestart   parameters whose new value waits for a restart: name to old and new value
 * @param serverVersion    {@code server_version_num}, 0 when unknown
 * @param guard            the guard of this server
 * @param standbyNames     {@code synchronous_standby_names}
 * @param cutEpoch         the member was cut from every holder of the lock before this epoch: durable, and kept across
 *                         restarts and new data directories; {@link Revision#ABSENT} when it never was
 */
public record PostgresStatus(DataDirectory dataDirectory, Optional<String> systemIdentifier, PostgresState state,
                             boolean mayWrite, boolean alive, boolean connectable, PostgresRole role,
                             Timeline timeline, Lsn flushed, Lsn received, Lsn replayed,
                             Optional<String> replayedTimestamp, boolean replayPaused,
                             Optional<ControlData> control, Optional<Receiver> receiver, List<Replica> replicas,
                             Optional<String> following, List<String> slots, Optional<String> startTime,
                             Map<String, List<String>> pendingRestart, int serverVersion,
                             GuardState guard, StandbyNames standbyNames, Revision cutEpoch) {

    public PostgresStatus {
        replicas = List.copyOf(replicas);
        slots = List.copyOf(slots);
        pendingRestart = Map.copyOf(pendingRestart);
    }

    /** A server for which no guard is used, without synchronous standbys, that was never cut. */
    public PostgresStatus(DataDirectory dataDirectory, Optional<String> systemIdentifier, PostgresState state,
                          boolean mayWrite, boolean alive, boolean connectable, PostgresRole role, Timeline timeline,
                          Lsn flushed, Lsn received, Lsn replayed, Optional<String> replayedTimestamp,
                          boolean replayPaused, Optional<ControlData> control, Optional<Receiver> receiver,
                          List<Replica> replicas, Optional<String> following, List<String> slots,
                          Optional<String> startTime, Map<String, List<String>> pendingRestart, int serverVersion) {
        this(dataDirectory, systemIdentifier, state, mayWrite, alive, connectable, role, timeline, flushed, received,
                replayed, replayedTimestamp, replayPaused, control, receiver, replicas, following, slots, startTime,
                pendingRestart, serverVersion, GuardState.NONE, StandbyNames.NONE, Revision.ABSENT);
    }

    /** The same status with another guard. */
    public PostgresStatus withGuard(GuardState other) {
        return new PostgresStatus(dataDirectory, systemIdentifier, state, mayWrite, alive, connectable, role, timeline,
                flushed, received, replayed, replayedTimestamp, replayPaused, control, receiver, replicas, following,
                slots, startTime, pendingRestart, serverVersion, other, standbyNames, cutEpoch);
    }

    /** The same status with what is known of synchronous replication. */
    public PostgresStatus withSync(StandbyNames names, Revision cut) {
        return new PostgresStatus(dataDirectory, systemIdentifier, state, mayWrite, alive, connectable, role, timeline,
                flushed, received, replayed, replayedTimestamp, replayPaused, control, receiver, replicas, following,
                slots, startTime, pendingRestart, serverVersion, guard, names, cut);
    }

    /** Whether it runs and is not in recovery. */
    public boolean isRunningPrimary() {
        return alive && connectable && role == PostgresRole.PRIMARY;
    }

    /** Whether it runs and is in recovery. */
    public boolean isRunningReplica() {
        return alive && connectable && role != PostgresRole.PRIMARY;
    }

    /** The position that counts in a leader race. */
    public Lsn position() {
        return role == PostgresRole.PRIMARY ? flushed : received.max(replayed);
    }

    /** What a data directory is. */
    public enum DataDirectory {
        /** Absent, or empty but for dot-files and lost+found. */
        EMPTY,
        /** Holds a cluster with a readable control file. */
        PRESENT,
        /** Holds something, but no readable control file. */
        DAMAGED,
        /** Cannot be read at all. */
        UNREADABLE
    }

    /** The WAL receiver. */
    public record Receiver(String status, Lsn written, Lsn latestEnd, Timeline timeline, String senderHost, int senderPort) {
    }

    /** One connected replica. */
    public record Replica(String user, String applicationName, Optional<String> clientAddress, String state,
                          String syncState, int syncPriority, Lsn sent, Lsn flushed, Lsn replayed) {
    }
}
