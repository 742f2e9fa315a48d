// SPDX-License-Identifier: GPL-2.0-only OR MIT
/* The end of a Unix socket: whatever way it is closed, connected or listening, accepted or not. */
#include "../logic/unix.h"

#include <bpf/bpf_tracing.h>

SEC("?fentry/unix_release_sock")
int BPF_PROG(unix_end__fentry, struct sock *sk, int embryo)
{
	return unix_released(sk) & 0;
}
