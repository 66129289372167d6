package io.matriarch.agent;

import io.matriarch.ha.Tick;
import io.matriarch.loop.Ticker;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/**
 * A clock that goes on while the machine is suspended: {@code /proc/uptime}, to the hundredth of a second. Against the
 * monotonic clock it tells that there was a suspension.
 */
final class BootClock implements Ticker {

    private final RandomAccessFile uptime;

    BootClock() throws IOException {
        uptime = new RandomAccessFile("/proc/uptime", "r");
    }

    @Override
    public synchronized Tick now() {
        byte[] text = new byte[64];
        try {
            uptime.seek(0);
            int length = uptime.read(text);
            String seconds = new String(text, 0, Math.max(0, length), StandardCharsets.US_ASCII);
            int dot = seconds.indexOf('.');
            long whole = Long.parseLong(seconds.substring(0, dot));
            long hundredths = Long.parseLong(seconds.substring(dot + 1, dot + 3));
            return new Tick(whole * 1_000_000_000L + hundredths * 10_000_000L);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
