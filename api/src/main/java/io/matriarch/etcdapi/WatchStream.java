package io.matriarch.etcdapi;

import io.matriarch.store.Bytes;
import io.matriarch.store.Event;
import io.matriarch.store.Store;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** One stream of watches. Its own lock keeps the order of what is sent. */
final class WatchStream implements Inbound {

    private static final long NO_WATCH = -1;
    private static final int WATCHES = 10_000;
    private static final int FRAGMENT_BYTES = 1_572_864;
    private static final long LEADER_CHECK_MILLIS = 1_000;
    private static final int LEADERLESS_CHECKS = 3;
    private static final long PROGRESS_MILLIS = 600_000;
    private static final long CATCHING_UP_MILLIS = 10;

    private final Call call;
    private final Backend backend;
    private final Translation translation;
    private final Map<Long, Watcher> watchers = new HashMap<>();
    private long nextId;
    private int leaderless;
    private boolean progressAsked;

    private WatchStream(Call call, Backend backend) {
        this.call = call;
        this.backend = backend;
        this.translation = new Translation(backend.schema());
    }

    static void register(Calls calls, Backend backend) {
        calls.stream("/etcdserverpb.Watch/Watch", call -> {
            WatchStream stream = new WatchStream(call, backend);
            call.onChange(stream::changed);
            if (Backend.wantsLeader(call)) {
                backend.requireLeader(call);
                call.later(LEADER_CHECK_MILLIS, stream::checkLeader);
            }
            return stream;
        });
    }

    @Override
    public synchronized void message(Message m) {
        m.message("create_request").ifPresent(this::create);
        m.message("cancel_request").ifPresent(request -> cancel(request.number("watch_id")));
        if (m.has("progress_request") && !progressAsked) {
            progressAsked = true;
            progress(backend.readHere(Store::revision));
        }
    }

    /** A client that has nothing more to ask still wants its events. */
    @Override
    public void halfClosed() {
        if (call.isOver()) {
            changed();
        }
    }

    boolean isReady() {
        return call.isReady();
    }

    private synchronized void changed() {
        if (call.isOver()) {
            watchers.values().forEach(Watcher::close);
            watchers.clear();
        } else if (call.isReady()) {
            watchers.values().forEach(Watcher::run);
        }
    }

    private void create(Message request) {
        Bytes key = request.bytes("key").size() == 0 ? Bytes.of(new byte[] {0}) : request.bytes("key");
        Bytes end = request.bytes("range_end");
        boolean open = end.size() == 1 && end.at(0) == 0;
        long revision = backend.readHere(Store::revision);
        if (end.size() > 0 && !open && key.compareTo(end) >= 0) {
            refuse(revision, "mvcc: watcher range is empty");
            return;
        }
        long id = request.number("watch_id");
        if (id != 0 && watchers.containsKey(id)) {
            refuse(revision, "mvcc: duplicate watch ID provided on the WatchStream");
            return;
        }
        if (watchers.size() >= WATCHES) {
            refuse(revision, "etcdserver: too many requests");
            return;
        }
        try {
            backend.readHere(store -> {
                backend.requireRead(call, store, key, end);
                return revision;
            });
        } catch (CallRefused refusal) {
            refuse(revision, refusal.status().quoted());
            return;
        }
        begin(request, key, end, revision, id != 0 ? id : freeId());
    }

    private void begin(Message request, Bytes key, Bytes end, long revision, long id) {
        List<Long> filters = request.list("filters", Long.class);
        Watcher.Wish wish = new Watcher.Wish(id, key, end, !filters.contains(0L), !filters.contains(1L),
                request.flag("prev_kv"), request.flag("fragment"));
        long start = request.number("start_revision");
        send(response(revision, id).set("created", true));
        Watcher watcher = new Watcher(this, backend.ports().store(), wish, start > 0 ? start : revision + 1);
        watchers.put(id, watcher);
        if (start < 0) {
            compacted(watcher, backend.readHere(Store::compactedRevision));
            return;
        }
        watcher.run();
        if (request.flag("progress_notify")) {
            call.later(PROGRESS_MILLIS, () -> notifyProgress(watcher, watcher.seen()));
        }
    }

