package io.matriarch.etcdapi;

import io.matriarch.store.Bytes;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Base64;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;

/** What is stored of a password: a salted, deliberately slow hash. Slow: not for the threads of connections. */
final class Passwords {

    private static final String KIND = "pbkdf2-sha256";
    private static final String ALGORITHM = "PBKDF2WithHmacSHA256";
    private static final int ROUNDS = 60_000;
    private static final int MOST_ROUNDS = 10_000_000;
    private static final int SALT_BYTES = 16;
    private static final int HASH_BITS = 256;

    private final SecureRandom chance;

    Passwords(SecureRandom chance) {
        this.chance = chance;
    }

    Bytes hashed(String password) {
        byte[] salt = new byte[SALT_BYTES];
        chance.nextBytes(salt);
        Base64.Encoder base64 = Base64.getEncoder();
        return Bytes.of(KIND + "$" + ROUNDS + "$" + base64.encodeToString(salt) + "$"
                + base64.encodeToString(hash(password, salt, ROUNDS)));
    }

    boolean matches(String password, Bytes stored) {
        String[] parts = stored.utf8().split("\\$");
        if (parts.length != 4 || !parts[0].equals(KIND)) {
            return false;
        }
        int rounds = Math.min(Integer.parseInt(parts[1]), MOST_ROUNDS);
        return MessageDigest.isEqual(hash(password, Base64.getDecoder().decode(parts[2]), rounds),
                Base64.getDecoder().decode(parts[3]));
    }

    private static byte[] hash(String password, byte[] salt, int rounds) {
        try {
            return SecretKeyFactory.getInstance(ALGORITHM)
                    .generateSecret(new PBEKeySpec(password.toCharArray(), salt, rounds, HASH_BITS)).getEncoded();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java has " + ALGORITHM, e);
        }
    }
}
