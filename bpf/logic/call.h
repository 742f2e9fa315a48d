/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The life of a call on a connection, and what it counts. All of this runs under the socket's lock, or when nobody else
 * has the record any more.
 */
#ifndef SLOTSCOPE_LOGIC_CALL_H
#define SLOTSCOPE_LOGIC_CALL_H

#include "../core/maps.h"
#include "slots.h"

/* A call takes its connection's slot. Sends the event when that slot is the last one of a limit that counts calls. */
static __always_inline void call_enter(struct ss_connection *conn, u64 now_ns)
{
	struct ss_backend *backend = backend_at(conn->backend);
	u64 in_flight;

	if (!backend)
		return;
	in_flight = __sync_fetch_and_add(&backend->calls_in_flight, 1) + 1;
	__sync_fetch_and_add(&backend->calls_entered_sum_ns, now_ns);
	atomic_max(&backend->calls_peak, in_flight);
	if (in_flight == backend->calls_limit)
		limit_reached(conn->backend, in_flight, now_ns, 0);
}

static __always_inline void call_leave(const struct ss_connection *conn, u64 now_ns)
{
	struct ss_backend *backend = backend_at(conn->backend);
	u64 before;

	if (!backend)
		return;
	before = __sync_fetch_and_add(&backend->calls_in_flight, -1ULL);
	__sync_fetch_and_add(&backend->calls_left_sum_ns, now_ns);
	if (backend->calls_limit && before == backend->calls_limit)
		limit_left(backend, now_ns);
}

static __always_inline void call_begins(struct ss_connection *conn, u8 state, u64 now_ns)
{
	conn->call_began_ns = now_ns;
	conn->call_answered_ns = 0;
	conn->call_flags &= ~(SS_CALL_OLDER | SS_CALL_UNTIL_CLOSE | SS_CALL_UPGRADED);
	conn->call_state = state;
	call_enter(conn, now_ns);
}

/* It was under way before it was first seen, for `age_ns` at least. By timing: nobody has seen its request. */
static __always_inline void call_joins(struct ss_connection *conn, u64 age_ns, u64 now_ns)
{
	call_begins(conn, SS_CALL_WAITING, now_ns);
	conn->call_began_ns = age_ns < now_ns ? now_ns - age_ns : now_ns;
	conn->call_flags |= SS_CALL_OLDER;
	conn->protocol = SS_PROTOCOL_TIMING;
}

/* TCP Fast Open: a request has gone with the SYN, where no hook could look at it. By timing. Not static: seldom taken. */
int call_came_with_syn(struct ss_connection *conn);

static __always_inline void count_first_byte(const struct ss_connection *conn, u64 began_ns, u64 now_ns)
{
	struct ss_backend *backend = backend_at(conn->backend);
	u64 wait_ns = now_ns > began_ns ? now_ns - began_ns : 0;

	if (!backend)
		return;
	__sync_fetch_and_add(&backend->first_byte_sum_ns, wait_ns);
	count_duration(backend->first_byte, wait_ns);
}

/* The first byte of the answer. */
static __always_inline void call_answered(struct ss_connection *conn, u64 now_ns)
{
	conn->call_answered_ns = now_ns;
	if (!(conn->call_flags & SS_CALL_OLDER))
		count_first_byte(conn, conn->call_began_ns, now_ns);
}

static __always_inline u32 http_outcome(u32 status)
{
	if (status == 503)
		return SS_CALL_503;
	if (status >= 500 && status <= 599)
		return SS_CALL_5XX;
	if (status >= 400 && status <= 499)
		return SS_CALL_4XX;
	return status >= 100 && status <= 399 ? SS_CALL_OK : SS_CALL_ERROR;
}

static __always_inline void count_outcome(const struct ss_connection *conn, u32 outcome)
{
	struct ss_backend *backend = backend_at(conn->backend);

	if (!backend)
		return;
	outcome = bounded(outcome, 7);
	if (outcome < SS_CALL_OUTCOMES)
		__sync_fetch_and_add(&backend->call_outcomes[outcome], 1);
	if (conn->protocol == SS_PROTOCOL_TIMING)
		__sync_fetch_and_add(&backend->calls_by_timing, 1);
}

