package io.matriarch.etcdapi;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The messages and calls of {@code etcd.schema}. */
final class Schema {

    private static final Pattern FIELD = Pattern.compile("(repeated )?(\\w+) (\\w+) = (\\d+)");
    private static final Pattern RPC =
            Pattern.compile("rpc (\\w+)\\((stream )?(\\w+)\\) returns \\((stream )?(\\w+)\\) (.*)");

    private final Map<String, Shape> shapes = new HashMap<>();
    private final Map<String, List<String>> enums = new HashMap<>();
    private final Map<String, Rpc> byPath = new HashMap<>();
    private final Map<String, Rpc> byJsonPath = new HashMap<>();

    private Schema(String text) {
        Matcher names = Pattern.compile("(?m)^message (\\w+)").matcher(text);
        while (names.find()) {
            shapes.put(names.group(1), new Shape(names.group(1)));
        }
        String owner = "";
        for (String block : text.replaceAll("//.*", "").split("\n(?=package |message |enum |service )")) {
            String[] words = block.trim().split("[\\s;{]+", 3);
            switch (words[0]) {
                case "package" -> owner = words[1];
                case "enum" -> enums.put(words[1], enumNames(block));
                case "message" -> readFields(shapes.get(words[1]), body(block));
                case "service" -> readCalls(owner + "." + words[1], body(block));
                default -> {
                    // what stands before the first package is the heading
                }
            }
        }
    }

    static Schema load() {
        try (InputStream in = Schema.class.getResourceAsStream("etcd.schema")) {
            return new Schema(new String(in.readAllBytes(), StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String body(String block) {
        return block.substring(block.indexOf('{') + 1, block.lastIndexOf('}'));
    }

    private static List<String> enumNames(String block) {
        List<String> names = new ArrayList<>();
        for (String value : body(block).split(";")) {
            if (!value.isBlank()) {
                names.add(value.trim().split(" ")[0]);
            }
        }
        return List.copyOf(names);
    }

    private void readFields(Shape shape, String body) {
        int group = 0;
        for (String line : body.split("\n")) {
            Matcher m = FIELD.matcher(line.trim());
            if (line.contains("oneof")) {
                group++;
            } else if (m.lookingAt()) {
                boolean inChoice = group > 0 && body.indexOf('}', body.indexOf("oneof")) > body.indexOf(line);
                shape.add(field(m, inChoice ? group : 0, shape.fields().size()));
            }
        }
    }

    private Field field(Matcher m, int group, int index) {
        String kind = m.group(2);
        Field.Type type;
        if (shapes.containsKey(kind)) {
            type = Field.Type.MESSAGE;
        } else if (enums.containsKey(kind)) {
            type = Field.Type.ENUM;
        } else {
            type = Field.Type.valueOf(kind.toUpperCase(Locale.ROOT));
        }
        return new Field(m.group(3), Integer.parseInt(m.group(4)), type, m.group(1) != null,
                Optional.ofNullable(shapes.get(kind)), enums.getOrDefault(kind, List.of()), group, index);
    }

    private void readCalls(String owner, String body) {
        for (String line : body.split("\n")) {
            Matcher m = RPC.matcher(line.trim().replace(";", ""));
            if (m.matches()) {
                Rpc rpc = new Rpc("/" + owner + "/" + m.group(1), shape(m.group(3)), shape(m.group(5)),
                        m.group(2) != null, m.group(4) != null, List.of(m.group(6).trim().split(" ")));
                byPath.put(rpc.path(), rpc);
                rpc.jsonPaths().forEach(path -> byJsonPath.put(path, rpc));
            }
        }
    }

    /** @throws IllegalArgumentException when there is none: a mistake of this program */
    Shape shape(String name) {
        Shape shape = shapes.get(name);
        if (shape == null) {
            throw new IllegalArgumentException("no message " + name);
        }
        return shape;
    }

    Message fresh(String name) {
        return new Message(shape(name));
    }

    Optional<Rpc> call(String path) {
        return Optional.ofNullable(byPath.get(path));
    }

    /** By a path of the JSON gateway; the older prefix {@code /v3beta} works as {@code /v3}. */
    Optional<Rpc> jsonCall(String path) {
        String current = path.startsWith("/v3beta/") ? "/v3" + path.substring("/v3beta".length()) : path;
        return Optional.ofNullable(byJsonPath.get(current));
    }

    List<Rpc> calls() {
        return List.copyOf(byPath.values());
    }
}
