package io.matriarch.etcdapi;

import io.matriarch.store.Bytes;
import io.matriarch.store.Command;
import io.matriarch.store.Store;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
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
        calls.unary("/etcdserverpb.Cluster/MemberAdd", cluster::add);
        calls.unary("/etcdserverpb.Cluster/MemberRemove", cluster::remove);
        calls.unary("/etcdserverpb.Cluster/MemberUpdate", cluster::update);
        calls.unary("/etcdserverpb.Cluster/MemberPromote", cluster::promote);
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
        return notes.thenApply(known -> all("MemberListResponse", known, 0));
    }

    /** @param gone a member that is left out; 0 for none */
    private Message all(String shape, Map<Bytes, Bytes> known, long gone) {
        Message answer = backend.answer(shape, 0);
        backend.ports().group().facts().members().stream().filter(member -> member.id() != gone)
                .forEach(member -> answer.add("members", member(member, known)));
        return answer;
    }

    /** The member need not run: it is taken in when it starts. */
    private CompletableFuture<Message> add(Call call, Message m) {
        requireRoot(call);
        String url = url(m);
        OptionalLong id = backend.ports().group().idAt(url);
        if (id.isEmpty()) {
            throw new CallRefused(Status.BAD_URLS);
        }
        return current(call, backend.ports().group().expect(url, m.flag("isLearner"))).thenApply(known -> {
            Message answer = all("MemberAddResponse", known, 0);
            backend.ports().group().facts().members().stream().filter(member -> member.id() == id.getAsLong()).findFirst()
                    .ifPresent(member -> answer.set("member", member(member, known)));
            return answer;
        });
    }

    private CompletableFuture<Message> remove(Call call, Message m) {
        requireRoot(call);
        long id = m.number("ID");
        Map<Bytes, Bytes> known = backend.readHere(ClusterCalls::notes);
        // the member that answers may be the one that is removed: it is not asked what is current
        return backend.ports().group().remove(id).thenCompose(outcome -> {
            require(outcome);
            // what the member said of itself is shown to nobody from here on, so it does no harm where this fails
            return known.containsKey(noteName(id)) ? backend.propose(call, new Command.Note(noteName(id), Bytes.EMPTY))
                    .handle((result, failure) -> known) : CompletableFuture.completedFuture(known);
        }).thenApply(all -> all("MemberRemoveResponse", all, id));
    }

    private CompletableFuture<Message> update(Call call, Message m) {
        requireRoot(call);
        String url = url(m);
        if (backend.ports().group().idAt(url).isEmpty()) {
            throw new CallRefused(Status.BAD_URLS);
        }
        return current(call, backend.ports().group().update(m.number("ID"), url))
                .thenApply(known -> all("MemberUpdateResponse", known, 0));
    }

    private CompletableFuture<Message> promote(Call call, Message m) {
        requireRoot(call);
        return current(call, backend.ports().group().promote(m.number("ID")))
                .thenApply(known -> all("MemberPromoteResponse", known, 0));
    }

    /** A member has one URL here. */
    private static String url(Message m) {
        List<String> urls = m.list("peerURLs", String.class);
        if (urls.size() != 1) {
            throw new CallRefused(Status.BAD_URLS);
        }
        return urls.get(0);
    }

    private void requireRoot(Call call) {
        backend.readHere(store -> {
            backend.requireRoot(call, store);
            return store.revision();
        });
    }

    /** What members said of themselves, read when a change has come into effect. */
    private CompletableFuture<Map<Bytes, Bytes>> current(Call call, CompletableFuture<StoreGroup.Change> change) {
        return change.thenCompose(outcome -> {
            require(outcome);
            return backend.readCurrent(call, ClusterCalls::notes);
        });
    }

    /** @throws CallRefused when a change was not made */
    private static void require(StoreGroup.Change outcome) {
        Status status = switch (outcome) {
            case DONE -> Status.OK;
            case UNKNOWN_MEMBER -> Status.MEMBER_NOT_FOUND;
            case KNOWN_URL -> Status.PEER_URL_EXISTS;
            case TOO_FEW -> Status.TOO_FEW_STARTED;
            case NOT_A_LEARNER -> Status.NOT_A_LEARNER;
            case LEARNER_BEHIND -> Status.LEARNER_BEHIND;
            case NOT_POSSIBLE -> Status.NOT_SUPPORTED;
            case BUSY -> Status.TOO_MANY_REQUESTS;
            case NO_LEADER -> Status.NO_LEADER;
            case UNKNOWN -> Status.TIMED_OUT;
        };
        if (outcome != StoreGroup.Change.DONE) {
            throw new CallRefused(status);
        }
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