/* Tells userspace of a call that is over. Not static: verified once. */
int call_sampled(const struct ss_connection *conn, u32 outcome, u64 began_ns, u64 took_ns);

/*
 * Is this call one of those that are told? Drawn from the time that all calls before it took together, which is a number
 * for each call that nothing is in step with, and is at hand. (The finaliser of MurmurHash3.)
 */
static __always_inline bool call_is_drawn(u64 sum_before_ns, u64 mask)
{
	sum_before_ns = (sum_before_ns ^ (sum_before_ns >> 33)) * 0xff51afd7ed558ccdULL;
	sum_before_ns = (sum_before_ns ^ (sum_before_ns >> 33)) * 0xc4ceb9fe1a85ec53ULL;
	return !((sum_before_ns >> 33) & mask);
}

static __always_inline void count_call(const struct ss_connection *conn, u32 outcome, u64 began_ns, u64 ended_ns)
{
	struct ss_backend *backend = backend_at(conn->backend);
	u64 took_ns = ended_ns > began_ns ? ended_ns - began_ns : 0;
	u64 before_ns;

	if (!backend)
		return;
	before_ns = __sync_fetch_and_add(&backend->call_sum_ns, took_ns);
	atomic_max(&backend->call_max_ns, took_ns);
	count_duration(backend->call, took_ns);
	if (call_is_drawn(before_ns, backend->call_sample_mask))
		call_sampled(conn, outcome, began_ns, took_ns);
}

static __always_inline void call_ends(struct ss_connection *conn, u32 outcome, u64 now_ns)
{
	conn->call_state = SS_CALL_NONE;
	conn->call_outcome = outcome;
	conn->call_answered_ns = now_ns; /* when it ended: who asks for the holders of a moment before needs it */
	call_leave(conn, now_ns);
	count_outcome(conn, outcome);
	count_call(conn, outcome, conn->call_began_ns, now_ns);
}

/*
 * By timing nobody knows which byte of an answer is the last. The slot is given back with the first, and taken again in
 * retrospect with each that follows: the sums come out right, the number in flight is that of unanswered calls.
 */
static __always_inline void call_answered_by_timing(struct ss_connection *conn, u64 now_ns)
{
	call_answered(conn, now_ns);
	conn->call_state = SS_CALL_ANSWERED;
	call_leave(conn, now_ns);
	count_outcome(conn, SS_CALL_UNKNOWN);
}

static __always_inline void call_answered_more(struct ss_connection *conn, u64 now_ns)
{
	struct ss_backend *backend = backend_at(conn->backend);

	if (backend && now_ns > conn->call_answered_ns)
		__sync_fetch_and_add(&backend->calls_left_sum_ns, now_ns - conn->call_answered_ns);
	conn->call_answered_ns = now_ns;
}

/* What was the last byte of an answer by timing is known now: the next request begins, or the connection ends. */
static __always_inline void call_was_over(struct ss_connection *conn)
{
	count_call(conn, SS_CALL_UNKNOWN, conn->call_began_ns, conn->call_answered_ns);
	conn->call_state = SS_CALL_NONE;
}

/* Its protocol tells where calls end: not by timing, and not where the end of the connection is the end of the call. */
static __always_inline bool call_ends_are_told(const struct ss_connection *conn)
{
	return conn->protocol > SS_PROTOCOL_TIMING && !(conn->call_flags & SS_CALL_UNTIL_CLOSE);
}

/* Such a call is not over, or was not when the connection gave up its slot. */
static __always_inline bool call_is_outstanding(const struct ss_connection *conn)
{
	return call_ends_are_told(conn) && (conn->call_state != SS_CALL_NONE || conn->call_flags & SS_CALL_CUT_OFF);
}

/* The connection gives up its slot with a call on it. Not static: verified once. */
int call_cut_off(struct ss_connection *conn, u64 now_ns);

#endif
