// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * What processes hand over and what they take, while it can be read. One object of two files, because libbpf 1.1 links no
 * function of the kernel that two objects name.
 */
#include "tcp_message.bpf.c"

#include "../logic/unix_message.h"

/* Runs for every kind of socket that copies packets to processes. */
SEC("?tp_btf/skb_copy_datagram_iovec")
int BPF_PROG(unix_message__tp_btf, struct sk_buff *skb, int size)
{
	open_if_unknown(skb->sk);
	return unix_message_received(skb, size) & 0;
}
