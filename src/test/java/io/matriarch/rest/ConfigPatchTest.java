package io.matriarch.rest;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

class ConfigPatchTest {

    private record Case(String name, String document, String patch, String result, boolean changed) {
    }

    private static final List<Case> CASES = List.of(
            new Case("a new key", "{'ttl':30}", "{'loop_wait':5}", "{'ttl': 30, 'loop_wait': 5}", true),
            new Case("another value", "{'ttl':30}", "{'ttl':20}", "{'ttl': 20}", true),
            new Case("the same value as text keeps the type", "{'ttl':20}", "{'ttl':'20'}", "{'ttl': 20}", false),
            new Case("the same list as text", "{'l':[1,'2']}", "{'l':['1',2]}", "{'l': [1, '2']}", false),
            new Case("another list replaces", "{'l':[1,2]}", "{'l':[1]}", "{'l': [1]}", true),
            new Case("null removes", "{'pause':true,'ttl':30}", "{'pause':null}", "{'ttl': 30}", true),
            new Case("null for an absent key", "{'ttl':30}", "{'pause':null}", "{'ttl': 30}", false),
            new Case("the text null is a value", "{'ttl':30}", "{'a':'null'}", "{'ttl': 30, 'a': 'null'}", true),
            new Case("objects merge", "{'p':{'a':1,'b':2}}", "{'p':{'b':3,'c':4}}", "{'p': {'a': 1, 'b': 3, 'c': 4}}", true),
            new Case("null removes within an object", "{'p':{'a':1,'b':2}}", "{'p':{'a':null}}", "{'p': {'b': 2}}", true),
            new Case("the last key of an object leaves it empty", "{'p':{'a':1}}", "{'p':{'a':null}}", "{'p': {}}", true),
            new Case("an object replaces a scalar", "{'p':1}", "{'p':{'a':1}}", "{'p': {'a': 1}}", true),
            new Case("a scalar replaces an object", "{'p':{'a':1}}", "{'p':'x'}", "{'p': 'x'}", true),
            new Case("null within a new object is no value", "{'ttl':30}", "{'slots':{'s1':null,'s2':{'type':'physical'}}}",
                    "{'ttl': 30, 'slots': {'s2': {'type': 'physical'}}}", true),
            new Case("a new object of nothing but nulls", "{'ttl':30}", "{'slots':{'s1':null}}", "{'ttl': 30}", false),
            new Case("a new empty object", "{'ttl':30}", "{'slots':{}}", "{'ttl': 30, 'slots': {}}", true),
            new Case("nothing nested changes", "{'p':{'q':{'r':1}}}", "{'p':{'q':{'r':'1'}}}", "{'p': {'q': {'r': 1}}}", false));

    @TestFactory
    List<DynamicTest> examples() {
        return CASES.stream().map(c -> DynamicTest.dynamicTest(c.name(), () -> {
            Map<String, Object> before = parse(c.document());
            String untouched = JsonText.write(before);
            ConfigPatch.Outcome outcome = ConfigPatch.apply(before, parse(c.patch()));
            assertEquals(c.result(), JsonText.write(outcome.document()).replace('"', '\''));
            assertEquals(c.changed(), outcome.changed());
            assertEquals(untouched, JsonText.write(before), "the old document stays as it was");
        })).toList();
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Object> parse(String text) throws IOException {
        return (Map<String, Object>) JsonText.read(text.replace('\'', '"'));
    }
}
