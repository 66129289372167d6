package io.matriarch.tools;

import java.util.ArrayList;
import java.util.List;

/** The difference of two texts in unified form with three lines of context and empty file names. Pure. */
final class UnifiedDiff {

    private static final int CONTEXT = 3;

    private UnifiedDiff() {
    }

    /** The lines of the difference; none when the texts are equal. */
    static List<String> of(String before, String after) {
        List<Edit> edits = edits(lines(before), lines(after));
        List<String> out = new ArrayList<>();
        int next = 0;
        while (next < edits.size()) {
            int first = firstChange(edits, next);
            if (first == edits.size()) {
                break;
            }
            int start = Math.max(next, first - CONTEXT);
            int end = endOfHunk(edits, first);
            if (out.isEmpty()) {
                out.add("--- ");
                out.add("+++ ");
            }
            hunk(out, edits, start, end);
            next = end;
        }
        return out;
    }

    /** One line with its sign; {@code a} and {@code b} are the numbers of lines before it in the two texts. */
    private record Edit(char sign, String text, int a, int b) {
    }

    private static List<String> lines(String text) {
        String body = text.endsWith("\n") ? text.substring(0, text.length() - 1) : text;
        return List.of(body.split("\n", -1));
    }

    /** By the longest common subsequence; configurations are short. */
    private static List<Edit> edits(List<String> a, List<String> b) {
        int[][] common = new int[a.size() + 1][b.size() + 1];
        for (int i = a.size() - 1; i >= 0; i--) {
            for (int j = b.size() - 1; j >= 0; j--) {
                common[i][j] = a.get(i).equals(b.get(j)) ? common[i + 1][j + 1] + 1
                        : Math.max(common[i + 1][j], common[i][j + 1]);
            }
        }
        List<Edit> out = new ArrayList<>();
        int i = 0;
        int j = 0;
        while (i < a.size() || j < b.size()) {
            if (i < a.size() && j < b.size() && a.get(i).equals(b.get(j))) {
                out.add(new Edit(' ', a.get(i), i++, j++));
            } else if (i < a.size() && (j == b.size() || common[i + 1][j] >= common[i][j + 1])) {
                out.add(new Edit('-', a.get(i), i++, j));
            } else {
                out.add(new Edit('+', b.get(j), i, j++));
            }
        }
        return out;
    }

    private static int firstChange(List<Edit> edits, int from) {
        int at = from;
        while (at < edits.size() && edits.get(at).sign() == ' ') {
            at++;
        }
        return at;
    }

    private static int endOfHunk(List<Edit> edits, int firstChange) {
        int last = firstChange;
        for (int at = firstChange; at < edits.size() && at - last <= 2 * CONTEXT; at++) {
            if (edits.get(at).sign() != ' ') {
                last = at;
            }
        }
        return Math.min(edits.size(), last + 1 + CONTEXT);
    }

    private static void hunk(List<String> out, List<Edit> edits, int start, int end) {
        List<Edit> part = edits.subList(start, end);
        int olds = (int) part.stream().filter(e -> e.sign() != '+').count();
        int news = (int) part.stream().filter(e -> e.sign() != '-').count();
        out.add("@@ -" + range(part.get(0).a(), olds) + " +" + range(part.get(0).b(), news) + " @@");
        part.forEach(e -> out.add(e.sign() + e.text()));
    }

    private static String range(int before, int count) {
        return count == 1 ? String.valueOf(before + 1) : (count == 0 ? before : before + 1) + "," + count;
    }
}
