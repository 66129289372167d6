package io.matriarch.etcdapi;

import java.util.List;
import java.util.Optional;

/**
 * One field of a message.
 *
 * @param number  its number on the wire
 * @param message the message it holds, for {@link Type#MESSAGE}
 * @param names   the names of its values by number, for {@link Type#ENUM}
 * @param group   number of the choice it belongs to, of which only one field is set; 0 for none
 * @param index   its place in the message
 */
record Field(String name, int number, Type type, boolean repeated, Optional<Shape> message, List<String> names, int group,
             int index) {

    /** What a field holds. Numbers of all kinds are {@code Long}s. */
    enum Type { INT64, UINT64, UINT32, BOOL, ENUM, BYTES, STRING, MESSAGE }

    /** The name in lower camel case, which the JSON gateway takes as well. */
    String camelName() {
        StringBuilder camel = new StringBuilder();
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            if (c == '_' && i + 1 < name.length()) {
                i++;
                camel.append(Character.toUpperCase(name.charAt(i)));
            } else {
                camel.append(c);
            }
        }
        return camel.toString();
    }

    boolean isNumber() {
        return type == Type.INT64 || type == Type.UINT64 || type == Type.UINT32 || type == Type.ENUM;
    }
}
