// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * What processes hand over and what they take, where it stands in their memory: for kernels before 6.16, whose
 * tracepoints do not show what is sent, and where trampolines are to be had.
 */
#include "../logic/user_message.h"

#include <bpf/bpf_tracing.h>

/* Not tcp_sendmsg: what follows needs the socket's lock. */
SEC("?fentry/tcp_sendmsg_locked")
int BPF_PROG(tcp_sending__fentry, struct sock *sk, struct msghdr *msg, unsigned long size)
{
	return user_message_sending(sk, msg, size);
}

SEC("?fexit/tcp_sendmsg_locked")
int BPF_PROG(tcp_sent__fexit, struct sock *sk)
{
	return user_message_sent(sk);
}

/* Up to 6.4: sendfile and splice to TCP do not pass tcp_sendmsg there. (tcp_sendpage_locked is inlined into its caller.) */
SEC("?fentry/do_tcp_sendpages")
int BPF_PROG(tcp_page_sending__fentry, struct sock *sk, void *page, int offset, unsigned long size)
{
	return user_page_sending(sk, size);
}

/*
 * Before 5.19 the fourth argument says whether the call may wait, in which the bit that is asked for is never set; later
 * ones are not asked for, because their number changes.
 */
SEC("?fentry/tcp_recvmsg")
int BPF_PROG(tcp_reading__fentry, struct sock *sk, struct msghdr *msg, unsigned long size, int flags)
{
	return user_message_reading(sk, msg, flags);
}

SEC("?fentry/tcp_splice_read")
int BPF_PROG(tcp_splicing__fentry, struct socket *socket)
{
	return user_message_not_read(socket->sk);
}

/* Runs after each piece that tcp_recvmsg has copied, with the socket locked. To be attached before tcp_receive. */
SEC("?tp_btf/tcp_rcv_space_adjust")
int BPF_PROG(tcp_taken__tp_btf, struct sock *sk)
{
	return user_message_taken(sk);
}
