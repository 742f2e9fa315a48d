/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Counters of one backend, updated in place by BPF programs and mapped by userspace. They only grow, except
 * in_use, so a reader needs no lock:
 *
 *   open               = opened - closed - sum of failed
 *   connecting         = outbound connections that are open and not yet up: opened - up - failed to connect
 *   slot-seconds to T  = in_use * T + left_sum_ns - entered_sum_ns          (each connection gives leave - enter)
 *   time at limit to T = (at limit ? T : 0) + limit_left_sum_ns - limit_entered_sum_ns
 *
 * Calls likewise: started = calls_in_flight + sum of call_outcomes; their slot-seconds come from calls_in_flight and the
 * two calls_ sums. At the limit is whichever of the two the limit counts.
 */
#ifndef SLOTSCOPE_ABI_BACKEND_H
#define SLOTSCOPE_ABI_BACKEND_H

#include <slotscope/abi/address.h>
#include <slotscope/abi/call.h>
#include <slotscope/abi/histogram.h>
#include <slotscope/abi/types.h>

/* Index of the record that takes what the tables cannot hold. */
#define SS_BACKEND_OTHER 0

/* Why a connection is counted as failed instead of closed. */
enum ss_failure {
	SS_FAILED_REFUSED = 0,          /* connect: ECONNREFUSED */
	SS_FAILED_TIMED_OUT = 1,        /* connect: ETIMEDOUT */
	SS_FAILED_RESET_CONNECTING = 2, /* connect: reset during the handshake, other than refused */
	SS_FAILED_RESET = 3,            /* was up, and the peer reset it with a call outstanding */
	SS_FAILED_ABORTED =
		4, /* given up on this side: connect abandoned, or never accepted before its listener closed */
	SS_FAILED_NO_PORT = 5,     /* connect: no local port was free (EADDRNOTAVAIL) */
	SS_FAILED_UNREACHABLE = 6, /* connect: EHOSTUNREACH, ENETUNREACH */
	SS_FAILED_OTHER = 7,       /* connect: any other error */
	SS_FAILED_REASONS = 8,
};

struct ss_backend {
	/* written by each opening and each end: one cache line */
	__u64 in_use;
	__u64 opened;
	__u64 entered_sum_ns;
	__u64 left_sum_ns;
	__u64 peak;  /* of in_use, since the record was made */
	__u64 limit; /* of connections; written by userspace; 0: none */
	__u64 up;    /* outbound: connections that became established */
	__u64 closed;
	/* written by each end, and at the limit */
	__u64 hold_sum_ns;
	__u64 hold_max_ns;
	__u64 limit_hits;
	__u64 limit_entered;
	__u64 limit_entered_sum_ns;
	__u64 limit_left;
	__u64 limit_left_sum_ns;
	__u64 limit_event_ns; /* when the last event about the limit was sent */
	/* written by each call */
	__u64 calls_in_flight;
	__u64 calls_entered_sum_ns;
	__u64 calls_left_sum_ns;
	__u64 calls_peak;
	__u64 calls_limit; /* of calls; written by userspace; 0: none */
	__u64 call_sum_ns; /* of `call` */
	__u64 call_max_ns;
	__u64 first_byte_sum_ns; /* of `first_byte` */
	__u64 call_outcomes[SS_CALL_OUTCOMES];
	__u64 calls_by_timing; /* how many of them were told by timing */
	/* written seldom */
	__u64 failed[SS_FAILED_REASONS];
	struct ss_backend_key key; /* of its first address; written once, before the record can be found */
	__u32 group;               /* number of the configured limit, 0 none */
	__u32 listeners;           /* inbound: sockets that listen on it now */
	__u64 created_ns;          /* 0: the record is free */
	__u64 older;               /* how many of `opened` are older than their first sight */
	__u64 accepted;            /* inbound: accepts seen, with the wait known */
	__u64 accept_wait_sum_ns;
	__u32 netns;            /* inode of the network namespace of its key; 0 where that has none */
	__u32 tls_tickets;      /* for programs: connections in a row that began with TLS session tickets, up to 2 */
	__u64 call_sample_mask; /* written by userspace: a power of two less one; of so many calls + 1 one is told of */
	__u64 call_samples_lost; /* of those that were to be told, how many the ring buffer had no room for */
	__u64 reserved[5];
	__u64 hold[SS_HISTOGRAM_BUCKETS];        /* how long slots were held, at the end of each hold */
	__u64 accept_wait[SS_HISTOGRAM_BUCKETS]; /* from established to accepted */
	__u64 call[SS_HISTOGRAM_BUCKETS];        /* from the first byte of a request to the last of its answer */
	__u64 first_byte[SS_HISTOGRAM_BUCKETS];  /* from the first byte of a request to the first of its answer */
};
SS_STATIC_ASSERT(sizeof(struct ss_backend) % 64 == 0, "ss_backend must fill whole cache lines");
SS_STATIC_ASSERT(__builtin_offsetof(struct ss_backend, hold_sum_ns) == 64, "what every event writes is one cache line");

#endif
