#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The agent's counts beside the load's own after many connections. Sourced by scripts/bench.

measure_drift() {
    local out="$OUT/drift.txt" drift losses repairs
    note "drift after $CONNECTIONS connections"
    start_agent
    "$BIN/slotscope_churn" --connections "$CONNECTIONS" --socket "$SOCKET" >"$out"
    stop_agent
    drift=$(($(value_of "$out" outbound_drift) + $(value_of "$out" inbound_drift)))
    losses="$(awk '/^loss_/ { printf "%s%s %s", sep, substr($1, 6), $2; sep = ", " }' "$out")"
    repairs="$(awk '/^repair_/ { printf "%s%s %s", sep, substr($1, 8), $2; sep = ", " }' "$out")"
    row "Drift after $CONNECTIONS connections at $(value_of "$out" per_second)/s, both directions" \
        "**$drift** (losses: ${losses:-none}; repairs: ${repairs:-none})" "0"
}
