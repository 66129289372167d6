package io.matriarch.ha;

import io.matriarch.cluster.Member;
import io.matriarch.cluster.MemberName;
import io.matriarch.cluster.PostgresRole;
import io.matriarch.cluster.PostgresState;
import io.matriarch.cluster.Timeline;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Where a replica streams from. */
final class Upstreams {

    private static final Pattern CONN_URL =
            Pattern.compile("postgres(?:ql)?://(?:[^/@]*@)?(\\[[^]]+]|[^:/\\[\\]?]+)(?::(\\d{1,5}))?(?:/([^?]*))?(?:\\?.*)?");
    private static final int USUAL_PORT = 5432;

    private Upstreams() {
    }

    /** The address a member published; empty when it published none that can be read. */
    static Optional<Upstream> of(Member member) {
        return member.record().connUrl().flatMap(url -> {
            Matcher m = CONN_URL.matcher(url);
            if (!m.matches()) {
                return Optional.empty();
            }
            String host = m.group(1).startsWith("[") ? m.group(1).substring(1, m.group(1).length() - 1) : m.group(1);
            int port = m.group(2) == null ? USUAL_PORT : Integer.parseInt(m.group(2));
            Optional<String> database = Optional.ofNullable(m.group(3)).filter(name -> !name.isEmpty());
            int timeline = member.record().timeline().map(Timeline::value).orElse(0);
            return Optional.of(new Upstream(member.name(), host, port, database, timeline));
        });
    }

    static Optional<Upstream> of(Facts facts, MemberName name) {
        return name.equals(facts.me()) ? Optional.empty() : facts.member(name).flatMap(Upstreams::of);
    }

    /** The member this one is to stream from while {@code leader} holds the lock. */
    static Optional<Member> source(Facts facts, MemberName leader) {
        Optional<Member> wished = facts.settings().replicatefrom().filter(name -> !name.equals(facts.me()))
                .flatMap(facts::member).filter(member -> of(member).isPresent());
        return wished.or(() -> facts.member(leader).filter(member -> of(member).isPresent()));
    }

    /** The member to take a base backup from: a running replica tagged {@code clonefrom}, else the leader. */
    static Optional<Member> cloneSource(Facts facts, MemberName leader, boolean fromLeader) {
        Optional<Member> tagged = facts.view().stream().flatMap(view -> view.members().values().stream())
                .filter(member -> !fromLeader && !member.name().equals(leader) && !member.name().equals(facts.me()))
                .filter(member -> Boolean.TRUE.equals(member.record().tags().get("clonefrom")))
                .filter(member -> member.record().state().equals(PostgresState.RUNNING.wire()))
                .filter(member -> of(member).isPresent()).findFirst();
        return tagged.or(() -> facts.member(leader).filter(member -> of(member).isPresent()));
    }

    static String address(Upstream upstream) {
        return upstream.host() + ":" + upstream.port();
    }

    static boolean publishesPrimary(Member member) {
        return member.record().role() == PostgresRole.PRIMARY;
    }
}
