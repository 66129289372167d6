package io.matriarch.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ClusterKeysTest {

    @ParameterizedTest
    @CsvSource({"service,demo,/service/demo", "/service/,demo,/service/demo", "//a//b/,demo,/a/b/demo", "'',demo,/demo",
            "/,demo,/demo"})
    void thePathHasNoDoubleSlashes(String namespace, String scope, String base) {
        assertEquals(base, ClusterKeys.of(namespace, scope).base());
    }

    @Test
    void theKeysAreThoseOfPatroni() {
        ClusterKeys keys = ClusterKeys.of("service", "demo");
        assertEquals(List.of("/service/demo/leader", "/service/demo/initialize", "/service/demo/config",
                        "/service/demo/failover", "/service/demo/history", "/service/demo/status",
                        "/service/demo/optime/leader", "/service/demo/sync", "/service/demo/failsafe",
                        "/service/demo/members/a"),
                List.of(keys.leader(), keys.initialize(), keys.config(), keys.failover(), keys.history(),
                        keys.status(), keys.optimeLeader(), keys.sync(), keys.failsafe(),
                        keys.member(new MemberName("a"))));
    }

    @ParameterizedTest
    @CsvSource({"/service/demo/members/a,a", "/service/demo/members/a.b-c,a.b-c", "/service/demo/members/a/b,",
            "/service/demo/members/,", "/service/demo/leader,", "/service/demo2/members/a,"})
    void membersLieOneLevelDeep(String key, String member) {
        assertEquals(Optional.ofNullable(member).map(MemberName::new),
                ClusterKeys.of("service", "demo").memberOf(key));
    }
}
