// SPDX-License-Identifier: GPL-2.0-only OR MIT
/* The end of each send and each receive, in the process that did it. */
#include "../logic/activity.h"
#include "../logic/unix.h"

#include <bpf/bpf_tracing.h>

/* Without a hook on connect the first byte opens a connection. By itself, so that what it calls finds an empty stack. */
static __always_inline bool is_followed(struct sock *sk)
{
	return sk && sock_is_unix_stream(sk) && (connection_known(sk) || unix_open_both(sk, 0));
}

SEC("?fexit/unix_stream_sendmsg")
int BPF_PROG(unix_send__fexit, struct socket *socket, void *message, unsigned long size, int ret)
{
	return is_followed(socket->sk) ? unix_sent(socket->sk, ret) & 0 : 0;
}

SEC("?fexit/unix_stream_recvmsg")
int BPF_PROG(unix_receive__fexit, struct socket *socket, void *message, unsigned long size, int flags, int ret)
{
	return is_followed(socket->sk) ? unix_received(socket->sk, ret, flags) & 0 : 0;
}

/* For every kind of socket (from 6.3 on). */
SEC("?tp_btf/sock_send_length")
int BPF_PROG(unix_send__tp_btf, struct sock *sk, int ret, int flags)
{
	return is_followed(sk) ? unix_sent(sk, ret) & 0 : 0;
}

SEC("?tp_btf/sock_recv_length")
int BPF_PROG(unix_receive__tp_btf, struct sock *sk, int ret, int flags)
{
	return is_followed(sk) ? unix_received(sk, ret, flags) & 0 : 0;
}
