package io.matriarch.tools.drill;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;

/** Finds TCP ports nobody listens on, below those the system hands out by itself. */
public final class FreePorts {

    private static final int LOWEST = 20_000;
    private static final int HIGHEST = 31_000;
    private static final int ATTEMPTS = 2_000;

    private FreePorts() {
    }

    /** @throws DrillException when there are not enough */
    public static List<Integer> find(int count) {
        List<Integer> found = new ArrayList<>();
        for (int i = 0; i < ATTEMPTS && found.size() < count; i++) {
            int port = ThreadLocalRandom.current().nextInt(LOWEST, HIGHEST);
            if (!found.contains(port) && isFree(port)) {
                found.add(port);
            }
        }
        if (found.size() < count) {
            throw new DrillException("found no " + count + " free ports between " + LOWEST + " and " + HIGHEST);
        }
        return found;
    }

    private static boolean isFree(int port) {
        try (ServerSocket socket = new ServerSocket()) {
            socket.setReuseAddress(true);
            socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            return true;
        } catch (IOException e) {
            // Somebody has it: exactly what was asked.
            return false;
        }
    }
}
