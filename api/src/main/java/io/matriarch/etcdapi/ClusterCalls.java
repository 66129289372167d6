package io.matriarch.etcdapi;

import io.matriarch.store.Bytes;
import io.matriarch.store.Command;
import io.matriarch.store.Store;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/** The calls of {@code etcdserverpb.Cluster}, and how members tell each other where clients find them. */
final class ClusterCalls {

    private static final String NOTE = "member/";

    private final Backend backend;

    private ClusterCalls(Backend backend) {
        this.backend = backend;
    }

    static void register(Calls calls, Backend backend) {
        ClusterCalls cluster = new ClusterCalls(backend);
        calls.unary("/etcdserverpb.Cluster/MemberList", cluster::list);
        for (String change : List.of("MemberAdd", "MemberRemove", "MemberUpdate", "MemberPromote")) {
            calls.unary("/etcdserverpb.Cluster/" + change, (call, m) -> {
                throw new CallRefused(Status.NOT_SUPPORTED);
            });
        }
    }

    /** What a member says of itself; the command that makes it known to all. */
    static Command.Note introduction(long memberId, String name, List<String> clientUrls) {
        return new Command.Note(noteName(memberId), Bytes.of(name + "\n" + String.join(",", clientUrls)));
    }

    static Bytes noteName(long memberId) {
        return Bytes.of(NOTE + Long.toHexString(memberId));
    }

    private CompletableFuture<Message> list(Call call, Message m) {
        CompletableFuture<Map<Bytes, Bytes>> notes = m.flag("linearizable")
                ? backend.readCurrent(call, ClusterCalls::notes)
                : CompletableFuture.completedFuture(backend.readHere(ClusterCalls::notes));
        return notes.thenApply(known -> {
            Message answer = backend.answer("MemberListResponse", 0);
            backend.ports().group().facts().members().forEach(member -> answer.add("members", member(member, known)));
            return answer;
        });
    }

    private static Map<Bytes, Bytes> notes(Store store) {
        return store.notes(Bytes.of(NOTE));
    }

    private Message member(StoreGroup.Member member, Map<Bytes, Bytes> known) {
        String[] note = known.getOrDefault(noteName(member.id()), Bytes.of(member.fallback())).utf8().split("\n", 2);
        Message message = backend.fresh("Member").set("ID", member.id()).set("name", note[0])
                .add("peerURLs", member.peerUrl()).set("isLearner", member.learner());
        if (note.length > 1) {
            Arrays.stream(note[1].split(",")).filter(url -> !url.isEmpty()).forEach(url -> message.add("clientURLs", url));
        }
        return message;
    }
}
