package io.matriarch.config;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The section {@code bootstrap}: what founds a new cluster, used once.
 *
 * @param present       whether the file has the section; without it a member never founds a cluster
 * @param dcs           the first dynamic configuration, as plain maps, lists, strings, numbers and booleans
 * @param initdbOptions options of initdb, each ready for the command line (for example {@code --encoding=UTF8})
 * @param pgHba         lines appended to {@code pg_hba.conf} when {@code postgresql.pg_hba} is not given
 * @param postBootstrap command run once after the first start
 * @param users         roles to create after the first start
 */
public record BootstrapConfig(boolean present, Map<String, Object> dcs, String method, List<String> initdbOptions,
                              List<String> pgHba, Optional<String> postBootstrap, List<BootstrapUser> users) {

    public BootstrapConfig {
        initdbOptions = List.copyOf(initdbOptions);
        pgHba = List.copyOf(pgHba);
        users = List.copyOf(users);
    }

    /** Short, because settings of the server may hold passwords. */
    @Override
    public String toString() {
        return "BootstrapConfig[present=" + present + ", method=" + method + "]";
    }

    /** A role that bootstrap creates. {@code options} are role attributes such as {@code createdb}. */
    public record BootstrapUser(String name, Optional<Secret> password, List<String> options) {

        public BootstrapUser {
            options = List.copyOf(options);
        }
    }
}
