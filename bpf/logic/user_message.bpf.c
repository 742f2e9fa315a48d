// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "user_message.h"

#include "request_head.h"

struct user_segment {
	u64 base;
	u64 length;
};

struct user_look {
	struct look look;
	u64 segments; /* as in ss_user_message */
	u64 next;     /* number of the segment after the present one */
	u64 cut;
	u64 base;  /* of the present one; 0: it cannot be read */
	u64 began; /* where the present one stands in the message */
	u64 ends;
};

/*
 * The list of segments stands in the kernel's memory, behind a pointer of which the verifier of these kernels knows
 * nothing: the one place where bpf_probe_read_kernel is used. Lockdown for confidentiality refuses it, and with it the
 * variants that look at messages this way.
 */
static __always_inline void next_user_segment(struct user_look *user)
{
	struct user_segment segment = {};

	if (!user->segments ||
	    bpf_probe_read_kernel(&segment, sizeof(segment), (void *)(user->segments + user->next * sizeof(segment)))) {
		/* All that is left of it cannot be read. */
		user->base = 0;
		user->began = user->ends;
		user->ends = ~0ULL;
		return;
	}
	user->next++;
	user->base = segment.base + user->cut;
	user->began = user->ends;
	user->ends += segment.length - user->cut;
	user->cut = 0;
}

static __always_inline void user_look_begins(struct user_look *user, const struct ss_user_message *message)
{
	user->segments = message->segments;
	user->next = 0;
	user->cut = message->cut;
	user->base = message->base ? message->base + message->cut : 0;
	user->began = 0;
	user->ends = message->segments ? 0 : ~0ULL;
	if (message->segments)
		next_user_segment(user);
}

/* A size from 1 to `most`, a power of two. */
static __always_inline u32 bounded_size(u32 size, u32 most)
{
	return (u32)bounded(size - 1, most - 1) + 1;
}

static long look_at_user(u64 round, struct user_look *user)
{
	struct look *look = &user->look;
	u64 here;
	u32 count;

	if (!look_goes_on(look))
		return 1;
	if (look->at >= user->ends) {
		next_user_segment(user);
		return 0;
	}
	count = look_width(look);
	here = user->ends - look->at;
	if (count > here)
		count = (u32)here;
	if (!count || count > SS_WINDOW)
		return 1;
	if (!user->base || bpf_probe_read_user(look->window.bytes, bounded_size(count, SS_WINDOW),
					       (void *)(user->base + look->at - user->began)))
		__builtin_memset(&look->window, 0, sizeof(look->window));
	return look_at_window(look, count);
}

static __always_inline void look_at_user_head(struct user_look *user, u64 cookie)
{
	struct look *look = &user->look;
	u64 here = look->left < user->ends ? look->left : user->ends;
	u32 count = here < SS_HEAD ? (u32)here : SS_HEAD;
	struct ss_scratch *mine;

	if (!user->base || look->at || !count || count > SS_HEAD)
		return;
	mine = scratch_take();
	if (!mine)
		return;
	if (!bpf_probe_read_user(head_in(mine)->bytes, bounded_size(count, SS_HEAD), (void *)user->base)) {
		look_at_head(look, count);
		request_head_keep_line(look, mine, cookie, count);
	}
	scratch_give_back(mine);
}

/* Segments that are gathered of a request's head: Varnish hands over each word of it as one. */
#define SS_GATHERED_SEGMENTS 8

/* Not static: verified once, and not for each way through the look at the message. */
int user_head_keep(long place, u64 cookie, u32 stream, u32 interest, u64 began_ns)
{
	const struct ss_user_message *message = user_message_at(place, stream);
	struct ss_scratch *mine = scratch_take();
	struct user_look user;
	u32 size = 0;

	if (!mine)
		return 0;
	if (!message) {
		scratch_give_back(mine);
		return 0;
	}
	user_look_begins(&user, message);
	mine->left = message->count;
	for (u32 segment = 0; segment < SS_GATHERED_SEGMENTS; segment++) {
		mine->base = user.base;
		size = request_head_gather(user.ends - user.began, size);
		if (!mine->left || size & SS_GATHERED_ALL)
			break;
		next_user_segment(&user);
	}
	return request_head_settle(place, cookie, interest, began_ns, size & ~SS_GATHERED_ALL);
}

int user_message_look(long place, u64 cookie, u32 stream, u32 count)
{
	struct ss_user_message *message = user_message_at(place, stream);
	struct ss_connection *conn = connection_at(place);
	struct ss_dialogue *dialogue = dialogue_at(place);
	struct user_look user;
	u32 interest;
	u32 *seen;

	if (!conn || !dialogue || !message)
		return 0;
	seen = stream == STREAM_SENT ? &dialogue->sent_seq : &dialogue->taken_seq;
	look_begins(&user.look, place, conn, is_inbound(conn) == (stream == STREAM_SENT) ? SIDE_RESPONSE : SIDE_REQUEST,
		    count);
	look_catches_up(&user.look, message->seq, seen);
	if (!user.look.left)
		return 0;
	*seen = message->seq + count;
	message->count = count;
	if (!look_is_needed(&user.look, conn)) {
		dialogue_timed(place, user.look.side);
		return 0;
	}
	user_look_begins(&user, message);
	interest = request_head_interest(&user.look, dialogue, cookie);
	if (wants_head(conn, dialogue, user.look.side))
		look_at_user_head(&user, cookie);
	if (user.look.left) {
		bpf_loop(SS_WINDOWS_MAX, look_at_user, &user, 0);
		look_ends(&user.look);
	}
	if (interest && !user.look.kept)
		user_head_keep(place, cookie, stream, interest, user.look.began_ns);
	return 0;
}
