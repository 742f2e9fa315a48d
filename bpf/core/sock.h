/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* Reading struct sock. One getter for each thing that differs between families or kernels. */
#ifndef SLOTSCOPE_SOCK_H
#define SLOTSCOPE_SOCK_H

#include "kernel_types.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

static __always_inline bool sock_is_tcp(const struct sock *sk)
{
	u16 family = sk->__sk_common.skc_family;

	return sk->sk_protocol == IPPROTO_TCP && (family == AF_INET || family == AF_INET6);
}

/* The number of the socket: unique for the boot, unlike its address. 0 when the kernel refuses one. */
static __always_inline u64 sock_cookie(struct sock *sk)
{
	u64 cookie = sk->__sk_common.skc_cookie.counter;

	return cookie ? cookie : bpf_get_socket_cookie(sk);
}

/* As people know it: the inode. */
static __always_inline u32 sock_netns(const struct sock *sk)
{
	return sk->__sk_common.skc_net.net->ns.inum;
}

/* Unlike an inode, which the next namespace gets, this is not given twice (before 2^32 namespaces have been made). */
static __always_inline u32 sock_netns_number(const struct sock *sk)
{
	return (u32)sk->__sk_common.skc_net.net->net_cookie;
}

static __always_inline void ip_from_v4(u8 ip[16], u32 v4)
{
	u32 *words = (u32 *)ip;

	words[0] = 0;
	words[1] = 0;
	words[2] = bpf_htonl(0xffff);
	words[3] = v4;
}

static __always_inline void ip_from_v6(u8 ip[16], const struct in6_addr *v6)
{
	u32 *words = (u32 *)ip;

	words[0] = v6->in6_u.u6_addr32[0];
	words[1] = v6->in6_u.u6_addr32[1];
	words[2] = v6->in6_u.u6_addr32[2];
	words[3] = v6->in6_u.u6_addr32[3];
}

static __always_inline void sock_remote_ip(const struct sock *sk, u8 ip[16])
{
	if (sk->__sk_common.skc_family == AF_INET6)
		ip_from_v6(ip, &sk->__sk_common.skc_v6_daddr);
	else
		ip_from_v4(ip, sk->__sk_common.skc_daddr);
}

static __always_inline void sock_local_ip(const struct sock *sk, u8 ip[16])
{
	if (sk->__sk_common.skc_family == AF_INET6)
		ip_from_v6(ip, &sk->__sk_common.skc_v6_rcv_saddr);
	else
		ip_from_v4(ip, sk->__sk_common.skc_rcv_saddr);
}

static __always_inline u16 sock_remote_port(const struct sock *sk)
{
	return bpf_ntohs(sk->__sk_common.skc_dport);
}

/* At the change to CLOSE the port is given back already (skc_num is 0), but still stands as the source port. */
static __always_inline u16 sock_local_port(struct sock *sk)
{
	u16 port = sk->__sk_common.skc_num;
	struct tcp_sock *tp;

	if (port)
		return port;
	tp = bpf_skc_to_tcp_sock(sk);
	return tp ? bpf_ntohs(tp->inet_conn.icsk_inet.inet_sport) : 0;
}

static __always_inline bool ip_is_v4(const u8 ip[16])
{
	const u32 *words = (const u32 *)ip;

	return !words[0] && !words[1] && words[2] == bpf_htonl(0xffff);
}

static __always_inline bool ip_is_loopback(const u8 ip[16])
{
	const u32 *words = (const u32 *)ip;

	if (ip_is_v4(ip))
		return ip[12] == 127;
	return !words[0] && !words[1] && !words[2] && words[3] == bpf_htonl(1);
}

/* The peer's FIN has come (tcp_fin), which the kernel counts as a byte. A shutdown on this side does not set this. */
static __always_inline bool sock_fin_received(const struct sock *sk)
{
	return sk->__sk_common.skc_flags & (1UL << bpf_core_enum_value(enum sock_flags, SOCK_DONE));
}

/* Bytes that the peer has sent and the application has not taken; the peer's FIN is none. */
static __always_inline u32 sock_unread_bytes(const struct sock *sk, const struct tcp_sock *tp)
{
	u32 unread = tp->rcv_nxt - tp->copied_seq;

	return unread && sock_fin_received(sk) ? unread - 1 : unread;
}

/* All that the application has taken. */
static __always_inline u64 sock_bytes_taken(const struct sock *sk, const struct tcp_sock *tp)
{
	u64 received = tp->bytes_received;
	u64 not_taken = (u64)sock_unread_bytes(sk, tp) + sock_fin_received(sk);

	return received > not_taken ? received - not_taken : 0;
}

/* All that the application has handed over: acknowledged, in flight and waiting. Our SYN and our FIN count one each. */
static __always_inline u64 sock_bytes_given(const struct sock *sk, const struct tcp_sock *tp, bool outbound)
{
	u64 given = tp->bytes_acked + (u32)(tp->write_seq - tp->snd_una);
	u64 flags = outbound + !!(sk->sk_shutdown & SEND_SHUTDOWN);

	return given > flags ? given - flags : 0;
}

/*
 * How many bytes the kernel takes beside those that it has not sent yet, where nothing else is in the way (TCP_NOTSENT_LOWAT;
 * __tcp_stream_memory_free). It rounds up to a packet.
 */
static __always_inline u32 sock_unsent_room(const struct sock *sk, const struct tcp_sock *tp)
{
	u32 unsent = tp->write_seq - tp->snd_nxt;
	u32 most = tp->notsent_lowat;

	if (!most)
		most = sk->__sk_common.skc_net.net->ipv4.sysctl_tcp_notsent_lowat;
	return unsent < most ? most - unsent : 0;
}

/* A subflow of MPTCP: its bytes pass neither tcp_sendmsg nor tcp_recvmsg. */
static __always_inline bool sock_is_mptcp(const struct tcp_sock *tp)
{
	return bpf_core_field_exists(tp->is_mptcp) && tp->is_mptcp;
}

/* A connect that waits for its first data, to send it with the SYN: the SYN's number is still to be counted. */
static __always_inline bool sock_syn_is_deferred(const struct sock *sk, const struct tcp_sock *tp)
{
	return sk->__sk_common.skc_state == TCP_SYN_SENT && !tp->packets_out;
}

/*
 * By the kernel's own times, in ticks, of the last bytes sent and received: positive where those sent came after. Only
 * where there are both.
 */
static __always_inline s32 sock_sent_after(const struct tcp_sock *tp)
{
	return (s32)(tp->lsndtime - tp->inet_conn.icsk_ack.lrcvtime);
}

/* A process has the socket: it was accepted (or made) and not yet closed. */
static __always_inline bool sock_has_owner(const struct sock *sk)
{
	return sk->sk_socket != NULL;
}

/* The caller is the process that uses the socket, not a softirq that borrowed its context. */
static __always_inline bool sock_in_process_context(const struct sock *sk)
{
	return sk->sk_lock.owned;
}

#endif
