# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# The rows of the matrix: what runs on which kernel. Sourced by tests/vm/matrix.

# shellcheck disable=SC2034 # used by the matrix
ALL_KERNELS=(6.1 6.12 newest 5.10)
# shellcheck disable=SC2034
ARM64_KERNELS=(6.1-arm64 6.12-arm64)
# shellcheck disable=SC2034
ROW_SECONDS=1500 # ends what hangs

# The variants that a kernel has, each forced on its own while the other signals keep their best one; what the plan
# picks by itself is in the automatic rows. "first I/O" and the state hook serve hosts without trampolines.
variants_of() { # KERNEL
    case "$1" in
        6.1) echo "accept=fexit/inet_csk_accept (before 6.10)" ;;
        *) echo "accept=fexit/inet_csk_accept" ;;
    esac
    echo "send=fentry/tcp_sendmsg_locked"
    echo "accept=first I/O"
    echo "connect=tp_btf/inet_sock_set_state"
    echo "connect=tp_btf/inet_sock_set_state,accept=first I/O"
}

# What of a suite runs: all of it, or in a quick run the tests that say the most in little time.
truth_filter() {
    if ((QUICK)); then
        echo 'Over/Close.*/veth4:Over/Reset.*/veth4:Over/FastOpen.*/veth4'
    else
        echo '*'
    fi
}

agent_filter() {
    if ((QUICK)); then echo 'AcceptHook.*:HookVariant.*:LimitTest.Burst*'; else echo '*'; fi
}

# In a quick run all of them where a message is looked at by a tracepoint; where it is looked at in the memory of the
# process, what that could get wrong.
calls_filter() { # KERNEL
    if ((QUICK)) && [[ "$1" != newest ]]; then
        echo 'CallTest.*:CallLimit.*:LabelTest.IsGathered*'
    else
        echo '-ProfileTest.*' # asks for so many looks in eight seconds, which an emulated machine does not give
    fi
}

# The hooks that look at messages in the memory of processes take a verifier in emulation half a minute for each start of an
# agent: in a quick run only the rows that are about calls or about the plan have them.
quick_hooks() { # KERNEL
    ((QUICK == 0)) || [[ "$1" == newest ]] || echo "send=fentry/tcp_sendmsg_locked"
}

# Before 6.16 no kernel shows what passes on a Unix socket.
unix_filter() { # KERNEL
    if [[ "$1" == newest ]]; then echo '*'; else echo '-UnixTest.CallsHaveExactEndsAndNamesOnBothSidesWhereMessagesAreSeen'; fi
}

products_filter() {
    if ((QUICK)); then echo 'HAProxy.*:Nginx.*'; else echo '*'; fi
}

variant_filter() {
    if ((QUICK)); then
        echo 'Over/Close.*/loopback4'
    else
        echo '*/veth4*:*/loopback6*'
    fi
}

rows_of_refusal() { # KERNEL
    run_row "$1" "too old: one sentence, nothing attached" "" "" tests/vm/refusal "$BIN"
}

# 6.1 has no trampolines on arm64, and no tracepoint that shows what is sent: without the tests that ask for just that.
without_send() { # KERNEL
    [[ "$1" == 6.1-arm64 ]] || return 0
    printf -- '-'
    printf '%s:' '*.AfterRequestAndResponseIsAClose/*' '*Reset.ByClientAfterTheResponseIsAClose/*' \
        '*Reset.OfTheSecondRequestIsAFailure/*' '*FastOpen.RequestThatGoesWithTheSynIsACallOnBothSides/*' \
        '*FastOpen.RequestOfADeferredConnectIsACall/*' '*Older.RequestOutstandingIsACallFromTheStartAndTheNextOneIsFramed/*'
}

# On another architecture: one path of addresses, since a start of the agent takes a minute there and a test ten seconds.
rows_of_arm64() { # KERNEL
    local filter='*/veth4*' ROW_SECONDS=3600
    ((QUICK == 0)) || filter="$(truth_filter)"
    run_row "$1" "automatic: truth" "" "" "$BIN/live_connections" "--gtest_filter=$filter$(without_send "$1")"
}

rows_of() { # KERNEL
    local kernel="$1" hooks forced churn=20000 cycles=100
    case "$kernel" in
        5.10)
            rows_of_refusal "$kernel"
            return
            ;;
        *-arm64)
            rows_of_arm64 "$kernel"
            return
            ;;
    esac
    ((QUICK == 0)) || { churn=2000 && cycles=6; }
    run_row "$kernel" "automatic: truth" "" "" "$BIN/live_connections" "--gtest_filter=$(truth_filter)"
    run_row "$kernel" "automatic: agent, limits, privileges, hooks" "" "" "$BIN/live_agent" "--gtest_filter=$(agent_filter)"
    run_row "$kernel" "automatic: calls" "" "" "$BIN/live_calls" "--gtest_filter=$(calls_filter "$kernel")"
    if ((QUICK == 0)); then
        run_row "$kernel" "automatic: HTTP/2" "" "" "$BIN/live_http2"
        run_row "$kernel" "automatic: Unix sockets" "" "" "$BIN/live_unix" "--gtest_filter=$(unix_filter "$kernel")"
    fi
    run_row "$kernel" "automatic: full tables" "" "$(quick_hooks "$kernel")" "$BIN/live_table"
    run_row "$kernel" "automatic: churn" "" "$(quick_hooks "$kernel")" env SLOTSCOPE_CHURN=$churn "$BIN/live_churn"
    run_row "$kernel" "automatic: products" "" "" "$BIN/products" "--gtest_filter=$(products_filter)"
    run_row "$kernel" "attached and detached $cycles times under load" "" "$(quick_hooks "$kernel")" \
        env SLOTSCOPE_CYCLES=$cycles "$BIN/live_attach"
    run_row "$kernel" "lockdown=confidentiality: truth" "lockdown=confidentiality" "" \
        "$BIN/live_connections" "--gtest_filter=$(variant_filter)"
    while read -r hooks; do
        forced="$(quick_hooks "$kernel")"
        [[ "$hooks" == send=* || -z "$forced" ]] || hooks="$hooks,$forced"
        run_row "$kernel" "$hooks" "" "$hooks" "$BIN/live_connections" "--gtest_filter=$(variant_filter)"
    done < <(variants_of "$kernel")
    if [[ "$kernel" == newest ]] && ((QUICK == 0)); then
        hooks="send=fentry+fexit,message=fentry/tcp_recvmsg"
        run_row "$kernel" "$hooks: calls" "" "$hooks" "$BIN/live_calls"
    fi
}
