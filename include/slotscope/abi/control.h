/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* What userspace tells the programs while they run, and the counters that belong to no backend. */
#ifndef SLOTSCOPE_ABI_CONTROL_H
#define SLOTSCOPE_ABI_CONTROL_H

#include <slotscope/abi/losses.h>
#include <slotscope/abi/types.h>

enum ss_walk {
	SS_WALK_START = 0, /* sockets older than the agent are still being added: an unknown one may be such */
	SS_WALK_DONE = 1,  /* every connection is known: an unknown one was missed, and is repaired */
};

/* The clocks that records are written by, at one moment. */
struct ss_clocks {
	__u64 now_ns;    /* CLOCK_MONOTONIC */
	__u64 now_ticks; /* jiffies64 */
};

struct ss_control {
	__u32 walk;             /* enum ss_walk */
	__u32 audit;            /* number of the audit under way, modulo 256 */
	__u32 regroup;          /* 1: walks move connections whose address belongs to another backend now */
	__u32 walk_wanted;      /* set by programs: something can only be found by a walk that regroups */
	__u64 walk_done_ns;     /* when the first walk was over, CLOCK_MONOTONIC */
	__u64 index_generation; /* raised by whoever changes which backend an address leads to */
	__u64 untracked;        /* connections now counted under `other` that have no record of their own */
	__u64 met_untracked;    /* sockets that the audit under way has met and that are taken for such */
	__u64 always_zero;      /* for programs */
	__u64 tick_ns;          /* length of a tick of jiffies64 */
	__u64 walked;           /* sockets that walks have looked at */
	__u64 unix_walked;      /* likewise, Unix stream sockets that belong to a backend */
	__u32 unix_audit;       /* number of the walk over Unix sockets that is under way, modulo 256 */
	__u32 unix_ends_seen;   /* 1: a hook sees each end of a Unix socket; set before the first walk */
	__u64 unix_records;     /* records of Unix sockets made so far, each counted once it can be found */
	__u64 highest_backend;  /* the highest index that was ever given to a backend */
	__u64 losses[SS_LOSS_REASONS];
	__u64 repairs[SS_REPAIR_REASONS];
};

#endif
