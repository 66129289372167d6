/*
 * matriarch-guard: the parent of a PostgreSQL server, which kills it when the proven time of the leader lock has ended.
 *
 *   matriarch-guard --run DIR --name PROGRAM... [--armed EPOCH INCARNATION DEADLINE] [--watchdog MODE DEVICE SECONDS]
 *                   (--adopt PID | -- PROGRAM ARGUMENT...)
 *
 * The working directory is the data directory. Orders are lines on the FIFO DIR/feed, answers are lines on DIR/reply:
 *   arm E I D     watch under epoch E for the agent incarnation I, until D      disarm E I   do not watch
 *   adopt E I D   as arm, but a guard that watches keeps its deadline           status       only answer
 *   feed E I D    a later deadline for the same E and I
 * D is milliseconds of /proc/uptime: absolute, and it goes on while the machine is suspended. An order of an older
 * incarnation means nothing. Answer: state armed|off|refused E I D GUARD-PID POSTMASTER-PID WATCHDOG.
 *
 * Past the deadline, and when the postmaster has ended, every process whose program is PROGRAM and whose working
 * directory is the data directory is killed, again until a scan finds none. Nothing here waits for a disk or for the
 * agent: only forked children write. A second process waits for the guard's own end and then kills in its place.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <dirent.h>
#include <fcntl.h>
#include <linux/watchdog.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

typedef long long ms_t;
enum { NAMES = 4, LOCK_PATIENCE = 10000, EXIT_USAGE = 2, EXIT_WATCHDOG = 3, EXIT_LOCKED = 4 };

static const char *run, *names[NAMES + 1], *wd_mode = "off", *wd_device, *wd_state = "none";
static int wd_seconds, wd = -1, lock = -1, feed = -1, reply = -1, timer = -1, alive[2] = {-1, -1};
static struct stat data;
static DIR *proc;
static pid_t postmaster, child, twin;
static int armed, fired, gone;
static ms_t epoch, incarnation, deadline, pinged, offset;

/* The clock of the deadlines. */
static ms_t clock_now(void) {
    struct timespec t;
    clock_gettime(CLOCK_BOOTTIME, &t);
    return (ms_t)t.tv_sec * 1000 + t.tv_nsec / 1000000 - offset;
}

/* Containers may show an uptime of their own. It is up to 10 ms behind when read, which counts against PostgreSQL. */
static void measure_offset(void) {
    ms_t now = clock_now();
    double uptime;
    FILE *f = fopen("/proc/uptime", "re");
    if (f && fscanf(f, "%lf", &uptime) == 1) {
        offset = now - (ms_t)(uptime * 1000 + 0.5) - 10;
        if (offset > -100 && offset < 100) offset = 0;
    }
    if (f) fclose(f);
}

static void die(int code, const char *what) {
    dprintf(2, "matriarch-guard: %s%s%s\n", what, errno ? ": " : "", errno ? strerror(errno) : "");
    exit(code);
}

/* Writes to the agent and to the log of the server from a child: either may be stuck. */
static void say(int log, const char *format, ...) {
    if (fork() != 0) return;
    char line[400];
    va_list arguments;
    va_start(arguments, format);
    int n = vsnprintf(line, sizeof line - 1, format, arguments);
    line[n++] = '\n';
    close(alive[1]);
    close(lock);
    if (reply >= 0 && write(reply, line, n) < 0 && errno != EAGAIN) log = 1;
    if (log) dprintf(2, "matriarch-guard: %.*s", n, line);
    _exit(0);
}

static void tell(const char *watch) {
    say(0, "state %s %lld %lld %lld %d %d %s", watch, epoch, incarnation, deadline, getpid(), postmaster, wd_state);
}

static int is_server(const char *pid) {
    char path[64], exe[4096];
    struct stat cwd;
    snprintf(path, sizeof path, "/proc/%s/exe", pid);
    ssize_t n = readlink(path, exe, sizeof exe - 1);
    if (n <= 0) return 0;
    exe[n] = 0;
    char *deleted = strstr(exe, " (deleted)"), *base = strrchr(exe, '/');
    if (deleted) *deleted = 0;
    const char **known = names;
    while (*known && strcmp(base ? base + 1 : exe, *known) != 0) known++;
    if (!*known) return 0;
    snprintf(path, sizeof path, "/proc/%s/cwd", pid);
    return stat(path, &cwd) == 0 && cwd.st_dev == data.st_dev && cwd.st_ino == data.st_ino;
}

/* The handle is taken before the last look, so that a reused id is never hit. */
static int kill_server(const char *pid) {
    if (!is_server(pid)) return 0;
    int handle = syscall(SYS_pidfd_open, atoi(pid), 0);
    if (!is_server(pid)) {
        if (handle >= 0) close(handle);
        return 0;
    }
    if (handle < 0) kill(atoi(pid), SIGKILL);
    else {
        syscall(SYS_pidfd_send_signal, handle, SIGKILL, NULL, 0);
        close(handle);
    }
    return 1;
}

