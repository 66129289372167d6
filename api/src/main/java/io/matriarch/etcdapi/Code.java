package io.matriarch.etcdapi;

/** The codes of gRPC, with the HTTP status that the JSON gateway answers for each. */
enum Code {
    OK(0, 200), CANCELLED(1, 408), UNKNOWN(2, 500), INVALID_ARGUMENT(3, 400), DEADLINE_EXCEEDED(4, 504), NOT_FOUND(5, 404),
    ALREADY_EXISTS(6, 409), PERMISSION_DENIED(7, 403), RESOURCE_EXHAUSTED(8, 429), FAILED_PRECONDITION(9, 412), ABORTED(10, 409),
    OUT_OF_RANGE(11, 400), UNIMPLEMENTED(12, 501), INTERNAL(13, 500), UNAVAILABLE(14, 503), DATA_LOSS(15, 500),
    UNAUTHENTICATED(16, 401);

    private final int number;
    private final int http;

    Code(int number, int http) {
        this.number = number;
        this.http = http;
    }

    int number() {
        return number;
    }

    int http() {
        return http;
    }
}
