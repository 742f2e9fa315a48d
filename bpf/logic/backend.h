/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* Backends: finding the record of an address. What is counted there: slots.h. */
#ifndef SLOTSCOPE_LOGIC_BACKEND_H
#define SLOTSCOPE_LOGIC_BACKEND_H

#include "../core/maps.h"
#include "../core/sock.h"

/* Index of the backend that an outbound socket connects to. */
__hidden u32 backend_of_outbound(struct sock *sk);

/* Index of the listener that an inbound socket came from. */
__hidden u32 backend_of_inbound(struct sock *sk);

/* Does anybody listen on the local address and port of the socket, or on their wildcard? */
__hidden bool backend_has_listener(struct sock *sk);

/* Index of the backend of a socket that listens. */
__hidden u32 backend_of_listener(struct sock *sk);

#endif
