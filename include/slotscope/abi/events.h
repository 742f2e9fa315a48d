/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* Records that travel through the ring buffer: rare by construction. The kind comes first. */
#ifndef SLOTSCOPE_ABI_EVENTS_H
#define SLOTSCOPE_ABI_EVENTS_H

#include <slotscope/abi/types.h>

enum ss_event_kind {
	SS_EVENT_LIMIT_REACHED = 1,
};

/* At most one event of a backend's limit in this time; limit_hits counts all of them. */
#define SS_LIMIT_EVENT_INTERVAL_NS 100000000ULL

struct ss_event_limit_reached {
	__u32 kind;
	__u32 backend; /* index into the backend table */
	__u64 at_ns;   /* CLOCK_MONOTONIC */
	__u64 cookie;  /* of the connection that took the last slot */
	__u64 in_use;  /* including that connection */
	__u64 limit;
	__u64 limit_hits; /* since the record was made, this one included */
};
SS_STATIC_ASSERT(sizeof(struct ss_event_limit_reached) == 48, "hidden padding");

#endif
