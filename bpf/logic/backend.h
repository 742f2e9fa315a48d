/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* Backends: finding the record of an address, and counting what enters and leaves. */
#ifndef SLOTSCOPE_LOGIC_BACKEND_H
#define SLOTSCOPE_LOGIC_BACKEND_H

#include "../core/maps.h"
#include "../core/sock.h"

/* Index of the backend that an outbound socket connects to. */
__hidden u32 backend_of_outbound(struct sock *sk);

/* Index of the listener that an inbound socket came from. */
__hidden u32 backend_of_inbound(struct sock *sk);

/* Does anybody listen on the local address and port of the socket, or on their wildcard? */
__hidden bool backend_has_listener(struct sock *sk);

/* Index of the backend of a socket that listens. */
__hidden u32 backend_of_listener(struct sock *sk);

/* The record; NULL only to satisfy the verifier. */
static __always_inline struct ss_backend *backend_at(u32 index)
{
	return bpf_map_lookup_elem(&backends, &index);
}

/* Counted under `closed`, not under a failure. */
#define SS_CLOSED SS_FAILED_REASONS

/* One connection less, by how it ended: an enum ss_failure, or SS_CLOSED. */
static __always_inline void backend_count_end(struct ss_backend *backend, u32 how)
{
	if (how >= SS_FAILED_REASONS) {
		__sync_fetch_and_add(&backend->closed, 1);
		return;
	}
	how &= SS_FAILED_REASONS - 1;
	barrier_var(how); /* or the compiler drops the mask that the verifier wants to see */
	__sync_fetch_and_add(&backend->failed[how], 1);
}

/* A connection opens and takes a slot. Sends the event when that slot is the last one. */
__hidden int backend_enter(u32 index, u64 now_ns, u64 cookie);

/* A slot that was taken at opened_ns is free again. */
__hidden int backend_leave(u32 index, u64 opened_ns, u64 now_ns);

#endif
