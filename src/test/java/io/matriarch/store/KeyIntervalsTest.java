package io.matriarch.store;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.matriarch.store.Command.DeleteRange;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class KeyIntervalsTest {

    private static final Bytes OPEN_END = Bytes.of(new byte[] {0});

    @Test
    void containsWhatAnyOfTheDeletionsCovers() {
        SplittableRandom random = new SplittableRandom(99);
        for (int round = 0; round < 500; round++) {
            List<DeleteRange> deletes = new ArrayList<>();
            KeyIntervals merged = new KeyIntervals();
            KeyIntervals apart = new KeyIntervals();
            for (int i = random.nextInt(8); i > 0; i--) {
                DeleteRange delete = new DeleteRange(key(random), end(random), false);
                deletes.add(delete);
                merged.add(delete);
                apart.add(delete);
            }
            KeyIntervals joined = new KeyIntervals();
            joined.addAll(apart);
            joined.addAll(new KeyIntervals());
            for (int key = 0; key < 40; key++) {
                Bytes probe = Bytes.of("k" + key);
                boolean covered = deletes.stream().anyMatch(delete -> covers(delete, probe));
                assertEquals(covered, merged.contains(probe), () -> deletes + " and " + probe);
                assertEquals(covered, joined.contains(probe), () -> deletes + " and " + probe);
            }
        }
    }

    private static Bytes key(SplittableRandom random) {
        return Bytes.of("k" + random.nextInt(40));
    }

    private static Bytes end(SplittableRandom random) {
        return switch (random.nextInt(12)) {
            case 0 -> OPEN_END;
            case 1, 2, 3, 4 -> Bytes.EMPTY;
            default -> key(random);
        };
    }

    private static boolean covers(DeleteRange delete, Bytes key) {
        if (delete.rangeEnd().size() == 0) {
            return key.equals(delete.key());
        }
        return key.compareTo(delete.key()) >= 0
                && (delete.rangeEnd().equals(OPEN_END) || key.compareTo(delete.rangeEnd()) < 0);
    }
}
