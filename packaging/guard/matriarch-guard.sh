#!/bin/bash
# The guard for machines where the binary does not run: same command line, same orders, same answers; the head of
# matriarch-guard.c says what they mean. Needs bash 4.4, flock, mkfifo, setsid. It looks at the clock every 20 ms while it
# watches, since one long sleep would be wrong after a freeze, and starts no program while it does. It cannot set the
# timeout of a watchdog device: mode "required" is refused.
set -u
LC_ALL=C
names=() armed=0 fired=0 gone=0 epoch=0 incarnation=0 deadline=0 watchdog=off device= postmaster=0 wd= wd_state=none pinged=0
run= adopt=

die() {
    echo "matriarch-guard: $2" >&2
    exit "$1"
}

while [ $# -gt 0 ]; do
    case $1 in
        --version)
            for program in flock mkfifo setsid; do
                command -v $program >/dev/null || die 1 "needs the program $program"
            done
            echo "matriarch-guard 1 shell"
            exit 0
            ;;
        --run) run=$2; shift 2 ;;
        --name) names+=("$2"); shift 2 ;;
        --armed) armed=1 epoch=$2 incarnation=$3 deadline=$4; shift 4 ;;
        --watchdog) watchdog=$2 device=$3; shift 4 ;;
        --adopt) adopt=$2; shift 2 ;;
        --) shift; break ;;
        *) die 2 "usage: see the head of matriarch-guard.c" ;;
    esac
done
[ -n "$run" ] && [ ${#names[@]} -gt 0 ] && { [ -n "$adopt" ] || [ $# -gt 0 ]; } || die 2 "usage: see the head of matriarch-guard.c"
if [ "${MATRIARCH_GUARD_SESSION:-}" != own ]; then
    again=(--run "$run") # a session of its own; setsid does not fork here, the shell is no leader of a group
    for name in "${names[@]}"; do again+=(--name "$name"); done
    if [ $armed = 1 ]; then again+=(--armed "$epoch" "$incarnation" "$deadline"); fi
    again+=(--watchdog "$watchdog" "$device" 0)
    if [ -n "$adopt" ]; then again+=(--adopt "$adopt"); else again+=(-- "$@"); fi
    MATRIARCH_GUARD_SESSION=own exec setsid "$BASH" "$0" "${again[@]}"
fi
unset MATRIARCH_GUARD_SESSION
names=("${names[@]::4}")

now() { # milliseconds of the uptime, in $time
    local up
    read -r up _ </proc/uptime
    up=${up/./}0
    time=$((10#$up))
}

say() { # from a child: whoever reads may be stuck
    (exec 6>&- 9>&-; printf '%s\n' "$*" >&8) &
}

tell() { say "state $1 $epoch $incarnation $deadline $$ $postmaster $wd_state"; }

is_server() { # whether /proc/$1 is a server of this directory
    local comm name
    [ "/proc/$1/cwd" -ef . ] || return 1
    { read -r comm </proc/"$1"/comm; } 2>/dev/null || return 1
    for name in "${names[@]}"; do
        if [ "$comm" = "${name::15}" ]; then return 0; fi
    done
    return 1
}

kill_all() { # the number found is in $left; the postmaster is stopped first, from then on no process can come
    local pid children=
    left=0
    if is_server "$postmaster"; then
        kill -STOP "$postmaster"
        { read -r children </proc/"$postmaster"/task/"$postmaster"/children; } 2>/dev/null
        # all at once, since to look at each takes too long: a stopped parent reaps nobody, so these ids are still its children's
        kill -KILL $children "$postmaster"
    fi 2>/dev/null
    for pid in /proc/[0-9]*; do
        pid=${pid#/proc/}
        if is_server "$pid"; then
            left=$((left + 1))
            kill -KILL "$pid" 2>/dev/null
        fi
    done
}

twin() { # outlives a killed guard and kills in its place
    trap '' TERM INT HUP
    exec 7>&- 8>&-
    while read -r _; do :; done
    exec 5<> <(:)
    kill_all
    while [ $left -gt 0 ]; do
        read -r -t 0.002 -u 5
        kill_all
    done
}

wd_ping() {
    if [ -n "$wd" ]; then
        now
        if [ "$time" -lt "$deadline" ] && [ $((time - pinged)) -ge 1000 ]; then
            printf 1 >&"$wd"
            pinged=$time
        fi
    fi
}

wd_off() {
    if [ -n "$wd" ]; then
        printf V >&"$wd"
        exec {wd}>&-
    fi
    wd= pinged=0 wd_state=none
}

wd_on() {
    case $watchdog in
        off) return 0 ;;
        required) wd_state=failed; return 1 ;;
    esac
    if [ -z "$wd" ]; then
        if [ -w "$device" ] && exec {wd}<>"$device"; then wd_state=on; else wd= wd_state=failed; fi
    fi
    return 0
}

arm() { # epoch incarnation deadline keep
    local newer=0
    if [ "$2" -gt "$incarnation" ] || { [ "$2" = "$incarnation" ] && [ "$1" -gt "$epoch" ]; }; then newer=1; fi
    if [ $newer = 0 ] && { [ $armed = 0 ] || [ "$1" != "$epoch" ] || [ "$2" != "$incarnation" ]; }; then
        if [ $armed = 1 ]; then tell armed; else tell off; fi
        return
    fi
    if ! wd_on; then
        say "state refused $1 $2 $3 $$ $postmaster failed"
        return
    fi
    if [ $newer = 1 ] && ! { [ "$4" = 1 ] && [ $armed = 1 ]; }; then
        fired=0 deadline=$3
    elif [ "$3" -gt "$deadline" ] && [ $fired = 0 ] && [ "$4" = 0 ]; then
        deadline=$3
    fi
    armed=1 epoch=$1 incarnation=$2
    wd_ping
    tell armed
}

order() { # verb epoch incarnation deadline anything-else
    local verb=${1:-} e=${2:-} i=${3:-} d=${4:-} more=${5:-}
    case $verb in arm | adopt | feed) [[ $e$i$d =~ ^[0-9]+$ && -n $e && -n $i && -n $d && -z $more ]] || return ;; esac
    case $verb in
        arm) arm "$e" "$i" "$d" 0 ;;
        adopt) arm "$e" "$i" "$d" 1 ;;
        feed)
            if [ $armed = 1 ] && [ $fired = 0 ] && [ "$e" = "$epoch" ] && [ "$i" = "$incarnation" ] && [ "$d" -gt "$deadline" ]; then
                deadline=$d
                wd_ping
            fi
            ;;
        disarm)
            [[ $e$i =~ ^[0-9]+$ && -n $e && -n $i && -z $d ]] || return
            if [ "$i" -ge "$incarnation" ]; then
                armed=0 fired=0 epoch=$e incarnation=$i
                wd_off
            fi
            if [ $armed = 1 ]; then tell armed; else tell off; fi
            ;;
        status) if [ $armed = 1 ]; then tell armed; else tell off; fi ;;
    esac
}

