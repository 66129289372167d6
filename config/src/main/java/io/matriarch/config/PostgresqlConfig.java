package io.matriarch.config;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The section {@code postgresql}.
 *
 * @param listenAddresses the comma list before the port of {@code listen}, as PostgreSQL's {@code listen_addresses}
 * @param listenPort      the port of {@code listen}
 * @param connectAddress  what other members and clients are told
 * @param binDir          where the server programs are; empty means the search path and the usual places
 * @param binNames        other names for server programs, by their usual name
 * @param database        the database the agent connects to
 * @param parameters      local server parameters, values in their text form
 * @param pgHba           lines that replace {@code pg_hba.conf}; empty means: leave the file alone
 * @param basebackupOptions options of pg_basebackup, each ready for the command line (for example {@code --checkpoint=fast})
 * @param rewindOptions   options of pg_rewind, each ready for the command line
 * @param recoveryConf    further recovery settings of a replica
 * @param pgCtlTimeoutSeconds how long a start, stop or promotion may take
 */
public record PostgresqlConfig(String listenAddresses, int listenPort, HostPort connectAddress,
                               Optional<HostPort> proxyAddress, Path dataDir, Path configDir, Optional<Path> binDir,
                               Map<String, String> binNames, Optional<Path> pgpass, Authentication authentication,
                               String database, Map<String, String> parameters, List<String> pgHba,
                               List<String> pgIdent, List<String> basebackupOptions, List<String> rewindOptions,
                               Map<String, String> recoveryConf, boolean useUnixSocket, int pgCtlTimeoutSeconds,
                               boolean usePgRewind, boolean removeDataDirectoryOnRewindFailure,
                               boolean removeDataDirectoryOnDivergedTimelines) {

    public PostgresqlConfig {
        binNames = Map.copyOf(binNames);
        parameters = Map.copyOf(parameters);
        pgHba = List.copyOf(pgHba);
        pgIdent = List.copyOf(pgIdent);
        basebackupOptions = List.copyOf(basebackupOptions);
        rewindOptions = List.copyOf(rewindOptions);
        recoveryConf = Map.copyOf(recoveryConf);
    }

    /** Short, because settings of the server may hold passwords. */
    @Override
    public String toString() {
        return "PostgresqlConfig[dataDir=" + dataDir + ", connectAddress=" + connectAddress + "]";
    }

    /** The logins of the agent and of the replicas; {@code rewind} falls back to the superuser. */
    public record Authentication(Credentials superuser, Credentials replication, Optional<Credentials> rewind) {
    }
}
