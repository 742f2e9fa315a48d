/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* What a framer (logic/framing.h) remembers of a connection's two streams. */
#ifndef SLOTSCOPE_FRAMING_STATE_H
#define SLOTSCOPE_FRAMING_STATE_H

#include <slotscope/abi/types.h>

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
	__u16 outcome; /* of the last answer: HTTP status; other protocols: enum ss_framing_outcome */
};

/* Several bits, none of them for success. */
enum ss_framing_outcome {
	SS_FRAMING_FAILED = 1,
	SS_FRAMING_IN_TRANSACTION = 2, /* of a database that says so: a transaction is open behind it */
};

#endif
