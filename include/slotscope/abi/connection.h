/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The holder table: one record for each TCP connection and for each end of a Unix one, in an array that userspace maps and reads without a
 * system call. It is set-associative: a connection lives in one of the ways of one of three buckets, which
 * follow from its socket cookie (ss_bucket_hot, ss_bucket_first, ss_bucket_second).
 */
#ifndef SLOTSCOPE_ABI_CONNECTION_H
#define SLOTSCOPE_ABI_CONNECTION_H

#include <slotscope/abi/address.h>
#include <slotscope/abi/call.h>
#include <slotscope/abi/types.h>

#define SS_WAYS 8

/*
 * The first buckets of the table are hot: every connection is kept there while there is room, so that a host with few
 * of them touches the same few pages again and again, instead of all of the table in turn. 256 buckets of 960 bytes
 * stay in a second-level cache; measured, a request with a connection of its own costs 1.9 us in 64 to 256 of them,
 * 2.0 us in 1024, 3.0 us in 32768.
 */
#define SS_HOT_BUCKETS_MAX 256

enum ss_connection_state {
	SS_CONNECTION_CONNECTING = 1, /* SYN sent */
	SS_CONNECTION_ESTABLISHED = 2,
	SS_CONNECTION_PEER_CLOSED = 3, /* CLOSE_WAIT: the peer is done, this side has not closed; holds a slot */
	SS_CONNECTION_HALF_CLOSED = 4, /* this side has shut down sending and still reads; holds a slot */
	SS_CONNECTION_CLOSING = 5,     /* this side has closed: no slot any more, the kernel is still busy with it */
	SS_CONNECTION_GONE = 6,        /* the way is free; what stands in it is the last connection that had it */
	SS_CONNECTION_LISTENING = 7,   /* a listener, kept here so that it is counted once; not a connection */
};

enum ss_connection_flags {
	SS_CONNECTION_OLDER = 1,    /* older than its first sight: opened_ns is that sight, its age is "at least" */
	SS_CONNECTION_HOLDS = 4,    /* counted in its backend's in_use */
	SS_CONNECTION_WAS_UP = 8,   /* has been established: its end is a close, not a failed connect */
	SS_CONNECTION_INBOUND = 16, /* enum ss_direction */
	SS_CONNECTION_UNIX = 32,    /* a Unix socket; its addresses are as in abi/unix_path.h */
};

/* Apart from the flags above, because some hooks set these without the socket's lock: one that is lost is no count. */
enum ss_connection_activity {
	SS_ACTIVITY_ACCEPTED = 1,      /* inbound: a process has accepted it */
	SS_ACTIVITY_SENT_LAST = 2,     /* the last thing the application did was to send */
	SS_ACTIVITY_RECEIVED_LAST = 4, /* … was to receive; neither bit: nothing seen yet */
};

struct ss_connection {
	__u64 opened_ns; /* CLOCK_MONOTONIC at SYN_SENT (outbound) or ESTABLISHED (inbound) */
	union {
		__u64 last_io_ticks; /* while it holds a slot: last send or receive in timer ticks (jiffies64), 0 none */
		__u64 left_ns;       /* afterwards: when it gave the slot back, CLOCK_MONOTONIC */
	};
	__u64 bytes_sent;     /* handed to the kernel by the application, as of its last send or receive */
	__u64 bytes_received; /* taken by the application, as of its last receive */
	__u32 backend;        /* index into the backend table */
	__u32 pid;            /* of the process that connected, accepted or last did I/O; 0 not known */
	__u32 tid;            /* its thread */
	__u32 netns;          /* inode of the network namespace */
	__u16 local_port;     /* host byte order */
	__u16 remote_port;    /* host byte order */
	__u8 state;           /* enum ss_connection_state */
	__u8 flags;           /* enum ss_connection_flags; written under the socket's lock only */
	__u8 activity;        /* enum ss_connection_activity */
	__u8 audit;           /* number of the audit that saw it last, modulo 256 */
	__u8 local_ip[16];    /* network byte order, IPv4 as ::ffff:a.b.c.d */
	__u8 remote_ip[16];
	/* written under the socket's lock only */
	__u64 call_began_ns;    /* of the call that holds the connection, or held it last; 0: none yet */
	__u64 call_answered_ns; /* first byte of its answer, 0 none; SS_CALL_ANSWERED: the last byte so far; once it is
				   over: when it ended */
	__u8 call_state;        /* enum ss_call_state */
	__u8 call_flags;        /* enum ss_call_flags */
	__u8 call_outcome;   /* enum ss_call_outcome, of the last answer; with SS_CALL_UNTIL_CLOSE: that of this one */
	__u8 protocol;       /* enum ss_protocol */
	__u16 http2_streams; /* SS_PROTOCOL_HTTP2: calls in flight; the fields above are of the oldest of them */
	__u16 http2;         /* for programs: where its streams are kept (core/http2_state.h), 0: nowhere */
	__u32 cookie_low;    /* the low half of its cookie: its request's head is found by it */
	__u32 call_stream;   /* SS_PROTOCOL_HTTP2: the call's number among all streams (abi/http2_name.h) */
};
SS_STATIC_ASSERT(sizeof(struct ss_connection) == 120, "ss_connection has hidden padding");

struct ss_bucket {
	__u64 cookie[SS_WAYS]; /* 0: the way is free */
	struct ss_connection way[SS_WAYS];
};
SS_STATIC_ASSERT(sizeof(struct ss_bucket) == 64 + 120 * SS_WAYS, "ss_bucket has hidden padding");

/* How many hot buckets come before the others, of which there are `buckets` (a power of two). A power of two, too. */
static inline __u32 ss_hot_buckets(__u32 buckets)
{
	__u32 hot = buckets / 16;

	if (hot > SS_HOT_BUCKETS_MAX)
		return SS_HOT_BUCKETS_MAX;
	return hot ? hot : 1;
}

/* The masks are the numbers of buckets less one: of the hot ones, and of the others. */
static inline __u32 ss_bucket_hot(__u64 cookie, __u32 hot_mask)
{
	return (__u32)cookie & hot_mask;
}

/*
 * Cookies are handed out in sequence (in batches for each CPU), so the low bits spread connections that were
 * opened together perfectly; the second choice is scrambled, so that survivors in step with each other part.
 */
static inline __u32 ss_bucket_first(__u64 cookie, __u32 hot_mask, __u32 mask)
{
	return hot_mask + 1 + ((__u32)cookie & mask);
}

static inline __u32 ss_bucket_second(__u64 cookie, __u32 hot_mask, __u32 mask)
{
	/* Fibonacci hashing: Knuth, The Art of Computer Programming 3, section 6.4 */
	return hot_mask + 1 + ((__u32)((cookie * 0x9e3779b97f4a7c15ULL) >> 32) & mask);
}

#endif
