package io.matriarch.tools;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * A table in a frame of {@code +}, {@code -} and {@code |}, cell by cell as Patroni's tools print it. Pure.
 *
 * <p>A cell may have several lines; then all rows are parted by rules. The title replaces the start of the top border.
 */
final class TextTable {

    private final String title;
    private final List<Column> columns;
    private final List<List<String>> rows;

    /** @param title empty for a plain top border */
    TextTable(String title, List<Column> columns, List<List<String>> rows) {
        this.title = title;
        this.columns = List.copyOf(columns);
        this.rows = List.copyOf(rows);
    }

    /** A heading, and whether its cells end at the right border. */
    record Column(String heading, boolean right) {

        static Column left(String heading) {
            return new Column(heading, false);
        }

        static Column right(String heading) {
            return new Column(heading, true);
        }
    }

    /** The table, each line ended by a line feed. */
    String render() {
        int[] widths = widths();
        String rule = rule(widths);
        boolean parted = rows.stream().anyMatch(row -> row.stream().anyMatch(cell -> cell.indexOf('\n') >= 0));
        StringBuilder out = new StringBuilder();
        out.append(titled(rule)).append('\n');
        row(out, columns.stream().map(Column::heading).toList(), widths);
        out.append(rule).append('\n');
        for (int i = 0; i < rows.size(); i++) {
            row(out, rows.get(i), widths);
            if (parted && i < rows.size() - 1) {
                out.append(rule).append('\n');
            }
        }
        return out.append(rule).append('\n').toString();
    }

    private String titled(String rule) {
        String shown = title.substring(0, Math.min(title.length(), Math.max(0, rule.length() - 2)));
        return rule.charAt(0) + shown + rule.substring(1 + shown.length());
    }

    private int[] widths() {
        int[] widths = new int[columns.size()];
        for (int c = 0; c < widths.length; c++) {
            widths[c] = columns.get(c).heading().length();
            for (List<String> row : rows) {
                for (String line : row.get(c).split("\n", -1)) {
                    widths[c] = Math.max(widths[c], line.length());
                }
            }
        }
        return widths;
    }

    private static String rule(int[] widths) {
        StringBuilder out = new StringBuilder("+");
        for (int width : widths) {
            out.append("-".repeat(width + 2)).append('+');
        }
        return out.toString();
    }

    private void row(StringBuilder out, List<String> cells, int[] widths) {
        List<String[]> split = new ArrayList<>();
        int height = 1;
        for (String cell : cells) {
            String[] lines = cell.split("\n", -1);
            split.add(lines);
            height = Math.max(height, lines.length);
        }
        for (int line = 0; line < height; line++) {
            out.append('|');
            for (int c = 0; c < widths.length; c++) {
                String text = line < split.get(c).length ? split.get(c)[line] : "";
                String room = String.join("", Collections.nCopies(widths[c] - text.length(), " "));
                out.append(' ').append(columns.get(c).right() ? room + text : text + room).append(" |");
            }
            out.append('\n');
        }
    }
}
