#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Requests a second of a real nginx with and without the agent, and with a peer: short runs, arms interleaved, in
# alternating order; the ratio of each pair, and the median of the ratios. Both ends share all CPUs of this host and
# keep them busy, so no cost hides in idle time. Sourced by scripts/bench.

PEER_PID=

start_peer() {
    setsid bash -c "exec $PEER" >>"$OUT/peer.log" 2>&1 &
    PEER_PID=$!
    sleep "$PEER_SECONDS"
    kill -0 "$PEER_PID" 2>/dev/null || die "the peer has ended: $(tail -n 3 "$OUT/peer.log")"
}

stop_peer() { # it leads a session of its own: its children go with it
    local tries
    [[ -n "$PEER_PID" ]] || return 0
    kill -INT -- "-$PEER_PID" 2>/dev/null || true
    kill -TERM -- "-$PEER_PID" 2>/dev/null || true
    for ((tries = 0; tries < 50; tries++)); do
        kill -0 "$PEER_PID" 2>/dev/null || break
        sleep 0.1
    done
    kill -KILL -- "-$PEER_PID" 2>/dev/null || true
    wait "$PEER_PID" 2>/dev/null || true
    PEER_PID=
}

start_arm() {
    case "$1" in
        on) start_agent ;;
        peer) start_peer ;;
    esac
}

stop_arm() {
    case "$1" in
        on) stop_agent ;;
        peer) stop_peer ;;
    esac
}

# wrk against nginx; its report goes to FILE.
run_wrk() { # WORKLOAD SECONDS FILE
    local header=()
    [[ "$1" != close ]] || header=(-H 'Connection: close')
    wrk -t2 "-c$CONCURRENCY" "-d$2s" "${header[@]}" "http://127.0.0.1:$NGINX_PORT/" >"$3"
}

# "requests a second, requests, errors" of a report of wrk
read_wrk() { # FILE
    awk '/requests in/ { requests = $1 }
         /^Requests\/sec/ { rate = $2 }
         /Socket errors/ { gsub(",", ""); errors += $4 + $6 + $8 + $10 }
         /Non-2xx/ { errors += $NF }
         END { printf "%s,%s,%d\n", rate, requests, errors }' "$1"
}

run_arm() { # WORKLOAD PAIR POSITION ARM
    local workers before after agent_before=0 agent_after=0 wrk_cpu
    start_arm "$4"
    workers="$(pgrep -P "$NGINX" | xargs)"
    # shellcheck disable=SC2086 # a list
    before="$(cpu_seconds $workers)"
    [[ "$4" != on ]] || agent_before="$(cpu_seconds "$AGENT")"
    { TIMEFORMAT='%U %S' && time run_wrk "$1" "$RUN_SECONDS" "$WORK/wrk" 2>>"$OUT/wrk.errors"; } 2>"$WORK/cpu"
    # shellcheck disable=SC2086
    after="$(cpu_seconds $workers)"
    [[ "$4" != on ]] || agent_after="$(cpu_seconds "$AGENT")"
    wrk_cpu="$(tr ' ' + <"$WORK/cpu")"
    echo "$1,$2,$3,$4,$(read_wrk "$WORK/wrk"),$(calculate "$after - $before + $wrk_cpu"),$(calculate "$agent_after - $agent_before")" \
        >>"$OUT/throughput.csv"
    stop_arm "$4"
}

# The ratio ARM / off of each pair, by requests a second (MODE rate) or by CPU time a request (MODE cpu).
ratios() { # WORKLOAD ARM MODE
    awk -F, -v workload="$1" -v arm="$2" -v mode="$3" '
        $1 == workload { value[$2, $4] = mode == "rate" ? $5 : ($6 > 0 ? $8 / $6 : 0); if ($2 > pairs) pairs = $2 }
        END { for (p = 1; p <= pairs; p++) if (value[p, "off"] > 0) printf "%.6f\n", value[p, arm] / value[p, "off"] }' \
        "$OUT/throughput.csv"
}

report_arm() { # WORKLOAD TITLE ARM WHO AIM
    local n q1 median q3 rate_off rate_arm cpu
    read -r n q1 median q3 _ <<<"$(ratios "$1" "$3" rate | summary)"
    read -r _ _ rate_off _ _ <<<"$(column "$OUT/throughput.csv" requests_per_second "workload=$1" arm=off | summary)"
    read -r _ _ rate_arm _ _ <<<"$(column "$OUT/throughput.csv" requests_per_second "workload=$1" "arm=$3" | summary)"
    read -r _ _ cpu _ _ <<<"$(ratios "$1" "$3" cpu | summary)"
    row "Throughput with $4 / without, $2" "$(printf '**%.3f** (middle half %.3f – %.3f, %d pairs; %.0f → %.0f requests/s; CPU a request × %.3f)' \
        "$median" "$q1" "$q3" "$n" "$rate_off" "$rate_arm" "$cpu")" "$5"
}

measure_workload() { # WORKLOAD TITLE AIM
    local pair arm position arms=(off on) order
    [[ -z "$PEER" ]] || arms+=(peer)
    note "throughput, $2: $PAIRS pairs of $RUN_SECONDS s"
    run_wrk "$1" "$RUN_SECONDS" /dev/null # fills caches, and the table of TIME_WAIT
    for ((pair = 1; pair <= PAIRS; pair++)); do
        order=("${arms[@]}")
        ((pair % 2)) || mapfile -t order < <(printf '%s\n' "${arms[@]}" | tac)
        position=0
        for arm in "${order[@]}"; do
            run_arm "$1" "$pair" "$((++position))" "$arm"
        done
    done
    report_arm "$1" "$2" on "the agent" "$3"
    [[ -z "$PEER" ]] || report_arm "$1" "$2" peer "the peer" "-"
}

measure_throughput() {
    start_nginx
    echo "workload,pair,position,arm,requests_per_second,requests,errors,cpu_seconds,agent_cpu_seconds" >"$OUT/throughput.csv"
    measure_workload close "a connection a request" "≥ 0.97"
    measure_workload keepalive "keep-alive" "≥ 0.98"
    stop_nginx
    local errors
    errors="$(column "$OUT/throughput.csv" errors | awk '{ sum += $1 } END { print sum + 0 }')"
    ((errors == 0)) || note "$errors requests failed: see $OUT/throughput.csv"
}
