/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Bytes that a process takes from a Unix socket, while they stand in their packet. What one end takes is what the other has
 * sent, so this one look serves the framers of both: requests are looked at when the server takes them, answers when the
 * client does. The connecting end's call begins when it sends, before anybody has looked (unix_sent).
 */
#ifndef SLOTSCOPE_LOGIC_UNIX_MESSAGE_H
#define SLOTSCOPE_LOGIC_UNIX_MESSAGE_H

#include "received.h"
#include "unix.h"

/* Of the packet, how many bytes were taken before. */
static __always_inline u32 packet_consumed(const struct sk_buff *skb)
{
	const char *cb = (const char *)skb + __builtin_preserve_field_info(skb->cb, BPF_FIELD_BYTE_OFFSET);
	const struct unix_skb_parms *parms = NULL;

	return *(const u32 *)(cb + __builtin_preserve_field_info(parms->consumed, BPF_FIELD_BYTE_OFFSET));
}

static __always_inline bool has_no_head(const struct ss_connection *conn, u64 cookie)
{
	const struct ss_request_head *head = request_head_of(cookie);

	return ss_request_head_bytes && head && (head->cookie != cookie || head->began_ns != conn->call_began_ns);
}

/* Shows the next bytes of the packet, without the `known` that were seen before, to the framer of the end at `place`. */
static __noinline int unix_look(struct sk_buff *skb, long place, u64 cookie, u64 size_and_known, u32 side)
{
	u32 size = (u32)size_and_known, known = size_and_known >> 32;
	struct ss_connection *conn = connection_at(place);
	struct ss_dialogue *dialogue = dialogue_at(place);
	struct received_look received;
	u32 interest, gathered = 0;

	if (!conn || !dialogue)
		return 0;
	look_begins(&received.look, place, conn, side, size);
	look_moves(&received.look, known);
	received.offset = packet_consumed(skb);
	bpf_dynptr_from_skb((struct __sk_buff *)skb, 0, &received.packet);
	interest = request_head_interest(&received.look, dialogue, cookie);
	/* A call that began when it was sent, of which these are the first bytes that are seen. */
	if (side == SIDE_REQUEST && !known && conn->call_state == SS_CALL_REQUEST && has_no_head(conn, cookie))
		interest = INTEREST_GOES_ON;
	if (wants_head(conn, dialogue, side))
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

/* The outbound end was not looked at before its call began: it speaks what the inbound one was found to. */
static __always_inline void speak_alike(struct ss_connection *conn, struct ss_dialogue *dialogue, u8 protocol)
{
	if (conn->protocol > SS_PROTOCOL_TIMING || conn->protocol == protocol)
		return;
	if (protocol > SS_PROTOCOL_TIMING) {
		if (conn->call_state == SS_CALL_ANSWERED)
			call_was_over(conn);
		__builtin_memset(&dialogue->framing, 0, sizeof(dialogue->framing));
	} else if (conn->call_state == SS_CALL_REQUEST) {
		conn->call_state = SS_CALL_WAITING;
	}
	conn->protocol = protocol;
}

/* What was sent was no request (a farewell, a greeting): the call that began with it never was. */
static __always_inline void undo_call(struct ss_connection *conn, const struct ss_dialogue *dialogue)
{
	const struct ss_framing *framing = &dialogue->framing;
	struct ss_backend *backend = backend_at(conn->backend);

	if (!backend || conn->protocol <= SS_PROTOCOL_TIMING || conn->call_state != SS_CALL_REQUEST ||
	    framing->pending || framing->request.state || framing->request.skip)
		return;
	call_leave(conn, conn->call_began_ns);
	conn->call_state = SS_CALL_NONE;
}

/* Empty records that may end a FastCGI request. More than that may be needed to name the call. */
#define LEFT_LYING_MOST 16

/* The end of a request lies there, and its server does not take it (php-fpm: after its answer): its client waits. */
static __always_inline void note_left_lying(struct ss_connection *conn, const struct ss_dialogue *dialogue, u32 unread)
{
	if (conn->call_state == SS_CALL_REQUEST && dialogue->framing.pending && unread && unread <= LEFT_LYING_MOST)
		conn->call_state = SS_CALL_WAITING;
}

/* Both ends of the connection whose one end takes `size` bytes, which the other has sent. */
struct unix_taking {
	ss_place inbound;
	ss_place outbound;
	u64 inbound_cookie;
	u64 outbound_cookie;
	u32 side;
	u32 size;
	u64 known; /* of them, seen before */
};

static __always_inline void look_for_both(struct sk_buff *skb, const struct unix_taking *taking)
{
	struct ss_connection *in = connection_at(taking->inbound), *out = connection_at(taking->outbound);
	struct ss_dialogue *dialogue = dialogue_at(taking->outbound), *other = dialogue_at(taking->inbound);

	if (!in || !out || !dialogue || !other)
		return;
	unix_follow(in, other);
	unix_follow(out, dialogue);
	if (in->protocol > SS_PROTOCOL_TIMING || wants_detection(in, taking->side))
		unix_look(skb, taking->inbound, taking->inbound_cookie, taking->size | taking->known << 32,
			  taking->side);
	speak_alike(out, dialogue, in->protocol);
	if (out->protocol <= SS_PROTOCOL_TIMING)
		return;
	unix_look(skb, taking->outbound, taking->outbound_cookie, taking->size | taking->known << 32, taking->side);
	undo_call(out, dialogue);
	if (taking->side == SIDE_REQUEST) {
		note_left_lying(in, other, (u32)out->bytes_sent - other->sent_seq);
		note_left_lying(out, dialogue, (u32)out->bytes_sent - other->sent_seq);
	}
}

/* Where the bytes stand in the stream that the end at `reader` takes: finds out what was seen before (MSG_PEEK). */
static __always_inline bool is_new(struct unix_taking *taking, ss_place reader)
{
	struct ss_connection *conn = connection_at(reader);
	struct ss_dialogue *dialogue = dialogue_at(reader);
	s32 known;
	u32 at;

	if (!conn || !dialogue)
		return false;
	unix_follow(conn, dialogue);
	at = dialogue->sent_seq;
	dialogue->sent_seq = at + taking->size;
	known = (s32)(dialogue->taken_seq - at);
	if (known < 0 || (u32)known >= taking->size)
		return false; /* a gap is told when the call is over (note_unseen) */
	dialogue->taken_seq = at + taking->size;
	taking->known = (u32)known;
	return true;
}

/*
 * The reader may be faster than the end of the call that has sent: then these are the first bytes that are seen. Helpers do
 * not take a socket that was reached through a packet, but the same one through its file.
 */
static __always_inline void open_if_unknown(struct sock *sender)
{
	struct socket *socket;

	if (!sender || !sock_is_unix_stream(sender) || connection_known(sender))
		return;
	socket = sender->sk_socket;
	if (socket && socket->sk)
		unix_open_both(socket->sk, 0);
}

/* A process copies `size` bytes of a packet to its memory, of those that were not taken yet. */
static __always_inline int unix_message_received(struct sk_buff *skb, int size)
{
	struct sock *sender = skb->sk, *reader;
	struct unix_taking taking = {.size = size};
	const struct ss_connection *conn;
	const struct unix_sock *sent_by;
	u64 sent, read;
	ss_place place;
	u32 lock;

	if (!sender || size <= 0 || !sock_is_unix_stream(sender))
		return 0;
	sent_by = bpf_rdonly_cast(sender, bpf_core_type_id_kernel(struct unix_sock));
	reader = sent_by->peer; /* NULL: it is closed. What it has sent before is unseen. */
	if (!reader)
		return 0;
	sent = sender->__sk_common.skc_cookie.counter;
	read = reader->__sk_common.skc_cookie.counter;
	if (!sent || !read)
		return 0;
	place = connection_place(read);
	conn = place >= 0 ? connection_at(place) : NULL;
	if (!conn || !(conn->flags & SS_CONNECTION_UNIX))
		return 0;
	taking.side = is_inbound(conn) ? SIDE_REQUEST : SIDE_RESPONSE;
	taking.inbound_cookie = is_inbound(conn) ? read : sent;
	taking.outbound_cookie = is_inbound(conn) ? sent : read;
	lock = unix_lock(taking.outbound_cookie, SS_UNIX_LOOKS_BYTES);
	if (!lock) {
		count_loss(SS_LOSS_UNIX_BUSY);
		return 0;
	}
	taking.inbound = connection_place(taking.inbound_cookie);
	taking.outbound = connection_place(taking.outbound_cookie);
	if (taking.inbound >= 0 && taking.outbound >= 0 && is_new(&taking, place))
		look_for_both(skb, &taking);
	unix_unlock(lock);
	return 0;
}

#endif
