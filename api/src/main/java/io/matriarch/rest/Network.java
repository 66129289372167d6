package io.matriarch.rest;

import java.net.InetAddress;
import java.util.Arrays;

/**
 * An address with the number of leading bits that count.
 *
 * @param bits 0 to 32 or 128
 */
record Network(InetAddress address, int bits) {

    static Network of(InetAddress address) {
        return new Network(address, address.getAddress().length * Byte.SIZE);
    }

    boolean contains(InetAddress other) {
        byte[] a = address.getAddress();
        byte[] b = other.getAddress();
        int whole = bits / Byte.SIZE;
        if (a.length != b.length || !Arrays.equals(a, 0, whole, b, 0, whole)) {
            return false;
        }
        int rest = bits % Byte.SIZE;
        return rest == 0 || (a[whole] ^ b[whole]) >> (Byte.SIZE - rest) == 0;
    }
}
