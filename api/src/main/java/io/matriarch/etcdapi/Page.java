package io.matriarch.etcdapi;

/** One plain HTTP answer. */
record Page(int status, String type, String body) {

    private static final String JSON = "application/json";
    private static final String TEXT = "text/plain; charset=utf-8";

    static Page json(int status, String body) {
        return new Page(status, JSON, body);
    }

    static Page text(int status, String body) {
        return new Page(status, TEXT, body);
    }
}
