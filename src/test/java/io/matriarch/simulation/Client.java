package io.matriarch.simulation;

/**
 * One client with its connection to one server: commits rows there as long as the connection lasts, whoever holds what.
 * A sequential one waits for each acknowledgement; a pipelining one does not, so that its backend outlives a postmaster.
 */
final class Client {

    private static final long SMALLEST = 100;
    private static final long LARGEST = 2_000;
    private static final int MOST_UNDER_WAY = 64;

    private final World world;
    private final Host host;
    private final PgServer server;
    private final Chance chance;
    private final boolean pipelining;
    private final long every;
    private int underWay;
    private int session = -1;

    Client(World world, Host host, Chance chance, boolean pipelining, long every) {
        this.world = world;
        this.host = host;
        this.server = host.server().orElseThrow();
        this.chance = chance;
        this.pipelining = pipelining;
        this.every = every;
    }

    void start() {
        world.loop().after(chance.between(0, every), this::write);
    }

    private void write() {
        world.loop().after(every, this::write);
        boolean orphaned = server.hasOrphan();
        if (server.generation() != session) {
            session = server.generation();
            underWay = 0;
        }
        if (!server.acceptsWrites() || orphaned && !pipelining || !world.writers().isOurs(host, server)
                || underWay >= (pipelining ? MOST_UNDER_WAY : 1)) {
            return;
        }
        underWay++;
        int mine = session;
        Branch branch = server.branch();
        long[] end = new long[1];
        server.commit(chance.between(SMALLEST, LARGEST), () -> {
            if (mine == session) {
                underWay--;
            }
            world.writers().acknowledged(host, branch, end[0] == 0 ? server.end() : end[0]);
        });
        end[0] = server.end();
    }
}
