package io.matriarch.etcdapi;

import io.matriarch.store.AuthState;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Base64;
import java.util.Optional;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Tokens of users who proved their password once: name, the revision of users and roles, and an end, signed with the
 * key that all members have in the replicated state. So each of them knows the tokens of the others, also after a
 * restart.
 */
final class Tokens {

    static final Status INVALID = new Status(Code.UNAUTHENTICATED, "etcdserver: invalid auth token");
    private static final Duration LIFE = Duration.ofHours(1);
    private static final String ALGORITHM = "HmacSHA256";

    private final InstantSource clock;

    Tokens(InstantSource clock) {
        this.clock = clock;
    }

    String issue(AuthState auth, String user) {
        String content = auth.revision() + " " + clock.instant().plus(LIFE).getEpochSecond() + " " + user;
        return encoded(content.getBytes(StandardCharsets.UTF_8)) + "." + encoded(sign(auth, content));
    }

    /** @throws CallRefused when the token is not one of ours, or over */
    Identity read(AuthState auth, String token) {
        String bare = token.startsWith("Bearer ") ? token.substring("Bearer ".length()) : token;
        String[] parts = bare.split("\\.", 2);
        Optional<byte[]> content = decoded(parts[0]);
        Optional<byte[]> signature = decoded(parts.length > 1 ? parts[1] : "");
        if (auth.tokenKey().size() == 0 || content.isEmpty() || signature.isEmpty()) {
            throw new CallRefused(INVALID);
        }
        String text = new String(content.get(), StandardCharsets.UTF_8);
        String[] words = text.split(" ", 3);
        boolean genuine = MessageDigest.isEqual(sign(auth, text), signature.get());
        if (!genuine || words.length < 3 || Long.parseLong(words[1]) < clock.instant().getEpochSecond()) {
            throw new CallRefused(INVALID);
        }
        return new Identity(words[2], Long.parseLong(words[0]));
    }

    private static String encoded(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    private static Optional<byte[]> decoded(String text) {
        try {
            return Optional.of(Base64.getUrlDecoder().decode(text));
        } catch (IllegalArgumentException e) {
            // somebody else's token
            return Optional.empty();
        }
    }

    private static byte[] sign(AuthState auth, String content) {
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(new SecretKeySpec(auth.tokenKey().toArray(), ALGORITHM));
            return mac.doFinal(content.getBytes(StandardCharsets.UTF_8));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java has " + ALGORITHM, e);
        }
    }
}
