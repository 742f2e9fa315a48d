/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * What is remembered of the header blocks that the client of an HTTP/2 connection has sent (logic/hpack.h): how many
 * entries it has put into the dynamic table, and those of them that name a call. All zeroes: none yet.
 */
#ifndef SLOTSCOPE_HPACK_STATE_H
#define SLOTSCOPE_HPACK_STATE_H

#include <slotscope/abi/http2_name.h>

/* Entries that are remembered: powers of two. */
#define SS_HPACK_KEPT 32  /* of :method and :path, the newest */
#define SS_HPACK_SPAN 128 /* that can be referred to: more do not fit into a table of the usual 4,096 bytes */

enum ss_hpack_field {
	SS_HPACK_OTHER = 0, /* any that names no call: its value is passed over */
	SS_HPACK_METHOD,
	SS_HPACK_PATH,
};

struct ss_hpack_value {
	__u8 size;
	__u8 flags; /* enum ss_http2_text_flags */
	__u8 field; /* enum ss_hpack_field */
	__u8 unused[5];
	__u8 bytes[SS_HTTP2_PATH];
};

struct ss_hpack {
	__u64 inserted; /* entries that were ever put into the dynamic table, also by connections that had the record before */
	__u64 first;   /* of this connection: what `inserted` was when it began */
	__u32 integer; /* being read */
	__u32 left;    /* of the string being read */
	__u8 state;    /* enum ss_hpack_state; 0: between two fields */
	__u8 reading;  /* enum ss_hpack_integer: what the integer or the string is */
	__u8 shift;    /* of the integer's next seven bits */
	__u8 adds;     /* the field being read is put into the dynamic table */
	__u8 next;     /* of `kept`, where the next one goes */
	__u8 broken;   /* the blocks cannot be followed any more */
	__u8 unused[2];
	struct ss_hpack_value value; /* being read */
	struct ss_http2_name name;   /* of the request whose block is being read */
	__u8 place[SS_HPACK_SPAN];   /* by the low bits of an entry's number: 1 + its place in `kept`; 0: none */
	__u64 number[SS_HPACK_KEPT]; /* of the entry in that place of `kept` */
	struct ss_hpack_value kept[SS_HPACK_KEPT];
};

#endif
