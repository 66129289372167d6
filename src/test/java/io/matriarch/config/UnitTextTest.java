package io.matriarch.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class UnitTextTest {

    @ParameterizedTest(name = "{0} in {1} is {2}")
    @CsvSource({"1000 ms, s, 1", "6GB, 16MB, 384", "4097.5kB, kB, 4098", "4098.5kB, kB, 4098", "' 0x400MB', MB, 1024", "010, s, 8", "30min, s, 1800",
        "1.5h, min, 90", "1d, h, 24", "2500ms, ms, 2500", "2.5s, ms, 2500", "1e3, s, 1000", "-1, s, -1", "1.5, s, 2", "2.5, s, 2",
        "1TB, GB, 1024", "8192B, kB, 8", "1us, ms, 0", "0, s, 0", "-0x10, s, -16", ".5s, ms, 500", "09, s, 9"})
    void numberInABaseUnit(String text, String base, long value) {
        assertEquals(OptionalLong.of(value), UnitText.parse(text, base));
    }

    @ParameterizedTest
    @CsvSource({"1 MB, s", "1KB, B", "1 S, s", "abc, s", "'', s", "1 s s, s", "1min, kB", "1e99, s", "--1, s", "1..2, s"})
    void notANumberOfThatKind(String text, String base) {
        assertEquals(OptionalLong.empty(), UnitText.parse(text, base));
    }

    @Test
    void withoutABaseUnitNoUnitIsAllowed() {
        assertEquals(OptionalLong.of(1_048_576), UnitText.parse("1048576"));
        assertEquals(OptionalLong.empty(), UnitText.parse("2MB"));
    }

    @Test
    void baseMustBeAUnit() {
        assertThrows(IllegalArgumentException.class, () -> UnitText.parse("1", "parsec"));
    }
}
