package io.matriarch.etcdapi;

import io.matriarch.store.Bytes;
import io.matriarch.store.Command;
import io.matriarch.store.SnapshotCodec;
import io.matriarch.store.Store;
import io.matriarch.store.StoreError;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;

/** The calls of {@code etcdserverpb.Maintenance}. */
final class MaintenanceCalls {

    /** The version of etcd whose surface this is. */
    static final String VERSION = "3.5.21";
    static final String CLUSTER_VERSION = "3.5.0";

    static final String ALARM = "alarm/";
    private static final long NOSPACE = 1;
    private static final long CORRUPT = 2;
    private static final int BLOCK = 512;
    private static final int CHUNK = 32 * 1024;

    private final Backend backend;

    private MaintenanceCalls(Backend backend) {
        this.backend = backend;
    }

    static void register(Calls calls, Backend backend) {
        MaintenanceCalls maintenance = new MaintenanceCalls(backend);
        String owner = "/etcdserverpb.Maintenance/";
        calls.unary(owner + "Status", maintenance::status);
        calls.unary(owner + "Alarm", maintenance::alarm);
        calls.unary(owner + "Hash", maintenance::hash);
        calls.unary(owner + "HashKV", maintenance::hashKv);
        calls.unary(owner + "MoveLeader", maintenance::moveLeader);
        // there are no holes to close: what the store no longer needs goes with the next snapshot
        calls.unary(owner + "Defragment", (call, m) -> {
            maintenance.requireRoot(call);
            return CompletableFuture.completedFuture(backend.fresh("DefragmentResponse"));
        });
        calls.unary(owner + "Downgrade", (call, m) -> {
            throw new CallRefused(Status.NOT_SUPPORTED);
        });
        calls.stream(owner + "Snapshot", maintenance::snapshot);
    }

    private void requireRoot(Call call) {
        backend.readHere(store -> {
            backend.requireRoot(call, store);
            return store.revision();
        });
    }

    private CompletableFuture<Message> status(Call call, Message m) {
        StoreGroup.Facts facts = backend.ports().group().facts();
        return CompletableFuture.completedFuture(backend.readHere(store -> {
            Message answer = backend.answer("StatusResponse", store.revision()).set("version", VERSION)
                    .set("dbSize", store.heldBytes()).set("leader", facts.leaderId()).set("raftIndex", facts.commitIndex())
                    .set("raftTerm", facts.term()).set("raftAppliedIndex", facts.appliedIndex())
                    .set("dbSizeInUse", store.liveBytes())
                    .set("isLearner", facts.members().stream().anyMatch(x -> x.id() == facts.memberId() && x.learner()));
            if (facts.leaderId() == 0) {
                answer.add("errors", Status.NO_LEADER.text());
            }
            alarms(store).keySet().forEach(name -> answer.add("errors", describe(name)));
            return answer;
        }));
    }

    static Map<Bytes, Bytes> alarms(Store store) {
        return store.notes(Bytes.of(ALARM));
    }

    private static String describe(Bytes name) {
        String[] parts = name.utf8().substring(ALARM.length()).split("/");
        return "memberID:" + Long.toUnsignedString(Long.parseUnsignedLong(parts[0], 16)) + " alarm:"
                + (parts[1].equals("2") ? "CORRUPT" : "NOSPACE") + " ";
    }

    /** Deactivating an alarm of any member and any kind is told by 0. */
    private CompletableFuture<Message> alarm(Call call, Message m) {
        long member = m.number("memberID");
        long kind = m.number("alarm");
        if (m.number("action") == 0) {
            return CompletableFuture.completedFuture(backend.readHere(MaintenanceCalls::alarms)).thenApply(alarms -> {
                Message answer = backend.fresh("AlarmResponse");
                alarms.keySet().forEach(name -> list(answer, name, member, kind));
                return answer;
            });
        }
        if (kind != NOSPACE && kind != CORRUPT) {
            return CompletableFuture.completedFuture(backend.answer("AlarmResponse", backend.readHere(Store::revision)));
        }
        boolean raise = m.number("action") == 1;
        Command.Note note = alarm(member, kind, raise);
        boolean was = backend.readHere(MaintenanceCalls::alarms).containsKey(note.name());
        return backend.propose(call, note).thenApply(result -> {
            Message answer = backend.answer("AlarmResponse", result.revision());
            if (raise || was) {
                list(answer, note.name(), 0, 0);
            }
            return answer;
        });
    }

