/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The life of Unix stream connections. Both ends are on this host, and the kernel joins them: whoever sees one of them sees
 * the other, and both are opened together. Each end has a record: that of the connecting one counts for the outbound
 * backend `unix:PATH`, that of the accepted one for the inbound one. Sockets of socketpair() have no name and no backend.
 *
 * No lock of the kernel covers both ends where the hooks run, so there is one of ours. An event that waits for it too long
 * leaves what it has to say to the next one of its connection, or to the walk; only bytes that nobody can look at again are
 * a loss.
 */
#ifndef SLOTSCOPE_LOGIC_UNIX_H
#define SLOTSCOPE_LOGIC_UNIX_H

#include "../core/control.h"
#include "../core/maps.h"
#include "../core/unix_sock.h"

#define SS_UNIX_LOCKS 1024

/* The process that connected has its connection, or that accepted its. */
__hidden int unix_connected(struct sock *sk);
__hidden int unix_accepted(struct sock *sk);

/* A connect to this name has failed; `error` is positive. */
__hidden int unix_connect_failed(struct sock *sk, const struct ss_unix_path *path, int error);

/* The caller's send or receive is over; `ret` is its result. Only of what is open already. */
__hidden int unix_sent(struct sock *sk, int ret);
__hidden int unix_received(struct sock *sk, int ret, int flags);

/* The caller closes the socket. */
__hidden int unix_released(struct sock *sk);

/* A walk over the kernel's list has met the socket; or, with its cookie, has not: 1 when it was removed. */
__hidden int unix_walked(struct unix_sock *met);
__hidden int unix_vanished(u64 cookie);

/* A walk over open files has met the socket in the hands of this process. */
__hidden int unix_owned(struct sock *sk, u32 pid, u32 tid);

/* Opens what is not open of the connection: both ends. 1 where it belongs to a backend. */
__hidden int unix_open_both(struct sock *sk, u32 flags);

/*
 * One CPU at a time changes the records of a connection: the lock to give back, or 0 where it was not to be had in so many
 * looks. By the cookie of the end that connected. Not static: verified once.
 *
 * It is held for about a microsecond, where messages are long for some ten. Who holds it may be interrupted meanwhile; where
 * programs can be preempted, or the CPU is a virtual one, now and then for as long as a task waits. A look costs 5 to 10 ns.
 */
#define SS_UNIX_LOOKS       4096
#define SS_UNIX_LOOKS_BYTES 65536 /* for what cannot be looked at later */
u32 unix_lock(u64 client, u32 looks);
int unix_unlock(u32 lock);

/* 1: what passes is shown to framers (unix_message.h). Set before loading. */
extern const volatile __u32 ss_unix_messages;

/*
 * How far the reader of a stream has come, in its dialogue: taken_seq is what was looked at, sent_seq where it stands, with
 * what the call that is under way has copied.
 */
static __always_inline void unix_follow(struct ss_connection *conn, struct ss_dialogue *dialogue)
{
	if (conn->call_flags & SS_CALL_FOLLOWED)
		return;
	__builtin_memset(&dialogue->framing, 0, sizeof(dialogue->framing));
	dialogue->sent_seq = (u32)conn->bytes_received;
	dialogue->taken_seq = (u32)conn->bytes_received;
	conn->call_flags |= SS_CALL_FOLLOWED;
}

/* A new record can be found: userspace looks through the table for them only where there is one. */
static __always_inline void unix_record_made(void)
{
	struct ss_control *ctl = control_get();

	if (ctl)
		__sync_fetch_and_add(&ctl->unix_records, 1);
}

/* The cookie of the end that connected. */
static __always_inline u64 unix_client_of(const struct ss_connection *conn)
{
	const u8 *ip = conn->flags & SS_CONNECTION_INBOUND ? conn->remote_ip : conn->local_ip;

	return ((const u32 *)ip)[2] | (u64)((const u32 *)ip)[3] << 32;
}

#endif
