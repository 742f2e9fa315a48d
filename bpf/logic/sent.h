/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* A message that a process hands over, before the kernel has taken it. */
#ifndef SLOTSCOPE_LOGIC_SENT_H
#define SLOTSCOPE_LOGIC_SENT_H

#include "../core/control.h"
#include "activity.h"
#include "request_head.h"

struct sent_look {
	struct look look;
	const struct iovec *segments; /* NULL: there is one, at `base` */
	u64 next;                     /* number of the segment after the present one */
	u64 base;  /* of the present one, in the process; 0: what it holds cannot be read (sendfile, splice) */
	u64 cut;   /* what is left out of the first segment: an earlier round has taken it */
	u64 began; /* where the present segment stands in the message */
	u64 ends;
};

static __always_inline void next_segment(struct sent_look *sent)
{
	const struct iovec *segment = bpf_rdonly_cast((const char *)sent->segments + sent->next * sizeof(struct iovec),
						      bpf_core_type_id_kernel(struct iovec));

	sent->next++;
	sent->base = (u64)segment->iov_base + sent->cut;
	sent->began = sent->ends;
	sent->ends += segment->iov_len - sent->cut;
	sent->cut = 0;
}

static long look_at_sent(u64 round, struct sent_look *sent)
{
	struct look *look = &sent->look;
	u64 here;
	u32 count;

	if (!look_goes_on(look))
		return 1;
	if (look->at >= sent->ends) {
		if (!sent->segments)
			return 1;
		next_segment(sent);
		return 0;
	}
	count = look_width(look);
	here = sent->ends - look->at;
	if (count > here)
		count = (u32)here;
	if (!count || count > SS_WINDOW)
		return 1;
	if (!sent->base ||
	    bpf_probe_read_user(look->window.bytes, count, (void *)(sent->base + look->at - sent->began)))
		__builtin_memset(&look->window, 0, sizeof(look->window));
	return look_at_window(look, count);
}

/* Where the message's bytes are. */
static __always_inline void find_segments(struct sent_look *sent, const struct iov_iter *iter,
					  const struct ss_control *ctl)
{
	u8 type = iter->iter_type;

	sent->segments = NULL;
	/* 0, which the verifier must not know: it would take each number for a case of its own. */
	sent->next = ctl->always_zero;
	sent->base = 0;
	sent->cut = iter->iov_offset;
	sent->began = 0;
	sent->ends = ~0ULL;
	if (type == bpf_core_enum_value(enum iter_type, ITER_UBUF)) {
		sent->base = (u64)iter->ubuf + sent->cut;
	} else if (type == bpf_core_enum_value(enum iter_type, ITER_IOVEC)) {
		sent->segments = iter->__iov;
		sent->ends = 0;
	}
}

static __always_inline void look_at_sent_head(struct sent_look *sent, u64 cookie)
{
	struct look *look = &sent->look;
	const struct iovec *segments = sent->segments;
	u64 base = sent->base, here = look->left;
	struct ss_scratch *mine;
	u32 count;

	if (segments) {
		base = (u64)segments->iov_base + sent->cut;
		if (here > segments->iov_len - sent->cut)
			here = segments->iov_len - sent->cut;
	}
	count = here < SS_HEAD ? (u32)here : SS_HEAD;
	if (!base || look->at || !count || count > SS_HEAD)
		return;
	mine = scratch_take();
	if (!mine)
		return;
	if (!bpf_probe_read_user(head_in(mine)->bytes, count, (void *)base)) {
		look_at_head(look, count);
		request_head_keep_line(look, mine, cookie, count);
	}
	scratch_give_back(mine);
}

/* Segments that are gathered of a request's head: Varnish hands over each word of it as one. */
#define SS_GATHERED_SEGMENTS 8

static __always_inline u32 gather_segments(struct ss_scratch *mine, struct sent_look *sent)
{
	u32 size = 0;

	for (u32 segment = 0; segment < SS_GATHERED_SEGMENTS; segment++) {
		next_segment(sent);
		mine->base = sent->base;
		size = request_head_gather(sent->ends - sent->began, size);
		if (!mine->left || size & SS_GATHERED_ALL)
			break;
	}
	return size & ~SS_GATHERED_ALL;
}

