package io.matriarch.tools.bench;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Locale;

/** HTTP/1.1 to the JSON gateway over one socket that is kept open, with as little work in the client as can be. */
final class JsonConnection implements StoreConnection {

    private final Socket socket = new Socket();
    private final InputStream in;
    private final OutputStream out;

    JsonConnection(int port, int timeoutMillis) throws IOException {
        try {
            socket.setTcpNoDelay(true);
            socket.setSoTimeout(timeoutMillis);
            socket.connect(new InetSocketAddress("127.0.0.1", port), timeoutMillis);
            in = new BufferedInputStream(socket.getInputStream());
            out = socket.getOutputStream();
        } catch (IOException e) {
            socket.close();
            throw e;
        }
    }

    @Override
    public void put(byte[] key, byte[] value) throws IOException {
        post("/v3/kv/put", "{\"key\":\"" + base64(key) + "\",\"value\":\"" + base64(value) + "\"}");
    }

    @Override
    public void read(byte[] key) throws IOException {
        post("/v3/kv/range", "{\"key\":\"" + base64(key) + "\"}");
    }

    private static String base64(byte[] bytes) {
        return Base64.getEncoder().encodeToString(bytes);
    }

    /** Sends any request; the answer as it came. @throws IOException also when it is not 200 */
    String post(String path, String body) throws IOException {
        out.write(("POST " + path + " HTTP/1.1\r\nHost: store\r\nContent-Type: application/json\r\nContent-Length: " + body.length()
                + "\r\n\r\n" + body).getBytes(StandardCharsets.ISO_8859_1));
        String status = line();
        int length = 0;
        boolean chunked = false;
        for (String header = line(); !header.isEmpty(); header = line()) {
            String lower = header.toLowerCase(Locale.ROOT);
            if (lower.startsWith("content-length:")) {
                length = Integer.parseInt(lower.substring(15).strip());
            }
            chunked |= lower.startsWith("transfer-encoding:") && lower.contains("chunked");
        }
        String text = chunked ? chunks() : new String(in.readNBytes(length), StandardCharsets.UTF_8);
        if (!status.contains(" 200 ")) {
            throw new IOException(status + ": " + text.strip());
        }
        return text;
    }

    private String chunks() throws IOException {
        StringBuilder text = new StringBuilder();
        int size = Integer.parseInt(line(), 16);
        while (size > 0) {
            text.append(new String(in.readNBytes(size), StandardCharsets.UTF_8));
            line();
            size = Integer.parseInt(line(), 16);
        }
        line();
        return text.toString();
    }

    private String line() throws IOException {
        StringBuilder line = new StringBuilder();
        int c = in.read();
        while (c != '\n') {
            if (c < 0) {
                throw new IOException("the connection was closed");
            }
            if (c != '\r') {
                line.append((char) c);
            }
            c = in.read();
        }
        return line.toString();
    }

    @Override
    public void close() {
        try {
            socket.close();
        } catch (IOException e) {
            throw new BenchException("cannot close a socket: " + e.getMessage(), e);
        }
    }
}
