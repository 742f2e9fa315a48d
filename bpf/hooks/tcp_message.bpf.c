// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * What processes hand over and what they take, while it can be read. That they take something is told by tcp_receive.
 * (In one file, because libbpf 1.1 links no function of the kernel that two files name.)
 */
#include "../logic/received.h"
#include "../logic/sent.h"

#include <bpf/bpf_tracing.h>

/* From 6.16 on. Runs for each piece of a long message, with what remains of it. */
SEC("?tp_btf/tcp_sendmsg_locked")
int BPF_PROG(tcp_send__tp_btf, struct sock *sk, struct msghdr *msg, struct sk_buff *skb, int size_goal)
{
	return message_sent(ctx, sk, msg, skb, size_goal);
}

/* The same without a look at the bytes: what a kernel without the tracepoint of received messages is served with. */
SEC("?tp_btf/tcp_sendmsg_locked")
int BPF_PROG(tcp_send_size__tp_btf, struct sock *sk, struct msghdr *msg)
{
	return connection_sent(sk, msg->msg_iter.count);
}

/* Not tcp_sendmsg: what follows needs the socket's lock. */
SEC("?fentry/tcp_sendmsg_locked")
int BPF_PROG(tcp_send__fentry, struct sock *sk, struct msghdr *msg, unsigned long size)
{
	return connection_sent(sk, size);
}

/* Up to 6.4: sendfile and splice to TCP do not pass tcp_sendmsg there. (tcp_sendpage_locked is inlined into its caller.) */
SEC("?fentry/do_tcp_sendpages")
int BPF_PROG(tcp_sendpage__fentry, struct sock *sk, void *page, int offset, unsigned long size)
{
	return connection_sent(sk, size);
}

/* Runs for every kind of socket that copies packets to processes. */
SEC("?tp_btf/skb_copy_datagram_iovec")
int BPF_PROG(tcp_message__tp_btf, struct sk_buff *skb, int size)
{
	return message_received(skb, size);
}
