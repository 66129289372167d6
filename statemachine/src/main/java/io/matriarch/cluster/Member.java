package io.matriarch.cluster;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * One member key.
 *
 * @param modified revision of the key
 * @param record   what the member published
 */
public record Member(MemberName name, Revision modified, MemberRecord record) {

    /**
     * The value of a member key. Fields that the key lacks are empty; unknown fields are kept in {@code extra}.
     *
     * @param connUrl     {@code postgres://host:port/database}
     * @param apiUrl      {@code http(s)://host:port/patroni}
     * @param state       interface string of the state
     * @param xlogLocation flush position of a primary, the later of received and replayed of a standby
     * @param tags        published tags in their order: strings, numbers, booleans, null
     * @param extra       any other field, as JSON values (maps, lists, strings, numbers, booleans, null)
     */
    public record MemberRecord(Optional<String> connUrl, Optional<String> apiUrl, String state, PostgresRole role,
                               String version, Optional<Lsn> xlogLocation, Optional<Lsn> receiveLsn,
                               Optional<Lsn> replayLsn, Optional<String> replicationState,
                               Optional<Timeline> timeline, boolean pause, Map<String, Object> tags,
                               Map<String, Object> extra) {

        public MemberRecord {
            tags = Collections.unmodifiableMap(new LinkedHashMap<>(tags));
            extra = Collections.unmodifiableMap(new LinkedHashMap<>(extra));
        }

        /** Whether the tags forbid promotion: {@code nofailover}, or a {@code failover_priority} of zero or less. */
        public boolean nofailover() {
            Object flag = tags.get("nofailover");
            if (flag != null) {
                return isTrue(flag);
            }
            return tags.get("failover_priority") instanceof Number n && n.longValue() <= 0;
        }

        private static boolean isTrue(Object flag) {
            return flag instanceof Boolean b ? b : flag instanceof Number n ? n.longValue() != 0
                    : !String.valueOf(flag).isEmpty();
        }
    }
}
