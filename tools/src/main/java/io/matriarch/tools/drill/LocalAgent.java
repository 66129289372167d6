package io.matriarch.tools.drill;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;

/** One agent as a process of its own, with its PostgreSQL. Any thread. */
public final class LocalAgent {

    private static final Path SETSID = Path.of("/usr/bin/setsid");
    private static final int LOG_TAIL = 12;

    private final AgentSite site;
    private final List<String> command;
    private final Runnable permission;
    private final NodeSql sql;
    private final RestDoor rest;
    private Process process;
    private volatile boolean cut;
    private volatile boolean frozen;

    /**
     * @param command    the whole command line that starts it
     * @param permission throws when no process may be started any more
     */
    LocalAgent(AgentSite site, List<String> command, Runnable permission, NodeSql sql, RestDoor rest) {
        this.site = site;
        this.command = List.copyOf(command);
        this.permission = permission;
        this.sql = sql;
        this.rest = rest;
    }

    /** Where it lives. */
    public AgentSite site() {
        return site;
    }

    /** Its name in the cluster. */
    public String name() {
        return site.name();
    }

    /** Questions to its PostgreSQL. */
    public NodeSql sql() {
        return sql;
    }

    /** Its REST API. */
    public RestDoor rest() {
        return rest;
    }

    /** Starts the process and returns at once. */
    public synchronized void start() {
        permission.run();
        if (process != null && process.isAlive()) {
            throw new DrillException(name() + " runs already");
        }
        // A session of its own: an interrupt typed at the terminal is for the drill, which then stops its agents.
        List<String> whole = new ArrayList<>(Files.isExecutable(SETSID) ? List.of(SETSID.toString()) : List.of());
        whole.addAll(command);
        ProcessBuilder builder = new ProcessBuilder(whole).directory(site.dir().toFile()).redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(site.log().toFile()));
        Map<String, String> environment = builder.environment();
        environment.keySet().removeIf(LocalAgent::wouldConfigure);
        environment.put(ProcessTable.MARK, site.dir().toString());
        environment.put("HOME", site.dir().toString());
        try {
            process = builder.start();
            process.getOutputStream().close();
        } catch (IOException e) {
            throw new DrillException("cannot start " + name() + ": " + e.getMessage(), e);
        }
    }

    private static boolean wouldConfigure(String variable) {
        return variable.startsWith("PATRONI_") || variable.startsWith("PG")
                || variable.startsWith("MATRIARCH_") && !variable.equals("MATRIARCH_HOME");
    }

    /** Whether the process of the agent runs. */
    public synchronized boolean isAlive() {
        return process != null && process.isAlive();
    }

    /** Its process id; 0 when it never ran. */
    public synchronized long pid() {
        return process == null ? 0 : process.pid();
    }

    /** Asks the agent to stop itself and its PostgreSQL; returns at once. */
    public synchronized void terminate() {
        if (process != null) {
            process.destroy();
        }
    }

    /** @return whether the process ended in time */
    public boolean awaitExit(long millis) {
        Process current;
        synchronized (this) {
            current = process;
        }
        try {
            return current == null || current.waitFor(Math.max(0, millis), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new DrillException("interrupted", e);
        }
    }

    /** Kills the agent alone; PostgreSQL stays. */
    public void kill9() {
        ProcessTable.kill(pid());
        awaitExit(TimeUnit.SECONDS.toMillis(5));
    }

    /** Kills the postmaster alone. @throws DrillException when none runs */
    public void killPostmaster() {
        ProcessTable.kill(postmaster().orElseThrow(() -> new DrillException("no postmaster runs at " + name())));
    }

    /** Process id of its postmaster. */
    public OptionalLong postmaster() {
        return ProcessTable.postmaster(site.dataDir());
    }

    /** Kills the agent and every process of its PostgreSQL at once; none is left afterwards. */
    public void killNode() {
        ProcessTable.killAll(site.dir(), site.dataDir());
        awaitExit(TimeUnit.SECONDS.toMillis(5));
        sql.close();
    }

    /** Stops the agent, what it started and its PostgreSQL in their tracks, as a frozen machine does. */
    public void freeze() {
        // the postmaster before its children, which it would otherwise see stop; new ones may come until it stands
        ProcessTable.signal("STOP", ProcessTable.ofAgent(site.dir(), site.dataDir()));
        ProcessTable.signal("STOP", ProcessTable.ofAgent(site.dir(), site.dataDir()));
        frozen = true;
        sql.close();
    }

    /** Lets everything go on. */
    public void thaw() {
        ProcessTable.signal("CONT", ProcessTable.ofAgent(site.dir(), site.dataDir()));
        frozen = false;
    }

    /** Whether it was frozen and not resumed. */
    public boolean isFrozen() {
        return frozen;
    }

    /** Processes of this agent and its PostgreSQL that run now. */
    public List<Long> processes() {
        return ProcessTable.ofAgent(site.dir(), site.dataDir());
    }

    /** Whether nobody can reach it. */
    public boolean isCut() {
        return cut;
    }

    void cut(boolean now) {
        cut = now;
        if (now) {
            sql.close();
        }
    }

    /** The last lines it printed. */
    public String lastWords() {
        try {
            List<String> lines = new String(Files.readAllBytes(site.log()), StandardCharsets.UTF_8).lines().toList();
            return String.join("\n", lines.subList(Math.max(0, lines.size() - LOG_TAIL), lines.size()));
        } catch (IOException e) {
            return "(no log: " + e.getMessage() + ")";
        }
    }
}
