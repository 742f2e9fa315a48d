/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* The first bytes of a request, from which userspace makes the call's name. They never leave the agent as they are. */
#ifndef SLOTSCOPE_ABI_REQUEST_HEAD_H
#define SLOTSCOPE_ABI_REQUEST_HEAD_H

#include <slotscope/abi/types.h>

#define SS_REQUEST_HEAD 256 /* bytes that are kept, at most */

enum ss_request_head_flags {
	SS_REQUEST_HEAD_WHOLE = 1, /* what it takes to name the call is here: no more is added */
};

/*
 * The table is smaller than that of the connections: it has a place for each value of the cookie's low bits, and who
 * comes last has it. Whose it is says `cookie`, of which call `began_ns` (ss_connection's call_began_ns). Written front
 * to back, with `check` zeroed first and set last: a reader that goes front to back and finds both stamps the same has
 * read one head.
 */
struct ss_request_head {
	__u64 began_ns; /* 0: none, or being written */
	__u64 cookie;
	__u32 busy; /* a program is writing */
	__u16 size; /* of bytes */
	__u16 flags;
	__u8 bytes[SS_REQUEST_HEAD];
	__u64 check; /* began_ns again */
};
SS_STATIC_ASSERT(sizeof(struct ss_request_head) == 32 + SS_REQUEST_HEAD, "ss_request_head has hidden padding");

#endif
