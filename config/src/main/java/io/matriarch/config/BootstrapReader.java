package io.matriarch.config;

import io.matriarch.config.BootstrapConfig.BootstrapUser;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Reads the section {@code bootstrap}. */
final class BootstrapReader {

    private BootstrapReader() {
    }

    /** @param present whether the file names the section at all, be it empty */
    static BootstrapConfig read(Section written, boolean present) {
        Section section = present ? written : written.quietly();
        Map<String, Object> dcs = section.plain("dcs");
        String method = section.text("method", "initdb");
        if (!method.equals("initdb")) {
            section.bad("method", "initdb (custom methods are not available in this version)");
        }
        List<String> initdb = ToolOptions.read(section, "initdb", ToolOptions.INITDB_OWN);
        Optional<String> post = section.text("post_bootstrap").or(() -> section.text("post_init"));
        return new BootstrapConfig(present, dcs, method, initdb, section.lines("pg_hba"), post, users(section.child("users")));
    }

    private static List<BootstrapUser> users(Section users) {
        List<BootstrapUser> all = new ArrayList<>();
        users.block().ifPresent(block -> block.entries().forEach((name, written) -> {
            Section user = users.child(name);
            boolean bare = written instanceof Setting.Scalar scalar && scalar.value() == null;
            if (user.isPresent() || bare) {
                all.add(new BootstrapUser(name, user.secret("password"), user.texts("options")));
            }
        }));
        return all;
    }
}
