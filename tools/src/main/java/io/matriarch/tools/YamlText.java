package io.matriarch.tools;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.yaml.snakeyaml.DumperOptions;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.Tag;
import org.yaml.snakeyaml.representer.Representer;

/** YAML in the form operators edit: keys sorted, lines of at most 200 characters. Pure. */
final class YamlText {

    private static final int WIDTH = 200;

    private YamlText() {
    }

    /** One key or item per line; ends with a line feed. */
    static String block(Object value) {
        return dump(value, DumperOptions.FlowStyle.BLOCK);
    }

    /** In braces and brackets; ends with a line feed. */
    static String flow(Object value) {
        return dump(value, DumperOptions.FlowStyle.FLOW);
    }

    /**
     * Reads one document of plain values.
     *
     * @throws CtlError when it is not YAML
     */
    static Object parse(String text) {
        try {
            return new Yaml(new SafeConstructor(new LoaderOptions())).load(text);
        } catch (YAMLException e) {
            throw new CtlError("not valid YAML: " + e.getMessage());
        }
    }

    private static String dump(Object value, DumperOptions.FlowStyle style) {
        DumperOptions options = new DumperOptions();
        options.setDefaultFlowStyle(style);
        options.setWidth(WIDTH);
        options.setSplitLines(true);
        options.setAllowUnicode(true);
        return new Yaml(new PlainStrings(options), options).dump(sorted(value));
    }

    private static Object sorted(Object value) {
        if (value instanceof Map<?, ?> map) {
            Map<String, Object> out = new TreeMap<>();
            map.forEach((k, v) -> out.put(String.valueOf(k), sorted(v)));
            return out;
        }
        return value instanceof List<?> list ? list.stream().map(YamlText::sorted).toList() : value;
    }

    /** Leaves the style of text of several lines to the emitter. */
    private static final class PlainStrings extends Representer {

        PlainStrings(DumperOptions options) {
            super(options);
        }

        @Override
        protected Node representScalar(Tag tag, String value, DumperOptions.ScalarStyle style) {
            boolean literal = style == DumperOptions.ScalarStyle.LITERAL;
            return super.representScalar(tag, value, literal ? DumperOptions.ScalarStyle.PLAIN : style);
        }
    }
}
