/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * What is kept of the header block of a request in HTTP/2: :method and :path as they stood there, perhaps in Huffman's
 * code, which programs do not read. Nothing else of the block is kept.
 */
#ifndef SLOTSCOPE_ABI_HTTP2_NAME_H
#define SLOTSCOPE_ABI_HTTP2_NAME_H

#include <slotscope/abi/types.h>

#define SS_HTTP2_METHOD 12 /* bytes of it at most; longer ones are not kept */
#define SS_HTTP2_PATH   96 /* bytes of it that are kept at most: whole words */

enum ss_http2_text_flags {
	SS_HTTP2_HUFFMAN = 1, /* in Huffman's code (RFC 7541, appendix B) */
	SS_HTTP2_STATIC = 2, /* an entry of the static table (appendix A): the size is its number, there are no bytes */
	SS_HTTP2_CUT = 4,    /* it was longer than what is kept */
};

struct ss_http2_name {
	__u8 method_size; /* 0: not known */
	__u8 method_flags;
	__u8 path_size; /* 0: not known */
	__u8 path_flags;
	__u8 method[SS_HTTP2_METHOD];
	__u8 path[SS_HTTP2_PATH];
};
SS_STATIC_ASSERT(sizeof(struct ss_http2_name) == 112, "ss_http2_name has hidden padding");

/*
 * The table of names has a place for each value of the stream's number's low bits, and who comes last has it. Whose it is
 * say `stream` (ss_connection's call_stream) and `began_ns` (its call_began_ns). Written front to back, with `check` zeroed
 * first and set last, as ss_request_head is.
 */
struct ss_http2_named {
	__u64 began_ns; /* 0: none, or being written */
	__u32 stream;
	__u32 busy; /* a program is writing */
	struct ss_http2_name name;
	__u64 check; /* began_ns again */
};
SS_STATIC_ASSERT(sizeof(struct ss_http2_named) == 136, "ss_http2_named has hidden padding");

#endif
