#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# What each of the agent's programs costs, net of a program that does nothing at the same place, and how often it runs
# for a request. Sourced by scripts/bench.

measure_programs_of() { # WORKLOAD TITLE
    local csv="$OUT/programs-$1.csv" requests program runs gross empty net header=()
    [[ "$1" != close ]] || header=(-H 'Connection: close')
    "$BIN/slotscope_program_cost" --socket "$SOCKET" -- wrk -t2 "-c$CONCURRENCY" "-d${RUN_SECONDS}s" "${header[@]}" \
        "http://127.0.0.1:$NGINX_PORT/" >"$csv" 2>"$WORK/wrk" || die "$(cat "$WORK/wrk")"
    requests="$(read_wrk "$WORK/wrk" | cut -d, -f2)"
    sed -i "1s/\$/,runs_a_request/; 2,\$s/\$/,/" "$csv"
    while IFS=, read -r program runs gross empty net _; do
        [[ "$program" != program ]] || continue
        sed -i "s|^$program,.*,\$|&$(calculate "$runs / $requests")|" "$csv"
        row "$program, $2" "$(printf '**%.0f ns** a run (%.0f, less %.0f for an empty program), %.2f runs a request' \
            "$net" "$gross" "$empty" "$(calculate "$runs / $requests")")" "-"
    done < <(cat "$csv")
    row "All programs, $2" "$(awk -F, 'NR > 1 { net += $5 * $6; gross += $3 * $6 }
        END { printf "**%.2f µs** a request, with the kernel'\''s share and its statistics %.2f µs", net / 1000, gross / 1000 }' "$csv")" "-"
}

measure_programs() {
    note "time of the programs"
    start_nginx
    start_agent
    measure_programs_of close "a connection a request"
    measure_programs_of keepalive "keep-alive"
    stop_agent
    stop_nginx
}
