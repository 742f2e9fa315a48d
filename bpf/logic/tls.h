/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* Calls on a connection that speaks TLS: told by timing, by the records that may be of a request or an answer. */
#ifndef SLOTSCOPE_LOGIC_TLS_H
#define SLOTSCOPE_LOGIC_TLS_H

#include "dialogue.h"

/* As dialogue_look. Not static: verified once. */
u32 tls_look(long place, const struct ss_window *window, u32 count, u32 side);

/* The framers of framing_tls.h. */
u64 frame_tls_request(struct ss_framing *framing, const struct ss_window *window, u32 count);
u64 frame_tls_response(struct ss_framing *framing, const struct ss_window *window, u32 count);

#endif
