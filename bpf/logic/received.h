/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* Bytes that a process is about to take, while they stand in their packet. */
#ifndef SLOTSCOPE_LOGIC_RECEIVED_H
#define SLOTSCOPE_LOGIC_RECEIVED_H

#include "activity.h"
#include "request_head.h"

/* For tracing programs from 6.12 on. */
extern int bpf_dynptr_from_skb(struct __sk_buff *skb, u64 flags, struct bpf_dynptr *ptr) __ksym __weak;

struct received_look {
	struct look look;
	u64 offset; /* of the message in the packet */
	struct bpf_dynptr packet;
};

static long look_at_received(u64 round, struct received_look *received)
{
	struct look *look = &received->look;
	u32 count;

	if (!look_goes_on(look))
		return 1;
	count = look_width(look);
	if (!count || count > SS_WINDOW)
		return 1;
	if (bpf_dynptr_read(look->window.bytes, count, &received->packet, (u32)(received->offset + look->at), 0))
		__builtin_memset(&look->window, 0, sizeof(look->window));
	return look_at_window(look, count);
}

static __always_inline void look_at_received_head(struct received_look *received, u64 cookie)
{
	struct look *look = &received->look;
	struct ss_scratch *mine = scratch_take();
	u32 count = look->left < SS_HEAD ? (u32)look->left : SS_HEAD;

	if (!mine)
		return;
	if (count && count <= SS_HEAD &&
	    !bpf_dynptr_read(head_in(mine)->bytes, count, &received->packet, (u32)(received->offset + look->at), 0)) {
		look_at_head(look, count);
		request_head_keep_line(look, mine, cookie, count);
	}
	scratch_give_back(mine);
}

/* As request_head_settle has it: gives how many there are, and has the scratch where there are some. */
static __always_inline u32 gather_received(struct received_look *received, u64 size)
{
	u32 count = size < SS_REQUEST_HEAD ? (u32)size : SS_REQUEST_HEAD;
	struct ss_scratch *mine = scratch_take();

	if (!mine)
		return 0;
	if (count && count <= SS_REQUEST_HEAD &&
	    !bpf_dynptr_read(head_in(mine)->bytes, count, &received->packet, (u32)received->offset, 0))
		return count;
	scratch_give_back(mine);
	return 0;
}

/* Number of the packet's first byte: struct tcp_skb_cb begins with it. */
static __always_inline u32 packet_seq(const struct sk_buff *skb)
{
	return *(const u32 *)((const char *)skb + __builtin_preserve_field_info(skb->cb, BPF_FIELD_BYTE_OFFSET));
}

/* tcp_recvmsg copies `size` bytes of a packet to the process, from the first one that was not taken yet. */
static __always_inline int message_received(struct sk_buff *skb, int size)
{
	struct sock *sk = skb->sk;
	struct received_look received;
	struct ss_dialogue *dialogue;
	struct ss_connection *conn;
	struct tcp_sock *tp;
	ss_place place;
	u32 interest, gathered = 0;
	u64 cookie;

	if (!sk || size <= 0 || !sock_is_tcp(sk))
		return 0;
	cookie = sk->__sk_common.skc_cookie.counter;
	place = cookie ? connection_place(cookie) : -1;
	/* Not bpf_skc_to_tcp_sock: it does not take a socket that was reached through a packet. */
	tp = bpf_rdonly_cast(sk, bpf_core_type_id_kernel(struct tcp_sock));
	if (place < 0 || !tp)
		return 0;
	conn = connection_at(place);
	dialogue = dialogue_at(place);
	if (!conn || !dialogue || !holds_slot(conn))
		return 0;
	/* Not of the stream's next packet: further ones that MSG_PEEK copies, and what MSG_ERRQUEUE gives back of that sent. */
	received.offset = tp->copied_seq - packet_seq(skb);
	if (received.offset >= skb->len)
		return 0;
	if (!(conn->call_flags & SS_CALL_FOLLOWED))
		follow(conn, dialogue, tp);
	look_begins(&received.look, place, conn, is_inbound(conn) ? SIDE_REQUEST : SIDE_RESPONSE, size);
	look_catches_up(&received.look, tp->copied_seq, &dialogue->taken_seq);
	if (!received.look.left)
		return 0;
	dialogue->taken_seq = tp->copied_seq + (u32)size;
	if (!look_is_needed(&received.look, conn)) {
		dialogue_timed(place, received.look.side);
		return 0;
	}
	bpf_dynptr_from_skb((struct __sk_buff *)skb, 0, &received.packet);
	interest = request_head_interest(&received.look, dialogue, cookie);
	if (wants_head(conn, dialogue, received.look.side))
		look_at_received_head(&received, cookie);
	if (interest && !received.look.kept)
		gathered = gather_received(&received, size);
	if (received.look.left) {
		bpf_loop(SS_WINDOWS_MAX, look_at_received, &received, 0);
		look_ends(&received.look);
	}
	if (gathered)
		request_head_settle(place, cookie, interest, received.look.began_ns, gathered);
	return 0;
}

#endif
