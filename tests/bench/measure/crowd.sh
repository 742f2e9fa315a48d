#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# What many open connections cost: reading their holders, telling of a limit, and doing nothing at all. Both ends of each
# connection are on this host and tracked, so N connections are 2 N records. Sourced by scripts/bench.

LIMIT_SLOTS=100
LIMIT_PORT=

measure_holders() {
    local csv="$OUT/holders.csv" n walk answer round held
    "$BIN/slotscope_read_holders" --socket "$SOCKET" --rounds 20 >"$csv"
    echo "round,lines,seconds" >"$OUT/ss.csv"
    for round in 1 2 3 4 5; do
        { TIMEFORMAT='%R' && time ss -tan | wc -l >"$WORK/ss"; } 2>"$WORK/seconds"
        echo "$round,$(<"$WORK/ss"),$(<"$WORK/seconds")" >>"$OUT/ss.csv"
    done
    held="$(column "$csv" holders | tail -n 1)"
    read -r n _ walk _ _ <<<"$(column "$csv" walk_seconds | summary)"
    read -r _ _ answer _ _ <<<"$(column "$csv" answer_seconds | summary)"
    row "Reading the holders of $CROWD connections ($held held slots)" \
        "**$(milliseconds "$walk")**, $(milliseconds "$answer") from request to answer (medians of $n)" "≤ 20 ms"
    read -r n _ walk _ _ <<<"$(column "$OUT/ss.csv" seconds | summary)"
    row "\`ss -tan\` beside it ($(column "$OUT/ss.csv" lines | tail -n 1) lines)" "$(milliseconds "$walk") (median of $n)" "-"
}

measure_limit() { # NAME TITLE AIM
    local csv="$OUT/limit-$1.csv" n q1 median q3 p99
    "$BIN/slotscope_limit_latency" --socket "$SOCKET" --port "$LIMIT_PORT" --open "$LIMIT_SLOTS" --rounds "$LIMIT_ROUNDS" >"$csv"
    read -r n q1 median q3 p99 <<<"$(column "$csv" seconds | summary)"
    row "Limit reached → event at a subscriber, $2" \
        "**$(milliseconds "$median")** (middle half $(milliseconds "$q1") – $(milliseconds "$q3"), p99 $(milliseconds "$p99"), $n times)" "$3"
}

# Nanoseconds that the threads of the agent have run.
agent_nanoseconds() {
    cat "/proc/$AGENT/task/"*/schedstat | awk '{ sum += $1 } END { printf "%.0f", sum }'
}

memory_of_agent() { # FIELD of /proc/PID/status, in MiB
    awk -v field="$1:" '$1 == field { printf "%.1f", $2 / 1024 }' "/proc/$AGENT/status"
}

measure_idle() {
    local before after kernel
    note "the agent at rest for $IDLE_SECONDS s"
    sleep 2
    before="$(agent_nanoseconds)"
    sleep "$IDLE_SECONDS"
    after="$(agent_nanoseconds)"
    kernel="$("$BIN/slotscope" --socket "$SOCKET" --output json status | grep -oE '"kernel_memory_bytes": ?[0-9]+' | grep -oE '[0-9]+$')"
    grep -E '^(Vm|Rss)' "/proc/$AGENT/status" >"$OUT/memory.txt"
    row "CPU of the agent, $CROWD open connections, $BACKENDS backends" \
        "**$(awk -v n="$(calculate "$after - $before")" -v s="$IDLE_SECONDS" 'BEGIN { printf "%.2f %%", n / s / 1e7 }') of a core** over $IDLE_SECONDS s" "≤ 1 %"
    row "Memory of the agent, likewise" \
        "**$(memory_of_agent VmRSS) MiB** resident (its own $(memory_of_agent RssAnon), files and mapped tables $(memory_of_agent RssFile), shared $(memory_of_agent RssShmem)); $(awk -v b="${kernel:-0}" 'BEGIN { printf "%.1f", b / 1048576 }') MiB of tables in the kernel" "≤ 48 MiB"
}

measure_crowd() {
    LIMIT_PORT="$(free_port)"
    start_agent --limit "bench=127.0.0.1:$LIMIT_PORT:$LIMIT_SLOTS/outbound"
    note "limit reached → event"
    measure_limit few "$LIMIT_SLOTS open connections" "≤ 2 ms"
    stop_agent
    # Another agent: what the first one has touched does not count.
    start_agent --limit "bench=127.0.0.1:$LIMIT_PORT:$LIMIT_SLOTS/outbound"
    note "opening $CROWD connections to $BACKENDS backends"
    start_crowd "$CROWD" "$BACKENDS"
    measure_idle
    measure_holders
    measure_limit many "$CROWD open connections" "-"
    "$BIN/slotscope" --socket "$SOCKET" --output json status >"$OUT/crowd-status.json"
    stop_crowd
    stop_agent
}
