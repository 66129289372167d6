package io.matriarch.tools;

import io.matriarch.config.HostPort;
import io.matriarch.raft.LoneSurvivor;
import io.matriarch.raft.RaftStartException;
import java.util.List;

/** The storage of this node's peer. */
record LocalSurvivor(LoneSurvivor storage) implements CtlContext.Survivor {

    @Override
    public List<HostPort> givenUp() {
        return storage.givenUp();
    }

    @Override
    public String confirmation() {
        return storage.confirmation();
    }

    @Override
    public void found() {
        try {
            storage.found();
        } catch (RaftStartException e) {
            throw new CtlError(e.getMessage());
        }
    }

    @Override
    public void close() {
        try {
            storage.close();
        } catch (RaftStartException e) {
            throw new CtlError(e.getMessage());
        }
    }
}
