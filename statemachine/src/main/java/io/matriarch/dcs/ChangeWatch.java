package io.matriarch.dcs;

import io.matriarch.store.Bytes;
import io.matriarch.store.Event;
import java.util.List;

/** A watch over all keys with a prefix that turns every change into a hint, and starts anew when it was left behind. */
final class ChangeWatch implements ReplicatedStore.WatchListener, AutoCloseable {

    private final ReplicatedStore store;
    private final Bytes prefix;
    private final Runnable hint;
    private ReplicatedStore.Watch watch;
    private boolean closed;

    ChangeWatch(ReplicatedStore store, Bytes prefix, Runnable hint) {
        this.store = store;
        this.prefix = prefix;
        this.hint = hint;
    }

    void begin() {
        ReplicatedStore.Watch begun = store.watch(prefix, prefix.prefixEnd(), 0, this);
        ReplicatedStore.Watch old;
        synchronized (this) {
            old = closed ? begun : watch;
            watch = closed ? null : begun;
        }
        if (old != null) {
            old.close();
        }
    }

    @Override
    public void changed(long revision, List<Event> events) {
        tell();
    }

    /** The hint comes after the new watch stands, so nothing is missed in between. */
    @Override
    public void compacted(long compactRevision) {
        begin();
        tell();
    }

    private void tell() {
        boolean open;
        synchronized (this) {
            open = !closed;
        }
        if (open) {
            hint.run();
        }
    }

    @Override
    public void close() {
        ReplicatedStore.Watch open;
        synchronized (this) {
            closed = true;
            open = watch;
            watch = null;
        }
        if (open != null) {
            open.close();
        }
    }
}
