package io.matriarch.raft;

import java.util.UUID;

/**
 * One proposal, however often it is sent: the identity makes every peer apply it at most once.
 *
 * @param command the command's bytes
 */
record Call(UUID client, long number, byte[] command) {

    byte[] encode() {
        return new WireOut().uuid(client).i64(number).bytes(command).done();
    }

    static Call decode(WireIn in) {
        return new Call(in.uuid(), in.i64(), in.bytes());
    }
}