/*
 * Not static: verified once, and not for each way through the look at the message. That is why it gets the program's
 * context, from which it finds the message anew (a global function may have it from 6.8 on).
 */
int sent_head_keep(u64 *ctx __attribute__((btf_decl_tag("arg:ctx"))), long place, u64 cookie, u32 interest,
		   u64 began_ns)
{
	const struct msghdr *msg = (const struct msghdr *)ctx[1];
	struct ss_scratch *mine = scratch_take();
	struct ss_control *ctl = control_get();
	struct sent_look sent;
	u32 size;

	if (!mine)
		return 0;
	if (!ctl) {
		scratch_give_back(mine);
		return 0;
	}
	find_segments(&sent, &msg->msg_iter, ctl);
	mine->left = msg->msg_iter.count;
	mine->base = sent.base;
	size = sent.segments ? gather_segments(mine, &sent) : request_head_gather(mine->left, 0) & ~SS_GATHERED_ALL;
	return request_head_settle(place, cookie, interest, began_ns, size);
}

/* How many bytes the kernel takes in this round of its loop (tcp_sendmsg_locked), which comes again for those after. */
static __always_inline u64 bytes_taken_now(const struct sock *sk, const struct tcp_sock *tp, const struct sk_buff *skb,
					   int size_goal, u64 count)
{
	s64 room = skb ? (s64)size_goal - skb->len : 0;

	if (room <= 0) {
		if (sk->sk_wmem_queued >= sk->sk_sndbuf || !sock_unsent_room(sk, tp))
			return 0; /* it waits for room, or refuses */
		room = size_goal;
	}
	return (u64)room < count ? (u64)room : count;
}

static __always_inline int message_sent(u64 *ctx, struct sock *sk, const struct msghdr *msg, const struct sk_buff *skb,
					int size_goal)
{
	u64 cookie = sk->__sk_common.skc_cookie.counter;
	ss_place place = cookie ? connection_place(cookie) : -1;
	struct tcp_sock *tp = bpf_skc_to_tcp_sock(sk);
	u64 size = msg->msg_iter.count;
	struct ss_control *ctl = control_get();
	struct ss_dialogue *dialogue;
	struct ss_connection *conn;
	struct sent_look sent;
	u32 interest;
	u64 count;

	if (place < 0 || !tp || !ctl)
		return 0;
	conn = connection_at(place);
	dialogue = dialogue_at(place);
	if (!conn || !dialogue || !holds_slot(conn))
		return 0;
	connection_sends(conn, sk, tp, size);
	count = bytes_taken_now(sk, tp, skb, size_goal, size);
	if (!count)
		return 0;
	if (!(conn->call_flags & SS_CALL_FOLLOWED))
		follow(conn, dialogue, tp);
	look_begins(&sent.look, place, conn, is_inbound(conn) ? SIDE_RESPONSE : SIDE_REQUEST, count);
	sent.look.began_ns = ctl->always_zero;
	sent.look.kept = (u32)ctl->always_zero;
	look_catches_up(&sent.look, tp->write_seq, &dialogue->sent_seq);
	if (!sent.look.left)
		return 0;
	dialogue->sent_seq = tp->write_seq + (u32)count;
	if (!look_is_needed(&sent.look, conn)) {
		dialogue_timed(place, sent.look.side);
		return 0;
	}
	find_segments(&sent, &msg->msg_iter, ctl);
	/* Not after the look at the head, which makes it needless mostly: 7.2 then takes more than a million instructions. */
	interest = request_head_interest(&sent.look, dialogue, cookie);
	if (wants_head(conn, dialogue, sent.look.side))
		look_at_sent_head(&sent, cookie);
	if (sent.look.left) {
		bpf_loop(SS_WINDOWS_MAX, look_at_sent, &sent, 0);
		look_ends(&sent.look);
	}
	if (interest && !sent.look.kept)
		sent_head_keep(ctx, place, cookie, interest, sent.look.began_ns);
	return 0;
}

#endif
