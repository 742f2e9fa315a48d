#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# What the agent costs beside many backends that stand idle, and during an episode with many holders. Sourced by
# scripts/bench.

cpu_over() { # SECONDS: share of a core in percent
    local before after
    before="$(agent_nanoseconds)"
    sleep "$1"
    after="$(agent_nanoseconds)"
    awk -v n="$(calculate "$after - $before")" -v s="$1" 'BEGIN { printf "%.2f %%", n / s / 1e7 }'
}

measure_rest() {
    note "the agent beside $BACKENDS backends, with nothing going on, for $IDLE_SECONDS s"
    start_crowd "$BACKENDS" "$(((BACKENDS + 1) / 2))" # both ends of a connection are a backend each
    start_agent --no-discovery
    sleep 5
    row "CPU of the agent, $BACKENDS backends that stand idle" "**$(cpu_over "$IDLE_SECONDS") of a core** over $IDLE_SECONDS s" "≤ 0.5 %"
    stop_agent
    stop_crowd
}

measure_episode() {
    local port half="$((HOLDERS / 2))" # a listener's connections are one process's, which may have too few files
    port="$(free_port)"
    note "two episodes with $HOLDERS holders together, for $IDLE_SECONDS s"
    start_agent --no-discovery --limit "one=127.0.1.1:$port:$half/calls/outbound" --limit "other=127.0.1.2:$port:$half/calls/outbound"
    CROWD_PORT="$port" start_crowd "$HOLDERS" 2 --ask
    sleep 3
    "$BIN/slotscope" --socket "$SOCKET" --output json why >"$OUT/episode-why.json"
    grep -q '"episode"' "$OUT/episode-why.json" || die "no episode: $(cat "$OUT/episode-why.json")"
    row "CPU of the agent during episodes of two backends with $HOLDERS holders, young" "**$(cpu_over 10) of a core** over 10 s" "≤ 5 %"
    row "… and later" "**$(cpu_over "$IDLE_SECONDS") of a core** over $IDLE_SECONDS s; $(memory_of_agent VmRSS) MiB resident" "≤ 5 %"
    stop_crowd
    stop_agent
}

measure_episodes() {
    measure_rest
    measure_episode
}