[ -d "$run" ] || mkdir -m 700 "$run" || die 1 "cannot make $run"
exec 9>>"$run/lock"
flock -w 10 9 || die 4 "another guard watches this data directory"
for fifo in feed reply; do
    [ -p "$run/$fifo" ] || mkfifo -m 600 "$run/$fifo" || die 1 "cannot make $run/$fifo"
done
exec 7<>"$run/feed" 8<>"$run/reply"
trap '' TERM INT HUP QUIT USR1 USR2 PIPE ALRM
trap 'printf "child\n" >&7' CHLD
if [ $armed = 1 ]; then wd_on || die 3 "the required watchdog device cannot be used: the shell guard cannot set its timeout"; fi
if [ -n "$adopt" ]; then
    postmaster=$adopt
    is_server "$postmaster" || die 1 "there is no such server to adopt"
fi
exec 6> >(twin)
twin=$!
if [ -z "$adopt" ]; then
    # Where there is no setpriv the twin is enough: it kills what outlives the guard.
    death=()
    if setpriv --pdeathsig KILL true 2>/dev/null; then death=(setpriv --pdeathsig KILL --); fi
    (
        trap - TERM INT HUP QUIT USR1 USR2 PIPE ALRM CHLD
        exec 6>&- 7>&- 8>&- 9>&-
        if [ -n "$wd" ]; then exec {wd}>&-; fi
        exec setsid "${death[@]}" "$@"
    ) &
    postmaster=$!
    disown
fi
wd_ping
if [ $armed = 1 ]; then tell armed; else tell off; fi

since=0 total=0 part=
while :; do
    if [ $armed = 1 ] && [ $fired = 0 ]; then
        now
        if [ "$time" -ge "$deadline" ]; then fired=1 since=$deadline total=0; fi
    fi
    if [ $gone = 0 ]; then
        if [ -n "$adopt" ]; then is_server "$postmaster" || gone=1; else kill -0 "$postmaster" 2>/dev/null || gone=1; fi
    fi
    left=0
    if [ $((fired + gone)) -gt 0 ]; then
        kill_all
        if [ $gone = 0 ] && [ -z "$adopt" ]; then kill -KILL "$postmaster" 2>/dev/null; fi
        if [ $left -gt $total ]; then total=$left; fi
        if [ $fired = 1 ] && [ $since -gt 0 ] && [ $left = 0 ]; then
            now
            news="killed $epoch $incarnation $total processes, none left $((time - since)) ms after the deadline"
            say "$news"
            (echo "matriarch-guard: $news" >&2) &
            since=0
        fi
        if [ $gone = 1 ] && [ $left = 0 ]; then break; fi
    fi
    if [ $left -gt 0 ]; then wait=0.001; elif [ $armed = 1 ]; then wait=0.02; elif [ -n "$adopt" ]; then wait=1; else wait=; fi
    line=
    if read -r ${wait:+-t $wait} -u 7 line; then
        # shellcheck disable=SC2086  # the words of the line
        order $part$line
        part=
    else
        if [ ${#part} -gt 4096 ]; then part=; fi
        part=$part$line # the time ran out, or a signal came, in the middle of a line
    fi
done
wd_off
trap '' CHLD
kill -KILL "$twin" 2>/dev/null
say "ended $epoch $incarnation"
exit 0