    private static Command.Note alarm(long member, long kind, boolean raise) {
        return new Command.Note(Bytes.of(ALARM + Long.toHexString(member) + "/" + kind), raise ? Bytes.of("active") : Bytes.EMPTY);
    }

    /** The alarm of a member that there is no room for more. */
    static Command.Note noSpace(long member) {
        return alarm(member, NOSPACE, true);
    }

    private void list(Message answer, Bytes name, long member, long kind) {
        String[] parts = name.utf8().substring(ALARM.length()).split("/");
        long itsMember = Long.parseUnsignedLong(parts[0], 16);
        long itsKind = Long.parseLong(parts[1]);
        if ((member == 0 || member == itsMember) && (kind == 0 || kind == itsKind)) {
            answer.add("alarms", backend.fresh("AlarmMember").set("memberID", itsMember).set("alarm", itsKind));
        }
    }

    /** A checksum betrays nothing while everybody may read. */
    private void requireReader(Call call) {
        if (backend.readHere(store -> store.auth().enabled())) {
            requireRoot(call);
        }
    }

    private CompletableFuture<Message> hash(Call call, Message m) {
        requireReader(call);
        return CompletableFuture.completedFuture(backend.readHere(store -> backend.answer("HashResponse", store.revision())
                .set("hash", store.digest(0).orElse(0) & 0xffff_ffffL)));
    }

    private CompletableFuture<Message> hashKv(Call call, Message m) {
        requireReader(call);
        long revision = m.number("revision");
        return CompletableFuture.completedFuture(backend.readHere(store -> {
            OptionalInt digest = store.digest(revision);
            if (digest.isEmpty()) {
                throw new CallRefused(Status.of(revision > store.revision() ? StoreError.FUTURE_REVISION : StoreError.COMPACTED));
            }
            return backend.answer("HashKVResponse", store.revision()).set("hash", digest.getAsInt() & 0xffff_ffffL)
                    .set("compact_revision", store.compactedRevision());
        }));
    }

    private CompletableFuture<Message> moveLeader(Call call, Message m) {
        requireRoot(call);
        StoreGroup.Facts facts = backend.ports().group().facts();
        long target = m.number("targetID");
        if (facts.leaderId() != facts.memberId()) {
            throw new CallRefused(Status.NOT_LEADER);
        }
        if (facts.members().stream().noneMatch(member -> member.id() == target && !member.learner())) {
            throw new CallRefused(Status.BAD_TRANSFEREE);
        }
        return backend.ports().group().moveLeader(target, Backend.TIMEOUT).thenApply(moved -> {
            if (!moved) {
                throw new CallRefused(Status.TIMED_OUT);
            }
            return backend.fresh("MoveLeaderResponse");
        });
    }

    private Inbound snapshot(Call call) {
        return new Inbound() {
            @Override
            public void message(Message m) {
                requireRoot(call);
                new Chunks(call, backend, sealed(image())).send();
            }

            @Override
            public void halfClosed() {
                // the answer goes on
            }
        };
    }

    private byte[] image() {
        return backend.readHere(store -> {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            try {
                SnapshotCodec.write(store, bytes);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            return bytes.toByteArray();
        });
    }

    /** Filled up to whole blocks, with its checksum behind: what clients insist on. */
    private static byte[] sealed(byte[] image) {
        int padded = (image.length + BLOCK - 1) / BLOCK * BLOCK;
        try {
            MessageDigest sum = MessageDigest.getInstance("SHA-256");
            byte[] whole = Arrays.copyOf(image, padded + sum.getDigestLength());
            sum.update(whole, 0, padded);
            System.arraycopy(sum.digest(), 0, whole, padded, sum.getDigestLength());
            return whole;
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    /** Sends bytes as fast as the client reads them. */
    private static final class Chunks {

        private final Call call;
        private final Backend backend;
        private final byte[] bytes;
        private int at;

        Chunks(Call call, Backend backend, byte[] bytes) {
            this.call = call;
            this.backend = backend;
            this.bytes = bytes;
            call.onChange(this::send);
        }

        synchronized void send() {
            while (at < bytes.length && call.isReady() && !call.isOver()) {
                int size = Math.min(CHUNK, bytes.length - at);
                call.send(backend.fresh("SnapshotResponse").set("remaining_bytes", bytes.length - at - (long) size)
                        .set("blob", Bytes.of(Arrays.copyOfRange(bytes, at, at + size))));
                at += size;
                if (at == bytes.length) {
                    call.end(Status.OK);
                }
            }
        }
    }
}
