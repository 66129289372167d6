package io.matriarch.etcd;

import io.matriarch.config.EtcdConfig;
import io.matriarch.config.HostPort;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Hashtable;
import java.util.List;
import javax.naming.Context;
import javax.naming.NamingEnumeration;
import javax.naming.NamingException;
import javax.naming.directory.Attribute;
import javax.naming.directory.DirContext;
import javax.naming.directory.InitialDirContext;

/** The hosts of etcd as the name service knows them: {@code _etcd-client[-ssl][-suffix]._tcp.DOMAIN}. */
final class SrvRecords {

    private static final int PORT = 2;
    private static final int TARGET = 3;

    private SrvRecords() {
    }

    /** Blocks for the name service. @throws IOException when it does not answer or knows none */
    static List<HostPort> of(EtcdConfig.Srv srv, boolean secure) throws IOException {
        String name = "_etcd-client" + (secure ? "-ssl" : "") + srv.suffix().map(s -> "-" + s).orElse("") + "._tcp." + srv.domain();
        Hashtable<String, String> environment = new Hashtable<>();
        environment.put(Context.INITIAL_CONTEXT_FACTORY, "com.sun.jndi.dns.DnsContextFactory");
        try {
            DirContext context = new InitialDirContext(environment);
            try {
                Attribute records = context.getAttributes(name, new String[] {"SRV"}).get("SRV");
                List<HostPort> hosts = new ArrayList<>();
                if (records != null) {
                    NamingEnumeration<?> all = records.getAll();
                    while (all.hasMore()) {
                        hosts.add(parse(String.valueOf(all.next())));
                    }
                }
                if (hosts.isEmpty()) {
                    throw new IOException("the name service has no SRV record " + name);
                }
                return hosts;
            } finally {
                context.close();
            }
        } catch (NamingException e) {
            throw new IOException("the name service did not answer for " + name + ": " + e.getMessage(), e);
        }
    }

    /** One record: priority, weight, port, target. */
    static HostPort parse(String record) throws IOException {
        String[] words = record.trim().split("\\s+");
        try {
            return new HostPort(words[TARGET].replaceAll("\\.$", ""), Integer.parseInt(words[PORT]));
        } catch (ArrayIndexOutOfBoundsException | IllegalArgumentException e) {
            throw new IOException("not an SRV record: " + record, e);
        }
    }
}