    private long freeId() {
        while (watchers.containsKey(nextId)) {
            nextId++;
        }
        nextId++;
        return nextId - 1;
    }

    private void refuse(long revision, String reason) {
        send(response(revision, NO_WATCH).set("created", true).set("canceled", true).set("cancel_reason", reason));
    }

    private void cancel(long id) {
        Watcher watcher = watchers.remove(id);
        if (watcher != null) {
            watcher.close();
            send(response(backend.readHere(Store::revision), id).set("canceled", true));
        }
    }

    synchronized void compacted(Watcher watcher, long compactRevision) {
        watcher.close();
        watchers.remove(watcher.wish().id());
        send(response(0, watcher.wish().id()).set("canceled", true).set("compact_revision", compactRevision));
    }

    /** Sends the changes of one revision. */
    synchronized void tell(Watcher.Wish wish, long revision, List<Event> events) {
        List<List<Event>> parts = wish.fragment() ? parts(events, wish.prevKv()) : List.of(events);
        for (int i = 0; i < parts.size(); i++) {
            Message message = response(revision, wish.id()).set("fragment", i < parts.size() - 1);
            parts.get(i).forEach(event -> message.add("events", event(event, wish.prevKv())));
            send(message);
        }
    }

    private static List<List<Event>> parts(List<Event> events, boolean prevKv) {
        List<List<Event>> parts = new ArrayList<>();
        List<Event> part = new ArrayList<>();
        long bytes = 0;
        for (Event event : events) {
            long size = size(event, prevKv);
            if (!part.isEmpty() && bytes + size > FRAGMENT_BYTES) {
                parts.add(part);
                part = new ArrayList<>();
                bytes = 0;
            }
            part.add(event);
            bytes += size;
        }
        parts.add(part);
        return parts;
    }

    private static long size(Event event, boolean prevKv) {
        long before = prevKv ? event.previous().map(kv -> (long) kv.key().size() + kv.value().size()).orElse(0L) : 0;
        return 64 + event.kv().key().size() + event.kv().value().size() + before;
    }

    private Message event(Event event, boolean prevKv) {
        Message message = backend.fresh("Event").set("type", event.type() == Event.Type.PUT ? 0 : 1)
                .set("kv", translation.keyValue(event.kv()));
        if (prevKv) {
            event.previous().ifPresent(kv -> message.set("prev_kv", translation.keyValue(kv)));
        }
        return message;
    }

    /** Answers when every watch has been told everything up to {@code revision}. */
    private synchronized void progress(long revision) {
        if (watchers.values().stream().allMatch(w -> w.seen() >= revision)) {
            progressAsked = false;
            send(response(revision, NO_WATCH));
        } else {
            call.later(CATCHING_UP_MILLIS, () -> progress(revision));
        }
    }

    /** Tells an idle watch how far it is. */
    private synchronized void notifyProgress(Watcher watcher, long before) {
        if (watchers.get(watcher.wish().id()) == watcher) {
            long seen = Math.min(watcher.seen(), backend.readHere(Store::revision));
            if (seen >= before) {
                send(response(seen, watcher.wish().id()));
            }
            call.later(PROGRESS_MILLIS, () -> notifyProgress(watcher, seen));
        }
    }

    private void checkLeader() {
        leaderless = backend.ports().group().facts().leaderId() == 0 ? leaderless + 1 : 0;
        if (leaderless >= LEADERLESS_CHECKS) {
            call.end(Status.NO_LEADER);
        } else {
            call.later(LEADER_CHECK_MILLIS, this::checkLeader);
        }
    }

    private Message response(long revision, long id) {
        return backend.answer("WatchResponse", revision).set("watch_id", id);
    }

    private void send(Message message) {
        call.send(message);
    }
}
