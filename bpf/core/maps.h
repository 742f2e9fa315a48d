/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* All maps. Sizes written as 1 are set by userspace before the object is loaded. */
#ifndef SLOTSCOPE_MAPS_H
#define SLOTSCOPE_MAPS_H

#include <slotscope/abi/address.h>
#include <slotscope/abi/backend.h>
#include <slotscope/abi/connection.h>
#include <slotscope/abi/control.h>
#include <slotscope/abi/events.h>
#include <slotscope/abi/request_head.h>
#include <slotscope/abi/unix_path.h>

#include "framing_state.h"
#include "hpack_state.h"
#include "http2_state.h"
#include "kernel_types.h"

#include <bpf/bpf_helpers.h>

/*
 * The holder table. A way is taken by the program that sees a connection begin and freed by the one that sees
 * it end (core/connection_table.h). All buckets of a connection full: the connection is counted under
 * `other`, and as a loss. Userspace maps it read-only.
 */
struct ss_connections_map {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct ss_bucket);
};
extern struct ss_connections_map connections SEC(".maps");

/*
 * What framers remember of each connection's two streams: way by way what stands beside the holder table, for programs
 * only. Zeroed when the connection's streams begin to be followed (SS_CALL_FOLLOWED).
 */
struct ss_dialogue {
	struct ss_framing framing;
	u32 sent_seq;  /* the next byte of each stream that no framer has seen, as TCP numbers them: what the */
	u32 taken_seq; /* application hands over, and what it takes */
	u32 late_sent; /* Unix: bytes sent and taken of which nobody could take note when they were (logic/unix.bpf.c) */
	u32 late_taken;
};
struct ss_dialogues {
	struct ss_dialogue way[SS_WAYS];
};
struct ss_dialogues_map {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct ss_dialogues);
};
extern struct ss_dialogues_map dialogues SEC(".maps");

/*
 * The open streams of HTTP/2 connections; record 0 is never used. A connection takes one when it is found to speak HTTP/2,
 * and gives it back when it ends. None free: the connection's calls are told by timing, and that is counted as a loss. (Not
 * with a stack of free ones: programs that may sleep must not use one before 6.3.)
 */
struct ss_http2_connections_map {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct ss_http2);
};
extern struct ss_http2_connections_map http2_connections SEC(".maps");

/*
 * What names the calls of those connections: beside each record what is remembered of its header blocks. The programs
 * write names for the streams as they see their blocks end, and userspace reads them with a system call each, as it does
 * request_heads. One entry each: nothing is kept.
 */
struct ss_http2_blocks_map {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct ss_hpack);
};
extern struct ss_http2_blocks_map http2_blocks SEC(".maps");
struct ss_http2_names_map {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct ss_http2_named);
};
extern struct ss_http2_names_map http2_names SEC(".maps");

/*
 * Where the message stands that a process hands over, and the room for what it takes, in the process's memory: way by way
 * what stands beside the holder table, for programs only. One bucket where the chosen hooks need none of it.
 */
struct ss_user_message {
	u64 base;     /* of the buffer in the process; 0: in segments, or nowhere that can be read */
	u64 segments; /* where the kernel keeps the list of them */
	u64 cut;      /* what is left out of the buffer, or of the first segment */
	u32 seq;      /* of its first byte, as TCP numbers the stream */
	u32 tid;      /* of the thread; 0: nobody is at it */
	u32 count;    /* of its bytes that are being looked at */
	u32 unused;
};
struct ss_user_messages {
	struct {
		struct ss_user_message sent;
		struct ss_user_message taken;
	} way[SS_WAYS];
};
struct ss_user_messages_map {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct ss_user_messages);
};
extern struct ss_user_messages_map user_messages SEC(".maps");

/*
 * Counters of the backends. Record 0 is `other`. A record is made by the first connection (or listener) of an
 * address and given back by userspace once nobody has used it for long. Full: counted under `other`, and as a
 * loss. Userspace maps it, writes limits, and folds.
 */
struct ss_backends_map {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct ss_backend);
};
extern struct ss_backends_map backends SEC(".maps");

/*
 * Indices of free records of `backends`. Userspace fills it and gives folded ones back; programs take. The one that
 * came last goes first, so that the records in use stay together at the front, which is all that userspace maps.
 */
struct ss_free_backends_map {
	__uint(type, BPF_MAP_TYPE_STACK);
	__uint(max_entries, 1);
	__uint(value_size, sizeof(u32));
};
extern struct ss_free_backends_map free_backends SEC(".maps");

/*
 * From address to record of `backends`. Programs insert with the first connection; userspace deletes what it
 * folds. Has twice as many entries as there are records, because the addresses of a group share one.
 */
struct ss_backend_index_map {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, struct ss_backend_key);
	__type(value, u32);
};
extern struct ss_backend_index_map backend_index SEC(".maps");

/* Addresses that the configuration names. Userspace inserts and deletes; looked up only for a new address. */
struct ss_members_map {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, struct ss_member_key);
	__type(value, struct ss_member);
};
extern struct ss_members_map members SEC(".maps");

/*
 * Rare events to userspace. Full: the event is counted as a loss; the counters do not depend on it. A sample of the calls
 * that end travels in one half of it.
 */
#define SS_EVENTS_BYTES 262144
struct ss_events_map {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, SS_EVENTS_BYTES);
};
extern struct ss_events_map events SEC(".maps");

/* One record of settings and of counters that belong to no backend. Userspace maps it. */
struct ss_control_map {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct ss_control);
};
extern struct ss_control_map control SEC(".maps");

/*
 * Where a program looks at a head as a whole: one for each CPU, for programs only. On kernels whose tracepoints can be
 * preempted (7.x) another one may come in between: who finds it taken does without.
 */
#define SS_SCRATCH 640
struct ss_scratch {
	u64 taken;
	/* where the first bytes of a message are gathered from */
	u64 base; /* of the bytes in a process that are read next */
	u64 left; /* of the message from there on */
	u8 room[SS_SCRATCH];
};
struct ss_scratch_map {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct ss_scratch);
};
extern struct ss_scratch_map scratch SEC(".maps");

/*
 * The first bytes of requests, written by the programs that see them begin, read by userspace with a system call each:
 * mapped, they would count as the agent's memory. See ss_request_head for who has which place. One entry: nothing is
 * kept.
 */
struct ss_request_heads_map {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct ss_request_head);
};
extern struct ss_request_heads_map request_heads SEC(".maps");

/* Backends that a CPU asked for last (core/hints.h): for programs only. */
#define SS_HINTS 64
struct ss_hint {
	u64 stamp;
	struct ss_backend_key key;
};
struct ss_hints {
	struct ss_hint hint[SS_HINTS];
};
struct ss_hints_map {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct ss_hints);
};
extern struct ss_hints_map hints SEC(".maps");

/*
 * The names of Unix sockets by the numbers that stand for them. A program inserts one with its backend; userspace deletes
 * what no backend has any more. Full: the name is shown as its number, and counted as a loss.
 */
struct ss_unix_names_map {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, struct ss_unix_id);
	__type(value, struct ss_unix_name);
};
extern struct ss_unix_names_map unix_names SEC(".maps");

#endif
