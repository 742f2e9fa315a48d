/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* Every way to miss or to repair something, by reason. One table serves the kernel's counters and the names that people see. */
#ifndef SLOTSCOPE_ABI_LOSSES_H
#define SLOTSCOPE_ABI_LOSSES_H

/* Are counts of connections or calls wrong for it, or is it detail, or put right soon? */
enum ss_loss_effect { SS_LEAVES_COUNTS, SS_MISCOUNTS };

/* X(identifier, name, effect, what it means for the answer) */
#define SS_LOSSES(X)                                                                                                   \
	X(CONNECTIONS_FULL, "connections_full", SS_MISCOUNTS,                                                          \
	  "connections that found no room in the holder table; counted under `other`")                                 \
	X(BACKENDS_FULL, "backends_full", SS_MISCOUNTS,                                                                \
	  "connections whose backend found no room in the backend table; counted under `other`")                       \
	X(RING_FULL, "ring_full", SS_LEAVES_COUNTS,                                                                    \
	  "events that found no room in the ring buffer; counters are not affected")                                   \
	X(COOKIE_REFUSED, "cookie_refused", SS_MISCOUNTS, "sockets without a cookie; not traced")                      \
	X(UNIX_BUSY, "unix_busy", SS_LEAVES_COUNTS,                                                                    \
	  "messages on Unix sockets that nobody could look at: told by timing until the next request")                 \
	X(UNIX_PATHS_FULL, "unix_paths_full", SS_LEAVES_COUNTS,                                                        \
	  "paths of Unix sockets that found no room in their table; shown by number, counters are not affected")       \
	X(HTTP2_FULL, "http2_full", SS_LEAVES_COUNTS,                                                                  \
	  "HTTP/2 connections for whose streams there was no room: their calls are told by timing")                    \
	X(HTTP2_STREAMS_FULL, "http2_streams_full", SS_MISCOUNTS,                                                      \
	  "HTTP/2 streams beyond the 256 of a connection that are followed at a time; not counted as calls")           \
	X(HTTP2_LOST, "http2_lost", SS_LEAVES_COUNTS,                                                                  \
	  "HTTP/2 connections whose frames could not be followed any more: their calls are told by timing from then "  \
	  "on")                                                                                                        \
	X(UNIX_PLACE_UNKNOWN, "unix_place_unknown", SS_MISCOUNTS,                                                      \
	  "failed connects to a path that several servers have, each in files of its own: counted for none of them")   \
	X(UNIX_CONNECTIONS_FULL, "unix_connections_full", SS_MISCOUNTS,                                                \
	  "times that an end of a Unix connection found no room in the holder table: not counted until it does")       \
	X(MPTCP_CALLS, "mptcp_calls", SS_MISCOUNTS, "connections of MPTCP: their calls are not seen, and not counted") \
	X(LISTENERS_FULL, "listeners_full", SS_MISCOUNTS,                                                              \
	  "times that a listener found no room in the holder table: a walk looks for it again")

/* X(identifier, name, what was put right) */
#define SS_REPAIRS(X)                                                                                                  \
	X(MISSED_OPEN, "missed_open", "openings that were noticed at a later event of the same connection")            \
	X(MISSED_STATE, "missed_state", "state changes that were noticed at a later one")                              \
	X(MISSED_END, "missed_end", "ends that were noticed when the socket was destroyed")                            \
	X(MISSED_WHOLE, "missed_whole",                                                                                \
	  "connections of which the first thing noticed was that their socket was destroyed")                          \
	X(AUDIT_ADDED, "audit_added", "connections that only the audit of the kernel's list found")                    \
	X(AUDIT_REMOVED, "audit_removed", "connections that the audit no longer found in the kernel's list")           \
	X(RECOUNTED, "recounted", "backends whose counters did not agree with their connections")                      \
	X(UNIX_FOUND_CLOSED, "unix_found_closed",                                                                      \
	  "ends of Unix connections that no hook could see: noticed by the next walk over the kernel's list")          \
	X(UNIX_FOUND_OPEN, "unix_found_open",                                                                          \
	  "Unix connections taken for closed when their process had read the end of file, and found open later")       \
	X(REGROUPED, "regrouped", "connections moved to another backend after a changed configuration")

enum ss_loss {
#define SS_LOSS_ENUM(identifier, name, effect, text) SS_LOSS_##identifier,
	SS_LOSSES(SS_LOSS_ENUM)
#undef SS_LOSS_ENUM
		SS_LOSS_REASONS
};

enum ss_repair {
#define SS_REPAIR_ENUM(identifier, name, text) SS_REPAIR_##identifier,
	SS_REPAIRS(SS_REPAIR_ENUM)
#undef SS_REPAIR_ENUM
		SS_REPAIR_REASONS
};

#endif
