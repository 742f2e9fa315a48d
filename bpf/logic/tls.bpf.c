// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "tls.h"

#include "../core/maps.h"
#include "framing_tls.h"

/*
 * After the handshake of TLS 1.3 a server sends session tickets, of which nobody can say that they are no answer: the
 * first request is on its way by then, mostly. But servers of one address are alike. Of a backend where so many
 * connections in a row had more records after one that may be a ticket, such a record answers no call.
 */
#define SS_TICKETS_PROVEN 2

static __always_inline void learn(const struct ss_connection *conn, u32 events)
{
	struct ss_backend *backend = backend_at(conn->backend);

	if (!backend)
		return;
	if (events & SS_TLS_NO_TICKET)
		backend->tls_tickets = 0;
	else if (backend->tls_tickets < SS_TICKETS_PROVEN)
		backend->tls_tickets++; /* without a lock: one that is lost is learned from the next connection */
}

static __always_inline bool sends_tickets(const struct ss_connection *conn)
{
	const struct ss_backend *backend = backend_at(conn->backend);

	return backend && backend->tls_tickets >= SS_TICKETS_PROVEN;
}

/* What a server's record says. True: it is of no call. */
static __always_inline bool is_ticket(const struct ss_connection *conn, u32 events)
{
	bool unasked = events & SS_TLS_TICKET && conn->call_state == SS_CALL_NONE;

	if (unasked || events & (SS_TLS_NO_TICKET | SS_TLS_MORE))
		learn(conn, events);
	return events & SS_TLS_TICKET && sends_tickets(conn);
}

u32 tls_look(long place, const struct ss_window *window, u32 count, u32 side)
{
	struct ss_connection *conn = connection_at(place);
	struct ss_dialogue *dialogue = dialogue_at(place);
	u32 events;
	u64 step;

	if (!conn || !dialogue || !window || !count || count > SS_WINDOW)
		return 0;
	step = side == SIDE_RESPONSE ? frame_tls_response(&dialogue->framing, window, count)
				     : frame_tls_request(&dialogue->framing, window, count);
	events = step >> STEP_EVENTS_SHIFT;
	if (events & SS_FRAMING_LOST) {
		conn->call_flags &= ~SS_CALL_TLS;
		dialogue_timed(place, side);
		return 0;
	}
	if (events && !(side == SIDE_RESPONSE && is_ticket(conn, events)))
		dialogue_timed(place, side);
	return step & 0xff ? step & 0xff : count;
}
