/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Message framing: where the requests and responses in a connection's two streams begin and end. No kernel in here: it is
 * compiled for BPF, and for the host, where it is tested at every byte boundary and fuzzed.
 *
 * A framer is shown a stream in windows: the next bytes that it has not consumed yet, at most SS_WINDOW of them, cut
 * wherever reads and writes cut the stream. It consumes some, and stops after the first event, so that events are told in
 * their order. Of bytes that say nothing (a body whose length is known) it asks to skip as many as there are: those are
 * never read. All that it remembers is struct ss_framing; all zeroes is the beginning of a connection.
 *
 * A window is SS_WINDOW bytes long and aligned on 8 however few of them are shown: a framer may load the others, but
 * nothing depends on them. What cannot be read (sendfile's bytes) is shown as zeroes: no framer looks at the bytes of a
 * body, and one that needs them for something else is lost.
 */
#ifndef SLOTSCOPE_LOGIC_FRAMING_H
#define SLOTSCOPE_LOGIC_FRAMING_H

#include <stdbool.h>

#include <slotscope/abi/types.h>

#define SS_WINDOW 64

/* What a step has found; several bits where they fall on the same byte. */
enum ss_framing_event {
	SS_FRAMING_REQUEST_BEGAN = 1,  /* request stream: the first byte of a request */
	SS_FRAMING_REQUEST_ENDED = 2,  /* request stream: its last byte */
	SS_FRAMING_RESPONSE_BEGAN = 4, /* response stream: the first byte of the answer (of an interim one, too) */
	SS_FRAMING_RESPONSE_ENDED = 8, /* response stream: the last byte of the answer: the call is over */
	SS_FRAMING_UNTIL_CLOSE =
		16, /* response stream: the call lasts as long as the connection (its answer is delimited by
					   the close, or both sides now speak something else) */
	SS_FRAMING_LOST =
		32, /* not this protocol, or not understood: from here on this connection is judged by timing */
};

/* One direction of a connection. `state` 0 is between messages; the other members are the framer's own. */
struct ss_stream {
	__u64 skip;   /* bytes to leave out before the next window */
	__u64 number; /* being read: a length, a chunk's size */
	__u32 word;   /* being recognised */
	__u8 state;
	__u8 flags;
	__u16 count;
};

struct ss_framing {
	struct ss_stream request;
	struct ss_stream response;
	__u32 marks;   /* a bit for each outstanding request, the oldest lowest: what its answer depends on */
	__u16 pending; /* requests begun and not yet answered in full */
	__u16 outcome; /* of the last answer: HTTP status; other protocols: 0 for success, 1 for an error */
};

struct ss_step {
	__u32 consumed; /* 1 to the number of bytes shown */
	__u32 events;   /* enum ss_framing_event: they belong to the last byte consumed, or BEGAN to the first */
};

/* linux/types.h brings an __always_inline that is only a hint; the BPF headers and the C library have the real one. */
#define SS_INLINE inline __attribute__((always_inline))

/* Hides what the compiler knows of a value: it would replace bounds and masks by what verifiers do not follow. */
#define ss_opaque(value) __asm__ volatile("" : "+r"(value))

/* An index that is inside a window for the verifier, too. */
static SS_INLINE __u32 ss_window_index(__u32 at)
{
	ss_opaque(at);
	return at & (SS_WINDOW - 1);
}

static SS_INLINE bool ss_is_digit(__u8 byte)
{
	return byte >= '0' && byte <= '9';
}

#endif
