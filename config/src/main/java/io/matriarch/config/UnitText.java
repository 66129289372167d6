package io.matriarch.config;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Numbers with a unit of size or time, as PostgreSQL and Patroni write them: {@code 128MB}, {@code 30min}, {@code 0x10kB}.
 *
 * <p>Units are case-sensitive: {@code TB GB MB kB B} and {@code d h min s ms us}. Integers may be decimal, hexadecimal
 * ({@code 0x}) or octal (leading 0), or have a fraction or an exponent. A value with a unit is first rounded to a
 * multiple of the next smaller unit, then to the base unit; halves go to the even neighbour.
 */
public final class UnitText {

    private static final Pattern BASE = Pattern.compile("(\\d*)([A-Za-z]+)");
    private static final Pattern HEX = Pattern.compile("([+-]?)0[xX]([0-9a-fA-F]{1,15})(.*)");
    private static final Pattern OCTAL = Pattern.compile("([+-]?)0([0-7]{1,20})(?![0-9.eE])(.*)");
    private static final Pattern DECIMAL = Pattern.compile("([+-]?(?:\\d{1,18}(?:\\.\\d{0,18})?|\\.\\d{1,18})(?:[eE][+-]?\\d{1,2})?)(.*)");

    /** From large to small; each is {@code factor} times the next one. */
    private static final List<String> SIZES = List.of("TB", "GB", "MB", "kB", "B");
    private static final List<String> TIMES = List.of("d", "h", "min", "s", "ms", "us");
    private static final Map<String, BigDecimal> IN_SMALLEST = Map.ofEntries(
        Map.entry("TB", new BigDecimal(1L << 40)), Map.entry("GB", new BigDecimal(1L << 30)),
        Map.entry("MB", new BigDecimal(1L << 20)), Map.entry("kB", new BigDecimal(1L << 10)),
        Map.entry("B", BigDecimal.ONE),
        Map.entry("d", new BigDecimal(86_400_000_000L)), Map.entry("h", new BigDecimal(3_600_000_000L)),
        Map.entry("min", new BigDecimal(60_000_000L)), Map.entry("s", new BigDecimal(1_000_000L)),
        Map.entry("ms", new BigDecimal(1_000L)), Map.entry("us", BigDecimal.ONE));

    private UnitText() {
    }

    /**
     * Reads a whole number without a unit.
     *
     * @return empty when the text is not a number or carries a unit
     */
    public static OptionalLong parse(String text) {
        Number number = Number.of(text);
        return number == null || !number.unit.isEmpty() ? OptionalLong.empty() : rounded(number.value);
    }

    /**
     * Reads a number in units of {@code baseUnit}; a number without a unit already is in them.
     *
     * @param baseUnit a unit, optionally with a count before it, for example {@code s} or {@code 16MB}
     * @return empty when the text is not a number, or its unit does not measure the same thing
     * @throws IllegalArgumentException when {@code baseUnit} is not a unit
     */
    public static OptionalLong parse(String text, String baseUnit) {
        Matcher base = BASE.matcher(baseUnit);
        if (!base.matches() || !IN_SMALLEST.containsKey(base.group(2))) {
            throw new IllegalArgumentException("not a base unit: " + baseUnit);
        }
        Number number = Number.of(text);
        if (number == null) {
            return OptionalLong.empty();
        }
        if (number.unit.isEmpty()) {
            return rounded(number.value);
        }
        List<String> family = SIZES.contains(base.group(2)) ? SIZES : TIMES;
        int unit = family.indexOf(number.unit);
        if (unit < 0) {
            return OptionalLong.empty();
        }
        BigDecimal smallest = number.value.multiply(IN_SMALLEST.get(number.unit));
        if (unit + 1 < family.size()) {
            BigDecimal step = IN_SMALLEST.get(family.get(unit + 1));
            smallest = smallest.divide(step, 0, RoundingMode.HALF_EVEN).multiply(step);
        }
        BigDecimal count = base.group(1).isEmpty() ? BigDecimal.ONE : new BigDecimal(base.group(1));
        if (count.signum() == 0) {
            throw new IllegalArgumentException("not a base unit: " + baseUnit);
        }
        return rounded(smallest.divide(IN_SMALLEST.get(base.group(2)).multiply(count), 20, RoundingMode.HALF_EVEN));
    }

    private static OptionalLong rounded(BigDecimal value) {
        BigDecimal whole = value.setScale(0, RoundingMode.HALF_EVEN);
        boolean fits = whole.abs().compareTo(new BigDecimal(Long.MAX_VALUE)) <= 0;
        return fits ? OptionalLong.of(whole.longValueExact()) : OptionalLong.empty();
    }

    private record Number(BigDecimal value, String unit) {

        static Number of(String text) {
            String t = text.trim();
            Matcher hex = HEX.matcher(t);
            if (hex.matches()) {
                return new Number(signed(hex.group(1), Long.parseLong(hex.group(2), 16)), hex.group(3).trim());
            }
            Matcher octal = OCTAL.matcher(t);
            if (octal.matches()) {
                return new Number(signed(octal.group(1), Long.parseLong(octal.group(2), 8)), octal.group(3).trim());
            }
            Matcher decimal = DECIMAL.matcher(t);
            return decimal.matches() ? new Number(new BigDecimal(decimal.group(1)), decimal.group(2).trim()) : null;
        }

        private static BigDecimal signed(String sign, long value) {
            return new BigDecimal(sign.equals("-") ? -value : value);
        }
    }
}
