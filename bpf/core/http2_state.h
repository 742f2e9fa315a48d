/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* The open streams of an HTTP/2 connection (logic/http2_streams.h). All zeroes: there are none, and there were none. */
#ifndef SLOTSCOPE_HTTP2_STATE_H
#define SLOTSCOPE_HTTP2_STATE_H

#include <slotscope/abi/types.h>

/* Open at a time and followed: a power of two, and more than the hundred to 250 that servers allow by default. */
#define SS_HTTP2_STREAMS 256

enum ss_http2_stream_flags {
	SS_HTTP2_CLIENT_ENDED = 1, /* END_STREAM was seen from the client */
	SS_HTTP2_SERVER_ENDED = 2, /* … from the server */
};

struct ss_http2 {
	__u32 id[SS_HTTP2_STREAMS]; /* 0: the place is free */
	__u64 began_ns[SS_HTTP2_STREAMS];
	__u64 answered_ns[SS_HTTP2_STREAMS]; /* the server's first header block; 0: none yet */
	__u16 older[SS_HTTP2_STREAMS];       /* neighbours in the order of their opening; SS_HTTP2_STREAMS: none */
	__u16 newer[SS_HTTP2_STREAMS];
	__u16 status[SS_HTTP2_STREAMS]; /* as ss_framing's outcome; 0: not known */
	__u8 flags[SS_HTTP2_STREAMS];   /* enum ss_http2_stream_flags */
	__u32 last_id;                  /* the highest that the client has opened */
	__u32 taken;                    /* 1: by a connection */
	__u16 open;
	__u16 oldest; /* with none open: not to be read */
	__u16 newest;
	__u16 ended; /* the place of the one that has ended last */
};

#endif
