/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* The life of a connection, whatever hooks report it. No SEC(), no ctx. */
#ifndef SLOTSCOPE_LOGIC_CONNECTION_H
#define SLOTSCOPE_LOGIC_CONNECTION_H

#include "../core/maps.h"
#include "../core/sock.h"

/* The caller's connect has sent (or is about to send) its SYN; ports are known. */
__hidden int connection_connect(struct sock *sk);

/* The caller has accepted the socket just now. */
__hidden int connection_accepted(struct sock *sk);

/* The socket is being destroyed: whatever was missed of its end is made up for. */
__hidden int connection_destroyed(struct sock *sk);

/* The end of a connection by a path that is taken seldom: the kernel's own event was missed. */
int connection_end_late(u64 cookie, u32 how);

/* The end of a socket of which nothing was known before now. */
__hidden int connection_end_unknown(struct sock *sk, u64 cookie, int from);

/* A walk over the kernel's list has met the socket and holds its lock. */
__hidden int connection_walked(struct sock *sk);

/* A walk over open files has met the socket in the hands of this process. */
__hidden int connection_owned(struct sock *sk, u32 pid, u32 tid);

/* Two audits in a row have not found the connection in the kernel's list. 1 when it was removed. */
__hidden int connection_vanished(u64 cookie);

#endif
