package io.matriarch.raft;

import io.matriarch.config.HostPort;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.Optional;

/**
 * Finds, before a peer takes part, that its configuration or its storage is a copy of another one's: two processes under
 * one identity would have two votes.
 */
final class AddressCheck {

    private static final Duration ASK = Duration.ofMillis(700);
    private static final int CONNECT_MILLIS = 300;

    private final PeerLinks links;
    private final String group;

    AddressCheck(PeerLinks links, String group) {
        this.links = links;
        this.group = group;
    }

    /**
     * Must be asked before this peer listens.
     *
     * @throws RaftStartException when another peer answers at the address of this one
     */
    void requireNobodyAt(HostPort address, HostPort bind, PeerDirectory directory) throws RaftStartException {
        if (bind.equals(address) || !connects(address)) {
            return; // an address of one's own that is taken is found by binding to it
        }
        Optional<Hello> there = hello(address);
        if (there.isPresent()) {
            throw new RaftStartException("Another peer answers at " + address + ", the raft.self_addr of this one. "
                    + (there.get().id().equals(directory.record().id()) ? "The data directory " + directory.root()
                    + " is a copy of its one: move it away, and give" : "Give")
                    + " this node its own raft.self_addr, or stop the other one.");
        }
    }

    /**
     * Looks whether the storage was a member under another address.
     *
     * @return the identity to give up and the reason; empty when the address is the one it was
     * @throws RaftStartException when the storage is a copy of one that is in use
     */
    Optional<DamagedStorageException> moved(PeerDirectory directory, HostPort address) throws RaftStartException {
        PeerDirectory.Record record = directory.record();
        Optional<String> former = record.address().filter(a -> !a.equals(address.toString()));
        if (former.isEmpty() || record.stage() == Stage.EMPTY) {
            return Optional.empty();
        }
        boolean known = record.stage() == Stage.REMOVED;
        if (known || hello(HostPort.parse(former.get(), 0)).filter(h -> h.id().equals(record.id())).isPresent()) {
            if (!known) {
                refuse(directory);
            }
            throw new RaftStartException("The data directory " + directory.root() + " is a copy of the one of the peer at "
                    + former.get() + ". This peer never votes with it. Move the directory away and start again: the peer"
                    + " then joins as a new one.");
        }
        return Optional.of(new DamagedStorageException(Optional.of(record.id()), "raft.self_addr was " + former.get()
                + " when the storage in " + directory.root() + " became a member and is " + address + " now, so it cannot be"
                + " told from a copy. Set it back; or change the addresses of one node at a time, while the others run."));
    }

    /** Durable, so that the copy does not take the place of the original while that one is being restarted. */
    private static void refuse(PeerDirectory directory) throws RaftStartException {
        try {
            directory.save(directory.record().withStage(Stage.REMOVED));
        } catch (IOException e) {
            throw new RaftStartException("Cannot write to the Raft data directory " + directory.root() + ": " + e, e);
        }
    }

    private Optional<Hello> hello(HostPort address) {
        return links.to(address).call(Rpc.HELLO, PeerEndpoint.frame(group, new byte[0]), ASK)
                .thenApply(b -> Optional.of(Hello.decode(b))).exceptionally(e -> Optional.empty()).join();
    }

    private static boolean connects(HostPort address) {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(address.host(), address.port()), CONNECT_MILLIS);
            return true;
        } catch (IOException e) {
            // nobody listens there, or nothing answers in time: both are what a first start finds
            return false;
        }
    }
}