/* Kills the postmaster first, from then on no process can come, then all others. Returns how many there were. */
static int kill_all(void) {
    char pid[16];
    int found = 0;
    snprintf(pid, sizeof pid, "%d", postmaster);
    if (child > 0) kill(child, SIGKILL);
    kill_server(pid);
    rewinddir(proc);
    for (struct dirent *e; (e = readdir(proc));)
        if (e->d_name[0] >= '0' && e->d_name[0] <= '9') found += kill_server(e->d_name);
    return found;
}

static void start_twin(void) {
    if (alive[0] < 0 && pipe2(alive, O_CLOEXEC) != 0) die(1, "pipe");
    twin = fork();
    if (twin != 0) return;
    char c;
    child = 0;
    close(alive[1]);
    close(feed);
    close(reply);
    if (wd >= 0) close(wd);
    while (read(alive[0], &c, 1) != 0) continue;
    while (kill_all()) usleep(1000);
    _exit(0);
}

static void wd_ping(void) {
    ms_t now = clock_now();
    if (wd >= 0 && now < deadline && now - pinged >= 1000 && write(wd, "1", 1) == 1) pinged = now;
}

static void wd_off(void) {
    if (wd >= 0 && write(wd, "V", 1) == 1) close(wd);
    wd = -1;
    pinged = 0;
    wd_state = "none";
}

/* False when a required watchdog cannot be had. */
static int wd_on(void) {
    if (wd >= 0 || strcmp(wd_mode, "off") == 0) return 1;
    int required = strcmp(wd_mode, "required") == 0, timeout = wd_seconds;
    wd = open(wd_device, O_WRONLY | O_CLOEXEC);
    int set = wd >= 0 && ioctl(wd, WDIOC_SETTIMEOUT, &timeout) == 0 && ioctl(wd, WDIOC_GETTIMEOUT, &timeout) == 0
            && timeout <= wd_seconds;
    if (required && !set) wd_off();
    wd_state = wd >= 0 ? "on" : "failed";
    return set || !required;
}

static void set_timer(void) {
    ms_t at = deadline + offset;
    struct itimerspec t = {{0, 0}, {0, 0}};
    if (armed && !fired) t.it_value = (struct timespec){at > 0 ? at / 1000 : 0, (at > 0 ? at % 1000 : 0) * 1000000 + 1};
    timerfd_settime(timer, TFD_TIMER_ABSTIME, &t, NULL);
}

static void arm(ms_t e, ms_t i, ms_t d, int keep) {
    int newer = i > incarnation || (i == incarnation && e > epoch);
    if (!newer && (!armed || e != epoch || i != incarnation)) return tell(armed ? "armed" : "off");
    if (!wd_on()) return say(1, "state refused %lld %lld %lld %d %d failed", e, i, d, getpid(), postmaster);
    if (newer && !(keep && armed)) {
        fired = 0;
        deadline = d;
    } else if (d > deadline && !fired && !keep) deadline = d;
    armed = 1;
    epoch = e;
    incarnation = i;
    set_timer();
    wd_ping();
    tell("armed");
}

static void order(const char *line) {
    ms_t e = 0, i = 0, d = 0;
    char verb[16] = "";
    int n = sscanf(line, "%15s %lld %lld %lld", verb, &e, &i, &d);
    if (n == 4 && strcmp(verb, "arm") == 0) arm(e, i, d, 0);
    else if (n == 4 && strcmp(verb, "adopt") == 0) arm(e, i, d, 1);
    else if (n == 4 && strcmp(verb, "feed") == 0) {
        if (!armed || fired || e != epoch || i != incarnation || d <= deadline) return;
        deadline = d;
        set_timer();
        wd_ping();
    } else if (n == 3 && strcmp(verb, "disarm") == 0) {
        if (i >= incarnation) {
            armed = fired = 0;
            epoch = e;
            incarnation = i;
            set_timer();
            wd_off();
        }
        tell(armed ? "armed" : "off");
    } else if (strcmp(verb, "status") == 0) tell(armed ? "armed" : "off");
}

static void read_feed(void) {
    static char text[8192];
    static size_t kept;
    ssize_t n;
    while ((n = read(feed, text + kept, sizeof text - 1 - kept)) > 0) {
        kept += n;
        text[kept] = 0;
        char *line = text, *end;
        for (; (end = strchr(line, '\n')); line = end + 1) {
            *end = 0;
            order(line);
        }
        kept = strlen(line);
        if (kept >= sizeof text - 1) kept = 0;
        memmove(text, line, kept);
    }
}

static void reap(void) {
    for (pid_t pid; (pid = waitpid(-1, NULL, WNOHANG)) > 0;) {
        if (pid == child) {
            child = 0;
            gone = 1;
        }
        if (pid == twin) start_twin();
    }
}

static void start_server(char **command, sigset_t *before) {
    pid_t me = getpid();
    postmaster = child = fork();
    if (child < 0) die(1, "fork");
    if (child > 0) return;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != me) _exit(1);
    setsid();
    sigprocmask(SIG_SETMASK, before, NULL);
    execvp(command[0], command);
    die(127, command[0]);
}

