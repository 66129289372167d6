package io.matriarch.tools;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The operator's text editor. */
final class Editor {

    private final Map<String, String> environment;

    Editor(Map<String, String> environment) {
        this.environment = Map.copyOf(environment);
    }

    /**
     * Lets the operator edit a text.
     *
     * @throws CtlError when there is no editor or it failed
     */
    String edit(String text) {
        String program = Optional.ofNullable(environment.get("EDITOR")).filter(e -> !e.isBlank())
                .or(() -> List.of("editor", "vi").stream().filter(this::isInstalled).findFirst())
                .orElseThrow(() -> new CtlError(
                        "EDITOR environment variable is not set. editor or vi are not available"));
        try {
            Path file = Files.createTempFile("config", ".yaml");
            try {
                Files.writeString(file, text);
                // By a shell, since the variable may hold options of the editor; the file name is passed apart.
                int code = new ProcessBuilder("/bin/sh", "-c", program + " \"$1\"", "sh", file.toString())
                        .inheritIO().start().waitFor();
                if (code != 0) {
                    throw new CtlError("Editor exited with return code " + code);
                }
                return Files.readString(file);
            } finally {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            throw new CtlError("cannot edit: " + e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AbortedError();
        }
    }

    private boolean isInstalled(String program) {
        return List.of(environment.getOrDefault("PATH", "").split(File.pathSeparator)).stream()
                .anyMatch(dir -> Files.isExecutable(Path.of(dir, program)));
    }
}
