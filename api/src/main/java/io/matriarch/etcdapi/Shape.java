package io.matriarch.etcdapi;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The description of a message: its fields in order. Complete and unchanging once the schema has been read. */
final class Shape {

    private final String name;
    private final List<Field> fields = new ArrayList<>();
    private final Map<String, Field> byName = new HashMap<>();
    private final Map<Integer, Field> byNumber = new HashMap<>();

    Shape(String name) {
        this.name = name;
    }

    void add(Field field) {
        fields.add(field);
        byName.put(field.name(), field);
        byName.putIfAbsent(field.camelName(), field);
        byNumber.put(field.number(), field);
    }

    String name() {
        return name;
    }

    List<Field> fields() {
        return fields;
    }

    /** @throws IllegalArgumentException when there is none: a mistake of this program */
    Field field(String fieldName) {
        Field field = byName.get(fieldName);
        if (field == null) {
            throw new IllegalArgumentException(name + " has no field " + fieldName);
        }
        return field;
    }

    /** By the name of the schema or in camel case; null when there is none. */
    Field named(String fieldName) {
        return byName.get(fieldName);
    }

    /** Null when there is none. */
    Field numbered(int number) {
        return byNumber.get(number);
    }
}
