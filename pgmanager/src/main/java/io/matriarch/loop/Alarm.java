package io.matriarch.loop;

import io.matriarch.ha.Tick;
import java.time.Duration;

/** Lets one thread sleep until a moment or until it is called earlier. Calls while it does not sleep are not lost. */
final class Alarm {

    private final Ticker ticker;
    private boolean rung;

    Alarm(Ticker ticker) {
        this.ticker = ticker;
    }

    synchronized void ring() {
        rung = true;
        notifyAll();
    }

    synchronized void sleepUntil(Tick moment) throws InterruptedException {
        Duration left = moment.since(ticker.now());
        while (!rung && left.toMillis() > 0) {
            wait(left.toMillis());
            left = moment.since(ticker.now());
        }
        rung = false;
    }
}
