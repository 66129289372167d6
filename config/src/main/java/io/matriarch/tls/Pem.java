package io.matriarch.tls;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.crypto.Cipher;
import javax.crypto.EncryptedPrivateKeyInfo;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;

/** Reads files of PEM: certificates, and private keys in the three forms that are about. */
final class Pem {

    private static final Pattern BLOCK = Pattern.compile("-----BEGIN ([A-Z0-9 ]+)-----(.*?)-----END \\1-----", Pattern.DOTALL);
    private static final int MOST_BYTES = 1 << 20;
    private static final List<String> ALGORITHMS = List.of("EC", "RSA", "EdDSA");
    private static final byte[] RSA = {0x30, 0x0d, 0x06, 0x09, 0x2a, (byte) 0x86, 0x48, (byte) 0x86, (byte) 0xf7, 0x0d, 0x01, 0x01, 0x01,
        0x05, 0x00};
    private static final byte[] EC = {0x06, 0x07, 0x2a, (byte) 0x86, 0x48, (byte) 0xce, 0x3d, 0x02, 0x01};
    private static final byte[] VERSION = {0x02, 0x01, 0x00};
    private static final int SEQUENCE = 0x30;
    private static final int OCTETS = 0x04;
    private static final int CURVE = 0xa0;

    private record Block(String name, String content) {

        byte[] bytes() {
            return Base64.getMimeDecoder().decode(content);
        }
    }

    private Pem() {
    }

    /** The certificates of a file in their order, at least one. */
    static List<X509Certificate> certificates(Path file) throws TlsException {
        try {
            CertificateFactory factory = CertificateFactory.getInstance("X.509");
            List<X509Certificate> found = new ArrayList<>();
            for (Block block : blocks(file)) {
                if (block.name().equals("CERTIFICATE") || block.name().equals("TRUSTED CERTIFICATE")) {
                    Certificate one = factory.generateCertificate(new ByteArrayInputStream(block.bytes()));
                    found.add((X509Certificate) one);
                }
            }
            if (found.isEmpty()) {
                throw new TlsException(file + ": there is no certificate in it (-----BEGIN CERTIFICATE-----)");
            }
            return List.copyOf(found);
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            throw new TlsException(file + ": a certificate in it is damaged", e);
        }
    }

    /** The first private key of a file. */
    static PrivateKey key(Path file, Optional<String> password) throws TlsException {
        for (Block block : blocks(file)) {
            if (block.name().endsWith("PRIVATE KEY")) {
                try {
                    return key(file, block, password);
                } catch (GeneralSecurityException | IOException | IllegalArgumentException e) {
                    // the cause may quote what is in the file
                    throw new TlsException(file + ": the private key cannot be read" + (block.name().startsWith("ENCRYPTED")
                            ? ": wrong password (keyfile_password), or a cipher that Java does not know" : ""));
                }
            }
        }
        throw new TlsException(file + ": there is no private key in it (-----BEGIN PRIVATE KEY-----)");
    }

    private static PrivateKey key(Path file, Block block, Optional<String> password)
            throws GeneralSecurityException, IOException, TlsException {
        if (block.content().contains("ENCRYPTED")) {
            throw new TlsException(file + ": the key is encrypted in a form of old; convert it with: openssl pkcs8 -topk8");
        }
        return switch (block.name()) {
            case "ENCRYPTED PRIVATE KEY" -> generate(decrypted(block.bytes(), password.orElseThrow(() -> new TlsException(
                    file + ": the key is encrypted and there is no keyfile_password"))));
            case "RSA PRIVATE KEY" -> generate(wrapped(RSA, block.bytes()));
            case "EC PRIVATE KEY" -> generate(wrapped(der(SEQUENCE, joined(EC, curve(block.bytes()))), block.bytes()));
            default -> generate(block.bytes());
        };
    }

    private static byte[] decrypted(byte[] bytes, String password) throws GeneralSecurityException, IOException {
        EncryptedPrivateKeyInfo info = new EncryptedPrivateKeyInfo(bytes);
        // for the newer ciphers the name of the parameters is that of the algorithm
        String name = info.getAlgName().equals("PBES2") || info.getAlgName().equals("1.2.840.113549.1.5.13")
                ? info.getAlgParameters().toString() : info.getAlgName();
        Cipher cipher = Cipher.getInstance(name);
        cipher.init(Cipher.DECRYPT_MODE, SecretKeyFactory.getInstance(name).generateSecret(new PBEKeySpec(password.toCharArray())),
                info.getAlgParameters());
        return info.getKeySpec(cipher).getEncoded();
    }

    private static PrivateKey generate(byte[] pkcs8) throws GeneralSecurityException {
        GeneralSecurityException last = new GeneralSecurityException("no algorithm");
        for (String algorithm : ALGORITHMS) {
            try {
                return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(pkcs8));
            } catch (GeneralSecurityException e) {
                last = e;
            }
        }
        throw last;
    }

    /** A bare key of one algorithm in the envelope that names the algorithm. */
    private static byte[] wrapped(byte[] algorithm, byte[] key) {
        return der(SEQUENCE, joined(VERSION, algorithm, der(OCTETS, key)));
    }

    /** The name of the curve, which a bare key of elliptic curves has in its optional part. */
    private static byte[] curve(byte[] key) throws GeneralSecurityException {
        for (int i = 0; i + 3 < key.length; i++) {
            int length = key[i + 1];
            boolean named = (key[i] & 0xff) == CURVE && length > 2 && i + 2 + length <= key.length && key[i + 2] == 0x06
                    && key[i + 3] == length - 2;
            if (named) {
                return Arrays.copyOfRange(key, i + 2, i + 2 + length);
            }
        }
        throw new GeneralSecurityException("the curve is not named");
    }

    private static byte[] joined(byte[]... parts) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            all.writeBytes(part);
        }
        return all.toByteArray();
    }

    private static byte[] der(int tag, byte[] content) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        all.write(tag);
        if (content.length < 0x80) {
            all.write(content.length);
        } else {
            int bytes = content.length < 0x100 ? 1 : content.length < 0x10000 ? 2 : 3;
            all.write(0x80 | bytes);
            for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) {
                all.write(content.length >> shift);
            }
        }
        all.writeBytes(content);
        return all.toByteArray();
    }

    private static List<Block> blocks(Path file) throws TlsException {
        try {
            if (Files.size(file) > MOST_BYTES) {
                throw new TlsException(file + ": too large for certificates and keys");
            }
            Matcher matcher = BLOCK.matcher(Files.readString(file, StandardCharsets.ISO_8859_1));
            List<Block> blocks = new ArrayList<>();
            while (matcher.find()) {
                blocks.add(new Block(matcher.group(1), matcher.group(2)));
            }
            return blocks;
        } catch (NoSuchFileException e) {
            throw new TlsException(file + ": there is no such file", e);
        } catch (AccessDeniedException e) {
            throw new TlsException(file + ": the user " + System.getProperty("user.name") + " may not read it", e);
        } catch (IOException e) {
            throw new TlsException(file + ": cannot be read: " + e.getMessage(), e);
        }
    }
}
