package io.matriarch.tools;

import io.matriarch.config.ClientConfig;
import io.matriarch.config.HostPort;
import io.matriarch.raft.ChangeReport;
import io.matriarch.raft.GroupChange;
import io.matriarch.raft.GroupStatus;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;

/**
 * What the commands need of the world around them.
 *
 * @param environment the variables of this process
 * @param configs     reads the configuration file
 * @param store       opens the store
 * @param api         makes the way to the REST API
 * @param clock       wall clock and time zone of the operator
 * @param group       asks a Raft group how it is
 */
record CtlContext(Terminal terminal, Map<String, String> environment, ConfigSource configs,
                  ClusterAccess.Opener store, ApiSource api, Clock clock, GroupSource group) {

    /** Reads a configuration file. */
    @FunctionalInterface
    interface ConfigSource {

        /**
         * @param file empty: the environment alone
         * @throws CtlError when it cannot be read
         */
        ClientConfig read(Optional<Path> file, Map<String, String> environment);
    }

    /** Makes the way to the REST API of members. */
    @FunctionalInterface
    interface ApiSource {

        MemberApi open(ClientConfig config, boolean insecure);
    }

    /** The way to a Raft group itself. */
    interface GroupSource {

        /** @throws CtlError when nobody answers */
        GroupStatus ask(ClientConfig config);

        /** The addresses that make up the group as it is configured. */
        List<HostPort> listed(ClientConfig config);

        /**
         * Lets the group form although some addresses do not answer.
         *
         * @return what each of the others said; an empty text is a yes
         */
        SortedMap<String, String> formWithout(ClientConfig config, List<HostPort> without);

        /**
         * Has the group changed while it runs.
         *
         * @param planOnly say what would come of it, and change nothing
         */
        ChangeReport change(ClientConfig config, GroupChange change, boolean planOnly);

        /**
         * Takes hold of the storage of this node's stopped peer.
         *
         * @throws CtlError when a group can be had without force, or the agent runs
         */
        Survivor survivor(ClientConfig config);

        /** Lets peers take a snapshot; by address, what became of it. */
        SortedMap<String, String> snapshot(ClientConfig config, List<HostPort> of);
    }

    /** Storage that could become a group of one. */
    interface Survivor extends AutoCloseable {

        /** The peers that the group would go on without. */
        List<HostPort> givenUp();

        /** What has to be typed, since it says what is lost. */
        String confirmation();

        /** Makes it a group of one. */
        void found();

        @Override
        void close();
    }
}
