/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* Records that travel through the ring buffer: rare by construction. The kind comes first. */
#ifndef SLOTSCOPE_ABI_EVENTS_H
#define SLOTSCOPE_ABI_EVENTS_H

#include <slotscope/abi/request_head.h>
#include <slotscope/abi/types.h>

enum ss_event_kind {
	SS_EVENT_LIMIT_REACHED = 1,
	SS_EVENT_CALL_ENDED = 2,
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

/*
 * A call that is over, chosen at random: one of ss_backend's call_sample_mask + 1. Nobody is woken for it while there is
 * much room, and none is sent into the half of the ring that is kept for the other kinds.
 */
struct ss_event_call_ended {
	__u32 kind;
	__u32 backend; /* index into the backend table */
	__u64 began_ns;
	__u64 took_ns;
	__u32 every;   /* it was chosen as one of so many */
	__u32 pid;     /* that has the connection; 0 not known */
	__u8 protocol; /* enum ss_protocol */
	__u8 outcome;  /* enum ss_call_outcome */
	__u16 size;    /* of the bytes below: what is kept of its request; 0 nothing */
	__u32 unused;
	__u8 bytes[SS_REQUEST_HEAD];
};
SS_STATIC_ASSERT(sizeof(struct ss_event_call_ended) == 40 + SS_REQUEST_HEAD, "hidden padding");

#endif
