package io.matriarch.postgres;

/** The replication slot of a member: its name in the letters PostgreSQL allows for slots. */
public final class SlotName {

    private static final int LONGEST = 63;

    private SlotName() {
    }

    /**
     * Lower case; {@code -} and {@code .} become {@code _}; any other foreign character becomes {@code u} and its decimal
     * code with at least four digits; cut to 63 characters. Different members may get one name.
     */
    public static String of(String memberName) {
        StringBuilder slot = new StringBuilder();
        memberName.toLowerCase(java.util.Locale.ROOT).codePoints().forEach(c -> {
            if (c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '_') {
                slot.append((char) c);
            } else if (c == '-' || c == '.') {
                slot.append('_');
            } else {
                slot.append('u').append(String.format("%04d", c));
            }
        });
        return slot.length() > LONGEST ? slot.substring(0, LONGEST) : slot.toString();
    }
}
