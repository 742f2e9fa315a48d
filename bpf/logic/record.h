/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* Beginning and ending the record of a connection, and the counts that go with it: always together. */
#ifndef SLOTSCOPE_LOGIC_RECORD_H
#define SLOTSCOPE_LOGIC_RECORD_H

#include "../core/maps.h"
#include "../core/sock.h"

/* How a connection begins. */
struct record_start {
	u64 cookie;
	u64 now_ns;
	u32 backend;
	u8 state;
	u8 flags; /* HOLDS and WAS_UP decide what is counted */
	u8 activity;
	bool only_with_room; /* a later event opens it otherwise: not counted under `other` now */
};

/* Adds the record and counts the opening. NULL when the table is full: then it is counted under `other`. */
__hidden struct ss_connection *record_open(struct sock *sk, const struct record_start *start);

/* Counts the end as `how` (an enum ss_failure, or SS_CLOSED) and frees the record, unless somebody else just did. */
__hidden int record_end(u64 cookie, u32 how);

/* The connection gives its slot back; it may stay open for a while. */
__hidden int record_leave_slot(struct ss_connection *conn);

/* A connecting connection is up. */
__hidden int record_up(struct ss_connection *conn);

/* The process that runs now uses the connection. */
static __always_inline void record_owner(struct ss_connection *conn)
{
	struct task_struct *task = bpf_get_current_task_btf();

	conn->pid = task->tgid;
	conn->tid = task->pid;
}

static __always_inline bool is_inbound(const struct ss_connection *conn)
{
	return conn->flags & SS_CONNECTION_INBOUND;
}

static __always_inline void record_addresses(struct ss_connection *conn, struct sock *sk)
{
	sock_local_ip(sk, conn->local_ip);
	sock_remote_ip(sk, conn->remote_ip);
	conn->local_port = sock_local_port(sk);
	conn->remote_port = sock_remote_port(sk);
}

#endif
