/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * A call: one request and its answer on a connection. One at a time holds the connection; pipelined ones follow it. Of
 * HTTP/2 each stream is a call.
 */
#ifndef SLOTSCOPE_ABI_CALL_H
#define SLOTSCOPE_ABI_CALL_H

#include <slotscope/abi/types.h>

enum ss_call_state {
	SS_CALL_NONE = 0,     /* the connection is idle: no slot of a limit that counts calls */
	SS_CALL_REQUEST = 1,  /* the request is being sent */
	SS_CALL_WAITING = 2,  /* it has been sent, nothing has come back */
	SS_CALL_RESPONSE = 3, /* the answer is being sent */
	SS_CALL_ANSWERED = 4, /* by timing only: some of the answer has come, there may be more; no slot any more */
};

/* How the ends of calls are told on a connection. */
enum ss_protocol {
	SS_PROTOCOL_UNKNOWN = 0, /* nothing was sent yet */
	SS_PROTOCOL_TIMING = 1,  /* not one of those below, or lost: bytes one way, then the other, are a call */
	SS_PROTOCOL_HTTP1 = 2,
	SS_PROTOCOL_FASTCGI = 3,
	SS_PROTOCOL_POSTGRESQL = 4,
	SS_PROTOCOL_MYSQL = 5,
	SS_PROTOCOL_REDIS = 6,
	SS_PROTOCOL_MEMCACHED = 7,
	SS_PROTOCOL_HTTP2 = 8, /* many calls at a time: ss_connection's http2_streams */
	SS_PROTOCOLS = 9,
};

/* What came of a call. */
enum ss_call_outcome {
	SS_CALL_OK = 0,      /* HTTP: 1xx (as the last answer), 2xx and 3xx; others: answered without an error */
	SS_CALL_ERROR = 1,   /* an error in the protocol's own terms; HTTP: none of the other classes */
	SS_CALL_4XX = 2,     /* HTTP */
	SS_CALL_503 = 3,     /* HTTP: the status by which proxies and servers say that there is no room */
	SS_CALL_5XX = 4,     /* HTTP: every other one */
	SS_CALL_ABORTED = 5, /* the connection ended before the answer did */
	SS_CALL_UNKNOWN = 6, /* answered, nobody can tell how: by timing, or HTTP/2's status was not told */
	SS_CALL_OUTCOMES = 7,
};

enum ss_call_flags {
	SS_CALL_UNTIL_CLOSE = 1, /* the call lasts as long as the connection */
	SS_CALL_FOLLOWED = 2,    /* the streams are followed: its ss_dialogue is this connection's */
	SS_CALL_OLDER = 4,       /* it was under way when it was first seen: its age is "at least" */
	SS_CALL_UPGRADED = 16,   /* HTTP: 101 was the answer, what comes now is another protocol's (with UNTIL_CLOSE) */
	SS_CALL_TLS = 8,         /* by timing, and the records of TLS tell which bytes are of a call */
	/* PostgreSQL, MySQL: a transaction is open behind the last answer; of a call under way: it was when it began */
	SS_CALL_IN_TRANSACTION = 32,
	SS_CALL_CUT_OFF = 64, /* it was not over when the connection gave up its slot; not by timing */
};

#endif
