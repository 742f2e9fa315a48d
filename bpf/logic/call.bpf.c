// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "call.h"

#include "http2.h"

int call_came_with_syn(struct ss_connection *conn)
{
	if (!conn || conn->call_state != SS_CALL_NONE || conn->protocol != SS_PROTOCOL_UNKNOWN)
		return 0; /* it was seen when it was handed over */
	call_begins(conn, SS_CALL_WAITING, conn->opened_ns);
	conn->protocol = SS_PROTOCOL_TIMING;
	return 0;
}

int call_cut_off(struct ss_connection *conn, u64 now_ns)
{
	if (!conn)
		return 0;
	if (call_is_outstanding(conn))
		conn->call_flags |= SS_CALL_CUT_OFF;
	if (conn->http2)
		http2_cut_off(conn, SS_CALL_ABORTED, now_ns);
	else if (conn->call_state == SS_CALL_ANSWERED)
		call_was_over(conn);
	else if (conn->call_flags & SS_CALL_UNTIL_CLOSE)
		call_ends(conn, conn->call_outcome, now_ns);
	else
		call_ends(conn, SS_CALL_ABORTED, now_ns);
	return 0;
}
