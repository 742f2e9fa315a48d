/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* Comparing a record with its socket. */
#ifndef SLOTSCOPE_LOGIC_AUDIT_H
#define SLOTSCOPE_LOGIC_AUDIT_H

#include "../core/maps.h"
#include "../core/sock.h"

/* A walk has met a socket that has a record: puts right what a skipped program run has left wrong. */
__hidden int connection_checked(struct sock *sk, struct ss_connection *conn);

/* The connection belongs to this backend now. Not static: verified once. */
int connection_moves(struct ss_connection *conn, u32 index);

#endif
