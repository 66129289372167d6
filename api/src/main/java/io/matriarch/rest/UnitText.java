package io.matriarch.rest;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads integers as PostgreSQL writes them in its configuration: decimal, hexadecimal or octal, with a unit. */
final class UnitText {

    private static final int LONGEST = 64;

    private static final Pattern NUMBER = Pattern.compile(
            "\\s*([-+]?)(0[xX][0-9a-fA-F]+|(?:\\d+(?:\\.\\d*)?|\\.\\d+)(?:[eE][-+]?\\d{1,3})?)\\s*([a-zA-Z]*)\\s*");

    private static final Map<String, BigDecimal> BYTES = Map.of(
            "", BigDecimal.ONE, "B", BigDecimal.ONE, "kB", power(1), "MB", power(2), "GB", power(3), "TB", power(4));

    private static final Map<String, BigDecimal> SECONDS = Map.of(
            "", BigDecimal.ONE, "s", BigDecimal.ONE, "us", new BigDecimal("0.000001"), "ms", new BigDecimal("0.001"),
            "min", BigDecimal.valueOf(60), "h", BigDecimal.valueOf(3600), "d", BigDecimal.valueOf(86400));

    private UnitText() {
    }

    /** A size in bytes; empty when it cannot be read. Units are kB, MB, GB, TB and B, in exactly this spelling. */
    static Optional<Long> bytes(String text) {
        return parse(text, BYTES);
    }

    /** A duration in seconds; empty when it cannot be read. Units are us, ms, s, min, h and d. */
    static Optional<Long> seconds(String text) {
        return parse(text, SECONDS);
    }

    private static Optional<Long> parse(String text, Map<String, BigDecimal> units) {
        Matcher m = NUMBER.matcher(text);
        if (text.length() > LONGEST || !m.matches() || !units.containsKey(m.group(3))) {
            return Optional.empty();
        }
        BigDecimal number = number(m.group(2));
        if (number == null) {
            return Optional.empty();
        }
        BigDecimal value = (m.group(1).equals("-") ? number.negate() : number).multiply(units.get(m.group(3)))
                .setScale(0, RoundingMode.HALF_EVEN);
        BigDecimal limit = BigDecimal.valueOf(Long.MAX_VALUE);
        return Optional.of(value.min(limit).max(limit.negate()).longValue());
    }

    private static BigDecimal number(String digits) {
        if (digits.startsWith("0x") || digits.startsWith("0X")) {
            return new BigDecimal(new java.math.BigInteger(digits.substring(2), 16));
        }
        if (digits.matches("0[0-9]+")) {
            return digits.matches("[0-7]+") ? new BigDecimal(new java.math.BigInteger(digits, 8)) : null;
        }
        return new BigDecimal(digits);
    }

    private static BigDecimal power(int exponent) {
        return BigDecimal.valueOf(1024).pow(exponent);
    }
}
