#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# What all measurements share; sourced by scripts/bench, which sets BIN, OUT, WORK and the sizes.

note() {
    echo "bench: $*" >&2
}

die() {
    echo "bench: $*" >&2
    exit 1
}

# One row of the table: what was measured, what came out, what is aimed at.
row() {
    printf '| %s | %s | %s |\n' "$1" "$2" "$3" >>"$OUT/rows"
    note "$1: $2"
}

# ---- numbers

# Numbers on stdin -> "n q1 median q3 p99". Quartiles by linear interpolation, p99 by rank.
summary() {
    LC_ALL=C sort -g | awk '
        { value[NR] = $1 }
        function quantile(q,  at, low) {
            at = 1 + (NR - 1) * q; low = int(at)
            return low >= NR ? value[NR] : value[low] + (at - low) * (value[low + 1] - value[low])
        }
        END {
            if (NR == 0) { print "0 0 0 0 0"; exit }
            rank = int(NR * 0.99); if (rank < NR * 0.99) rank++
            printf "%d %.9g %.9g %.9g %.9g\n", NR, quantile(0.25), quantile(0.5), quantile(0.75), value[rank]
        }'
}

# Column NAME of a CSV file with a header; further arguments NAME=VALUE choose rows.
column() { # FILE NAME [NAME=VALUE...]
    local file="$1" name="$2"
    shift 2
    awk -F, -v name="$name" -v wanted="$*" '
        NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; n = split(wanted, pair, " "); next }
        {
            for (i = 1; i <= n; i++) { split(pair[i], w, "="); if ($at[w[1]] != w[2]) next }
            print $at[name]
        }' "$file"
}

# The value behind NAME in a file of "name value" lines; 0 where there is none.
value_of() { # FILE NAME
    awk -v name="$2" '$1 == name { found = $2 } END { print found == "" ? 0 : found }' "$1"
}

calculate() { # awk expression, e.g. "3 / 4"
    awk "BEGIN { printf \"%.6g\", $1 }"
}

milliseconds() { # SECONDS
    awk -v s="$1" 'BEGIN { printf "%.2f ms", s * 1000 }'
}

# ---- processes, each ended by its own id

# Waits until FILE has a line that matches REGEX; PID has to live that long.
await_line() { # FILE REGEX PID SECONDS
    local end=$((SECONDS + $4))
    until grep -qE "$2" "$1" 2>/dev/null; do
        kill -0 "$3" 2>/dev/null || return 1
        ((SECONDS < end)) || return 1
        sleep 0.05
    done
}

end_process() { # PID
    [[ -n "$1" ]] || return 0
    kill -TERM "$1" 2>/dev/null || true
    wait "$1" 2>/dev/null || true
}

free_port() { # below the kernel's own choices, so that no client takes it meanwhile
    local port
    for ((;;)); do
        port=$((20000 + RANDOM % 10000))
        ss -Htln "sport = :$port" | grep -q . || break
    done
    echo "$port"
}

AGENT=
SOCKET=

start_agent() { # SLOTSCOPED OPTIONS
    SOCKET="$WORK/slotscope.sock"
    "$BIN/slotscoped" --foreground --socket "$SOCKET" --metrics off --state "$WORK/state" "$@" >"$WORK/agent.log" 2>&1 &
    AGENT=$!
    await_line "$WORK/agent.log" '^ready' "$AGENT" 60 || die "the agent did not start: $(cat "$WORK/agent.log")"
}

stop_agent() {
    [[ -n "$AGENT" ]] || return 0
    kill -0 "$AGENT" 2>/dev/null || note "the agent has ended by itself: $OUT/agent.log"
    end_process "$AGENT"
    cat "$WORK/agent.log" >>"$OUT/agent.log"
    AGENT=
}

HOLD=

start_crowd() { # CONNECTIONS LISTENERS [OPTION...]; at CROWD_PORT, else a free one
    "$BIN/slotscope_hold" --connections "$1" --listeners "$2" --port "${CROWD_PORT:-$(free_port)}" "${@:3}" >"$WORK/hold.log" 2>&1 &
    HOLD=$!
    await_line "$WORK/hold.log" '^holding' "$HOLD" 300 || die "cannot hold $1 connections: $(cat "$WORK/hold.log")"
}

stop_crowd() {
    end_process "$HOLD"
    HOLD=
}

NGINX=
NGINX_PORT=

start_nginx() {
    NGINX_PORT="$(free_port)"
    mkdir -p "$WORK/nginx"
    cat >"$WORK/nginx.conf" <<-CONF
	daemon off;
	pid $WORK/nginx.pid;
	error_log $WORK/nginx.log;
	worker_processes auto;
	worker_rlimit_nofile 4096;
	events { worker_connections 2048; }
	http {
	    access_log off;
	    client_body_temp_path $WORK/nginx; proxy_temp_path $WORK/nginx; fastcgi_temp_path $WORK/nginx;
	    uwsgi_temp_path $WORK/nginx; scgi_temp_path $WORK/nginx;
	    keepalive_requests 1000000000;
	    server { listen 127.0.0.1:$NGINX_PORT backlog=4096; location / { return 200 "ok\n"; } }
	}
	CONF
    nginx -c "$WORK/nginx.conf" -p "$WORK" 2>"$WORK/nginx.start" &
    NGINX=$!
    local end=$((SECONDS + 20))
    until ss -Htln "sport = :$NGINX_PORT" | grep -q .; do
        if ! kill -0 "$NGINX" 2>/dev/null || ((SECONDS >= end)); then
            die "nginx did not start: $(cat "$WORK/nginx.start")"
        fi
        sleep 0.05
    done
}

stop_nginx() {
    end_process "$NGINX"
    NGINX=
}

# CPU seconds (user and system) that processes have used.
cpu_seconds() { # PID...
    local pid files=()
    for pid in "$@"; do
        [[ ! -r /proc/$pid/stat ]] || files+=("/proc/$pid/stat")
    done
    ((${#files[@]} > 0)) || { echo 0; return; }
    sed 's/^.*) //' "${files[@]}" | awk -v hz="$(getconf CLK_TCK)" '{ ticks += $12 + $13 } END { printf "%.3f", ticks / hz }'
}
