package io.matriarch.config;

import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;

/** Finds the known key that an unknown one was probably meant to be. */
final class NearestKey {

    private NearestKey() {
    }

    /** The known path that {@code path} is a slip of: misspelled in place, or spelled right in another section. */
    static Optional<String> of(String path, Collection<String> known) {
        String parent = parent(path);
        String leaf = leaf(path);
        Optional<String> sibling = known.stream()
            .filter(k -> parent(k).equals(parent) && !k.equals(path))
            .filter(k -> distance(leaf(k), leaf) <= Math.max(1, leaf.length() / 4))
            .min(Comparator.comparingInt((String k) -> distance(leaf(k), leaf)).thenComparing(k -> k));
        return sibling.or(() -> known.stream().filter(k -> leaf(k).equals(leaf) && !k.equals(path))
            .min(Comparator.comparingInt(String::length).thenComparing(k -> k)));
    }

    /** How many letters must be inserted, removed, replaced or swapped with their neighbour. */
    static int distance(String a, String b) {
        int[][] d = new int[a.length() + 1][b.length() + 1];
        for (int i = 0; i <= a.length(); i++) {
            d[i][0] = i;
        }
        for (int j = 0; j <= b.length(); j++) {
            d[0][j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            for (int j = 1; j <= b.length(); j++) {
                int replace = d[i - 1][j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                d[i][j] = Math.min(replace, Math.min(d[i - 1][j], d[i][j - 1]) + 1);
                boolean swapped = i > 1 && j > 1 && a.charAt(i - 1) == b.charAt(j - 2) && a.charAt(i - 2) == b.charAt(j - 1);
                if (swapped) {
                    d[i][j] = Math.min(d[i][j], d[i - 2][j - 2] + 1);
                }
            }
        }
        return d[a.length()][b.length()];
    }

    private static String parent(String path) {
        int dot = path.lastIndexOf('.');
        return dot < 0 ? "" : path.substring(0, dot);
    }

    private static String leaf(String path) {
        return path.substring(path.lastIndexOf('.') + 1);
    }
}
