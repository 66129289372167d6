package io.matriarch.tls;

import java.net.Socket;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedKeyManager;

/** Shows the certificate in force. A connection that has just chosen the one before it gets the key that belongs to that. */
final class ShownKeys extends X509ExtendedKeyManager {

    private static final String FOR_CLIENTS = "1.3.6.1.5.5.7.3.2";
    private static final String FOR_ANYTHING = "2.5.29.37.0";

    /** Two generations; the name of a generation is its number. */
    private record Generations(long number, Material current, Optional<Material> former) {

        Optional<Material> named(String alias) {
            return alias.equals(Long.toString(number)) ? Optional.of(current)
                    : former.filter(m -> alias.equals(Long.toString(number - 1)));
        }
    }

    private volatile Generations generations;

    ShownKeys(Material material) {
        this.generations = new Generations(1, material, Optional.empty());
    }

    void replace(Material fresh) {
        generations = new Generations(generations.number() + 1, fresh, Optional.of(generations.current()));
    }

    private String choose(List<String> types, Principal[] issuers, boolean client) {
        Generations now = generations;
        Optional<PrivateKey> key = now.current().key();
        if (key.isEmpty() || !fits(key.get().getAlgorithm(), types)) {
            return null;
        }
        boolean fine = !client || isForClients(now.current()) && isKnown(now.current(), issuers);
        return fine ? Long.toString(now.number()) : null;
    }

    private static boolean fits(String algorithm, List<String> types) {
        // types are algorithms, or say more: EC_EC, RSASSA-PSS
        return types.stream().anyMatch(type -> type.startsWith(algorithm)
                || algorithm.equals("EdDSA") && type.startsWith("Ed"));
    }

    /** A server that only may be shown a certificate would refuse one of a stranger, where none is fine. */
    private static boolean isKnown(Material material, Principal[] issuers) {
        return issuers == null || issuers.length == 0 || material.chain().stream().anyMatch(c ->
                Arrays.asList(issuers).contains(c.getIssuerX500Principal()));
    }

    private static boolean isForClients(Material material) {
        try {
            List<String> uses = material.chain().get(0).getExtendedKeyUsage();
            return uses == null || uses.contains(FOR_CLIENTS) || uses.contains(FOR_ANYTHING);
        } catch (CertificateParsingException e) {
            // then it is good for nothing
            return false;
        }
    }

    @Override
    public String chooseEngineClientAlias(String[] types, Principal[] issuers, SSLEngine engine) {
        return choose(List.of(types), issuers, true);
    }

    @Override
    public String chooseClientAlias(String[] types, Principal[] issuers, Socket socket) {
        return choose(List.of(types), issuers, true);
    }

    @Override
    public String chooseEngineServerAlias(String type, Principal[] issuers, SSLEngine engine) {
        return choose(List.of(type), issuers, false);
    }

    @Override
    public String chooseServerAlias(String type, Principal[] issuers, Socket socket) {
        return choose(List.of(type), issuers, false);
    }

    @Override
    public X509Certificate[] getCertificateChain(String alias) {
        return generations.named(alias).map(m -> m.chain().toArray(new X509Certificate[0])).orElse(null);
    }

    @Override
    public PrivateKey getPrivateKey(String alias) {
        return generations.named(alias).flatMap(Material::key).orElse(null);
    }

    @Override
    public String[] getClientAliases(String type, Principal[] issuers) {
        String alias = choose(List.of(type), issuers, true);
        return alias == null ? new String[0] : new String[] {alias};
    }

    @Override
    public String[] getServerAliases(String type, Principal[] issuers) {
        String alias = choose(List.of(type), issuers, false);
        return alias == null ? new String[0] : new String[] {alias};
    }
}
