package io.matriarch.tools.drill;

import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** Measurements as aligned text. Pure. */
public final class FigureTable {

    private FigureTable() {
    }

    /** One line for each measurement of one drill, with the value to reach beside it. */
    public static String drill(List<Measurement> measurements) {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("", "measured", "to reach", "", "rows acknowledged", "primary after"));
        for (Measurement m : measurements) {
            rows.add(List.of(m.figure().label(), m.figure().text(m.value()), m.figure().goalText(), verdict(m.isReached()),
                    m.acknowledged() == 0 ? "" : String.valueOf(m.acknowledged()), m.primary()));
        }
        return aligned(rows);
    }

    /** Whether everything in {@link #rounds} is good enough. */
    public static boolean isReached(List<Measurement> measurements) {
        return byFigure(measurements).entrySet().stream().allMatch(e -> e.getKey().isReachedBy(
                middle(e.getKey(), e.getValue()), Collections.max(e.getValue())));
    }

    private static Map<Figure, List<Double>> byFigure(List<Measurement> measurements) {
        Map<Figure, List<Double>> values = new EnumMap<>(Figure.class);
        measurements.forEach(m -> values.computeIfAbsent(m.figure(), f -> new ArrayList<>()).add(m.value()));
        return values;
    }

    private static double middle(Figure figure, List<Double> values) {
        return figure.isCount() ? values.stream().mapToDouble(Double::doubleValue).average().orElse(0) : median(values);
    }

    /** Median (the mean, where things are counted) and maximum of several drills. */
    public static String rounds(List<Measurement> measurements) {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("", "median", "maximum", "to reach", "", "measured"));
        byFigure(measurements).forEach((figure, all) -> {
            double middle = middle(figure, all);
            double worst = Collections.max(all);
            rows.add(List.of(figure.label(), figure.text(middle), figure.text(worst), figure.goalsText(),
                    verdict(figure.isReachedBy(middle, worst)), all.size() + (all.size() == 1 ? " time" : " times")));
        });
        return aligned(rows);
    }

    /** The middle value; of an even number the mean of the two in the middle. */
    static double median(List<Double> values) {
        List<Double> sorted = values.stream().sorted().toList();
        int middle = sorted.size() / 2;
        return sorted.size() % 2 == 1 ? sorted.get(middle) : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
    }

    private static String verdict(boolean reached) {
        return reached ? "ok" : "MISSED";
    }

    /** The first column and the last flush left, the others flush right. */
    private static String aligned(List<List<String>> rows) {
        int columns = rows.get(0).size();
        int[] widths = new int[columns];
        rows.forEach(row -> {
            for (int c = 0; c < columns; c++) {
                widths[c] = Math.max(widths[c], row.get(c).length());
            }
        });
        StringBuilder out = new StringBuilder();
        for (List<String> row : rows) {
            StringBuilder line = new StringBuilder();
            for (int c = 0; c < columns; c++) {
                String space = " ".repeat(widths[c] - row.get(c).length());
                boolean left = c == 0 || c == columns - 1;
                line.append("  ").append(left ? row.get(c) + space : space + row.get(c));
            }
            out.append(line.toString().stripTrailing()).append('\n');
        }
        return out.toString();
    }
}
