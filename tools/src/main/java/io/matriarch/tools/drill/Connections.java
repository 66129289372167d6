package io.matriarch.tools.drill;

import java.sql.Connection;
import java.sql.SQLException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Ends connections that may already be broken. */
final class Connections {

    private static final Logger LOG = LoggerFactory.getLogger(Connections.class);

    private Connections() {
    }

    static void drop(Connection connection) {
        try {
            connection.close();
        } catch (SQLException e) {
            // It was to go anyway.
            LOG.debug("closing a broken connection: {}", e.getMessage());
        }
    }
}
