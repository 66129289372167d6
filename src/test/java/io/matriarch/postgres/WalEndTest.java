package io.matriarch.postgres;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.matriarch.cluster.Lsn;
import io.matriarch.cluster.Timeline;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WalEndTest {

    private static final int SEGMENT = 16 << 20;

    @TempDir
    Path wal;

    @Test
    void segmentsCountAsLongAsTheyFollowEachOther() throws IOException {
        for (String name : new String[] {"0000000200000001000000FE", "0000000200000001000000FF", "000000020000000200000000",
            "000000020000000200000002", "000000030000000200000001"}) {
            Files.createFile(wal.resolve(name));
        }
        assertEquals(Lsn.parse("2/1000000"), WalEnd.endOfSegments(wal, new Timeline(2), Lsn.parse("1/FE000028"), SEGMENT));
        assertEquals(Lsn.parse("2/3000000"), WalEnd.endOfSegments(wal, new Timeline(2), Lsn.parse("2/2000028"), SEGMENT));
    }

    @Test
    void withoutASegmentTheEndIsRightBehindThePosition() {
        assertEquals(new Lsn(41), WalEnd.endOfSegments(wal, new Timeline(1), new Lsn(40), SEGMENT));
    }
}
