package io.matriarch.raft;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.OptionalLong;
import org.apache.ratis.proto.RaftProtos.LogEntryProto;
import org.junit.jupiter.api.Test;

class ArrivalsTest {

    private final Arrivals arrivals = new Arrivals();

    @Test
    void anEntryIsKnownByItsTermAndIndex() {
        came(3, 70, 1000);
        assertEquals(OptionalLong.of(1000), arrivals.of(3, 70));
        assertEquals(OptionalLong.empty(), arrivals.of(4, 70));
        assertEquals(OptionalLong.empty(), arrivals.of(3, 71));
    }

    @Test
    void anEntryThatCameAgainCountsAsItCameLast() {
        came(3, 70, 1000);
        came(3, 70, 2000);
        assertEquals(OptionalLong.of(2000), arrivals.of(3, 70));
    }

    @Test
    void anEntryOfALaterTermTakesThePlace() {
        came(3, 70, 1000);
        came(4, 70, 2000);
        assertEquals(OptionalLong.empty(), arrivals.of(3, 70));
        assertEquals(OptionalLong.of(2000), arrivals.of(4, 70));
    }

    @Test
    void entriesOfLongAgoAreForgotten() {
        came(3, 70, 1000);
        came(3, 70 + 1024, 2000);
        assertEquals(OptionalLong.empty(), arrivals.of(3, 70));
    }

    private void came(long term, long index, long now) {
        arrivals.came(List.of(LogEntryProto.newBuilder().setTerm(term).setIndex(index).build()), now);
    }
}
