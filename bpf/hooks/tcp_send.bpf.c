// SPDX-License-Identifier: GPL-2.0-only OR MIT
/* Bytes leave. */
#include "../logic/activity.h"

#include <bpf/bpf_tracing.h>

/* From 6.16 on. Runs for each piece of a long message, with what remains of it. */
SEC("?tp_btf/tcp_sendmsg_locked")
int BPF_PROG(tcp_send__tp_btf, struct sock *sk, struct msghdr *msg)
{
	return connection_sent(sk, msg->msg_iter.count);
}

SEC("?fentry/tcp_sendmsg")
int BPF_PROG(tcp_send__fentry, struct sock *sk, struct msghdr *msg, unsigned long size)
{
	return connection_sent(sk, size);
}

/* Up to 6.4: sendfile and splice to TCP do not pass tcp_sendmsg there. */
SEC("?fentry/tcp_sendpage")
int BPF_PROG(tcp_sendpage__fentry, struct sock *sk, void *page, int offset, unsigned long size)
{
	return connection_sent(sk, size);
}
