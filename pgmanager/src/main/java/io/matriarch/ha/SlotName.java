package io.matriarch.ha;

import io.matriarch.cluster.MemberName;
import java.util.Locale;

/** The replication slot of a member: its name in the characters a slot name may have. */
public final class SlotName {

    private static final int LONGEST = 63;

    private SlotName() {
    }

    public static String of(MemberName member) {
        StringBuilder name = new StringBuilder();
        member.value().toLowerCase(Locale.ROOT).codePoints().forEach(c -> {
            if (c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '_') {
                name.appendCodePoint(c);
            } else if (c == '-' || c == '.') {
                name.append('_');
            } else {
                name.append('u').append(String.format(Locale.ROOT, "%04d", c));
            }
        });
        return name.length() > LONGEST ? name.substring(0, LONGEST) : name.toString();
    }
}
