package io.matriarch.tools.drill;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A network namespace for every agent, all joined with this process by a bridge that lives in a namespace of its own, so
 * that packet filters of the machine play no part. A cut drops packets in the bridge: nobody is told.
 *
 * <p>Needs root, iproute2 and nftables.
 */
public final class NamespaceNetwork implements LocalNetwork {

    /** From the range that is set aside for measuring networks. */
    private static final String NET = "198.18.77.";
    private static final int FIRST = 11;
    private static final int OURS = 10;

    private final int agents;
    private final String prefix;

    private NamespaceNetwork(int agents) {
        this.agents = agents;
        this.prefix = "mtr" + ProcessHandle.current().pid() % 100_000;
    }

    /** @throws DrillException when it cannot be set up; nothing is left behind then */
    public static NamespaceNetwork create(int agents) {
        if (!ServerAccount.isRoot()) {
            throw new DrillException("network namespaces need root");
        }
        for (String program : List.of("ip", "nft")) {
            if (List.of("/usr/sbin", "/sbin", "/usr/bin", "/bin").stream()
                    .noneMatch(dir -> Files.isExecutable(Path.of(dir, program)))) {
                throw new DrillException("network namespaces need the program " + program
                        + "; on Debian: apt-get install -y iproute2 nftables");
            }
        }
        NamespaceNetwork network = new NamespaceNetwork(agents);
        try {
            network.build();
            return network;
        } catch (DrillException e) {
            network.close();
            throw e;
        }
    }

    private void build() {
        ip("netns", "add", bridge());
        inBridge("ip", "link", "set", "lo", "up");
        inBridge("ip", "link", "add", "br0", "type", "bridge");
        inBridge("ip", "link", "set", "br0", "up");
        for (int i = 0; i < agents; i++) {
            ip("netns", "add", space(i));
            ip("link", "add", "eth0", "netns", space(i), "type", "veth", "peer", "name", "v" + i, "netns", bridge());
            inBridge("ip", "link", "set", "v" + i, "master", "br0", "up");
            inSpace(i, "ip", "link", "set", "lo", "up");
            inSpace(i, "ip", "addr", "add", host(i) + "/24", "dev", "eth0");
            inSpace(i, "ip", "link", "set", "eth0", "up");
        }
        ip("link", "add", prefix, "type", "veth", "peer", "name", "ours", "netns", bridge());
        inBridge("ip", "link", "set", "ours", "master", "br0", "up");
        ip("addr", "add", NET + OURS + "/24", "dev", prefix);
        ip("link", "set", prefix, "up");
        inBridge("nft", "add table bridge faults");
        inBridge("nft", "add set bridge faults gone { type ipv4_addr; }");
        inBridge("nft", "add chain bridge faults pairs { type filter hook forward priority 0; }");
        inBridge("nft", "add rule bridge faults pairs ip saddr @gone drop");
        inBridge("nft", "add rule bridge faults pairs ip daddr @gone drop");
        inBridge("nft", "add set bridge faults deaf { type ipv4_addr . ipv4_addr; }");
        inBridge("nft", "add rule bridge faults pairs ip saddr . ip daddr @deaf drop");
    }

    @Override
    public String host(int agent) {
        return NET + (FIRST + agent);
    }

    @Override
    public List<String> prefix(int agent) {
        return List.of("ip", "netns", "exec", space(agent));
    }

    @Override
    public boolean canCut() {
        return true;
    }

    @Override
    public void cut(int agent) {
        inBridge("nft", "add element bridge faults gone { " + host(agent) + " }");
    }

    @Override
    public void heal(int agent) {
        inBridge("nft", "delete element bridge faults gone { " + host(agent) + " }");
    }

    /** Drops every packet from one agent to another, silently; those of the other way, and of everybody else, pass. */
    public void block(int from, int to) {
        inBridge("nft", "add element bridge faults deaf { " + host(from) + " . " + host(to) + " }");
    }

    /** Ends every block. */
    public void unblock() {
        inBridge("nft", "flush set bridge faults deaf");
    }

    @Override
    public void close() {
        // Each may be missing when setting up failed half-way, so failures count for nothing here.
        Shell.succeeds(List.of("ip", "link", "del", prefix));
        for (int i = 0; i < agents; i++) {
            Shell.succeeds(List.of("ip", "netns", "del", space(i)));
        }
        Shell.succeeds(List.of("ip", "netns", "del", bridge()));
    }

    private String space(int agent) {
        return prefix + "-n" + (agent + 1);
    }

    private String bridge() {
        return prefix + "-sw";
    }

    private static void ip(String... words) {
        List<String> command = new ArrayList<>(List.of("ip"));
        command.addAll(List.of(words));
        Shell.must(command);
    }

    private void inBridge(String... command) {
        in(bridge(), command);
    }

    private void inSpace(int agent, String... command) {
        in(space(agent), command);
    }

    private static void in(String space, String... command) {
        List<String> whole = new ArrayList<>(List.of("ip", "netns", "exec", space));
        whole.addAll(List.of(command));
        Shell.must(whole);
    }
}
