/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Sockets that are met in the middle of their life: older than the agent, or missed because the kernel skips a
 * program that is already running on the CPU (recursion_misses), or without a record because the table was full.
 */
#ifndef SLOTSCOPE_LOGIC_ADOPT_H
#define SLOTSCOPE_LOGIC_ADOPT_H

#include "../core/maps.h"
#include "../core/sock.h"

/*
 * An event of an unknown connection that is established or beyond, before the kernel stores the new state. Gives
 * its new record, or NULL: it is left to the first walk, or it is one that is counted under `other`.
 */
__hidden struct ss_connection *connection_adopt(struct sock *sk, u64 cookie);

/* An unknown connecting socket has come up. */
__hidden int connection_adopt_up(struct sock *sk, u64 cookie, u64 now_ns);

/* A socket is destroyed that has no number yet: nothing of its life was noticed. */
__hidden int connection_unnoticed(struct sock *sk);

/* A connection without a record has ended. */
__hidden int connection_untracked_ended(struct sock *sk, int from);

__hidden int listener_opened(struct sock *sk, u64 cookie);
__hidden int listener_closed(u64 cookie);

#endif