static void take_lock(void) {
    char path[4096];
    snprintf(path, sizeof path, "%s/lock", run);
    mkdir(run, 0700);
    int waited = 0;
    lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (lock < 0) die(1, path);
    for (; flock(lock, LOCK_EX | LOCK_NB) != 0; waited += 2) {
        if (waited >= LOCK_PATIENCE) die(EXIT_LOCKED, "another guard watches this data directory");
        usleep(2000);
    }
}

static int open_fifo(const char *which, int flags) {
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", run, which);
    if (mkfifo(path, 0600) != 0 && errno != EEXIST) die(1, path);
    int fd = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC | flags);
    if (fd < 0) fd = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC); /* the other flag is for the owner alone */
    if (fd < 0) die(1, path);
    return fd;
}

static void watch(int signals, int adopted) {
    ms_t since = 0;
    for (int total = 0;;) {
        if (armed && !fired && clock_now() >= deadline) {
            fired = 1;
            since = deadline;
            total = 0;
        }
        int left = fired || gone ? kill_all() : 0;
        if (left > total) total = left;
        if (fired && since && !left) {
            say(1, "killed %lld %lld %d processes, none left %lld ms after the deadline", epoch, incarnation, total,
                    clock_now() - since);
            since = 0;
        }
        if (gone && !left) return;
        struct pollfd fds[4] = {{signals, POLLIN, 0}, {feed, POLLIN, 0}, {fired ? -1 : timer, POLLIN, 0}, {adopted, POLLIN, 0}};
        poll(fds, 4, left ? 1 : fired ? 20 : -1);
        struct signalfd_siginfo got;
        while (read(signals, &got, sizeof got) > 0) continue;
        if (fds[3].revents) {
            gone = 1;
            close(adopted);
            adopted = -1;
        }
        reap();
        read_feed();
    }
}

int main(int argc, char **argv) {
    char **command = NULL;
    int named = 0;
    for (int i = 1; i < argc && !command; i++) {
        if (strcmp(argv[i], "--version") == 0) return puts("matriarch-guard 1 binary") < 0;
        else if (strcmp(argv[i], "--run") == 0 && i + 1 < argc) run = argv[++i];
        else if (strcmp(argv[i], "--name") == 0 && i + 1 < argc && named < NAMES) names[named++] = argv[++i];
        else if (strcmp(argv[i], "--adopt") == 0 && i + 1 < argc) postmaster = atoi(argv[++i]);
        else if (strcmp(argv[i], "--armed") == 0 && i + 3 < argc) {
            armed = 1;
            epoch = atoll(argv[++i]);
            incarnation = atoll(argv[++i]);
            deadline = atoll(argv[++i]);
        } else if (strcmp(argv[i], "--watchdog") == 0 && i + 3 < argc) {
            wd_mode = argv[++i];
            wd_device = argv[++i];
            wd_seconds = atoi(argv[++i]);
        } else if (strcmp(argv[i], "--") == 0 && i + 1 < argc) command = argv + i + 1;
        else break;
    }
    errno = 0;
    if (!run || !named || !command == !postmaster) die(EXIT_USAGE, "usage: see the head of matriarch-guard.c");
    setsid();
    proc = opendir("/proc");
    if (!proc || stat(".", &data) != 0) die(1, "/proc or the working directory");
    take_lock();
    sigset_t mask, before;
    sigemptyset(&mask);
    int blocked[] = {SIGCHLD, SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGPIPE, SIGALRM};
    for (size_t i = 0; i < sizeof blocked / sizeof *blocked; i++) sigaddset(&mask, blocked[i]);
    sigprocmask(SIG_BLOCK, &mask, &before);
    int signals = signalfd(-1, &mask, SFD_NONBLOCK | SFD_CLOEXEC);
    timer = timerfd_create(CLOCK_BOOTTIME, TFD_NONBLOCK | TFD_CLOEXEC);
    feed = open_fifo("feed", O_NOATIME);
    reply = open_fifo("reply", 0);
    if (signals < 0 || timer < 0) die(1, "signalfd, timerfd");
    measure_offset();
    mlockall(MCL_CURRENT);
    if (armed && !wd_on()) die(EXIT_WATCHDOG, "the required watchdog device cannot be used");
    set_timer();
    wd_ping();
    int adopted = -1;
    if (!command) {
        char pid[16];
        snprintf(pid, sizeof pid, "%d", postmaster);
        adopted = syscall(SYS_pidfd_open, postmaster, 0);
        if (adopted < 0 || !is_server(pid)) die(1, "there is no such server to adopt");
    }
    start_twin();
    if (command) start_server(command, &before);
    tell(armed ? "armed" : "off");
    watch(signals, adopted);
    wd_off();
    if (twin > 0 && kill(twin, SIGKILL) == 0) waitpid(twin, NULL, 0);
    say(0, "ended %lld %lld", epoch, incarnation);
    return 0;
}
