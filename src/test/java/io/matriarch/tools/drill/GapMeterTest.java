package io.matriarch.tools.drill;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class GapMeterTest {

    private final GapMeter meter = new GapMeter();

    @Test
    void theGapBeginsBeforeTheWindow() {
        acknowledge(0, 10, 20);
        meter.begin();
        acknowledge(520, 530);
        assertEquals(Optional.of(Duration.ofMillis(500)), meter.longestGap());
    }

    @Test
    void gapsOfEarlierWindowsDoNotCount() {
        acknowledge(0, 900);
        meter.begin();
        acknowledge(910, 930);
        assertEquals(Optional.of(Duration.ofMillis(20)), meter.longestGap());
    }

    @Test
    void writesAfterTheFaultDoNotHideAGapThatComesLater() {
        acknowledge(0);
        meter.begin();
        acknowledge(5, 10, 710, 715);
        assertEquals(Optional.of(Duration.ofMillis(700)), meter.longestGap());
    }

    @Test
    void nothingAcknowledgedIsNoGapYet() {
        acknowledge(0, 10);
        meter.begin();
        assertEquals(Optional.empty(), meter.longestGap());
        assertEquals(2, meter.count());
    }

    @Test
    void theFirstAcknowledgementEverEndsNoGap() {
        meter.begin();
        acknowledge(5_000);
        assertEquals(Optional.empty(), meter.longestGap());
    }

    private void acknowledge(long... millis) {
        for (long m : millis) {
            meter.acknowledged(m * 1_000_000);
        }
    }
}
