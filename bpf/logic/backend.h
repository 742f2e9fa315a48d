/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* Backends: finding the record of an address. What is counted there: slots.h. */
#ifndef SLOTSCOPE_LOGIC_BACKEND_H
#define SLOTSCOPE_LOGIC_BACKEND_H

#include "../core/hints.h"
#include "../core/maps.h"
#include "../core/sock.h"

/*
 * These are not static: the verifier looks at each once, not once for each way that leads to it (a program that sees
 * changes of state is verified in half the time). netns is that of the socket, by number and by inode.
 *
 * Where connections of this key belong: as this CPU was told last, or looked up.
 */
u32 backend_of_key(const struct ss_backend_key *key, u32 netns, u32 netns_inode);

/* The backend of this very key, which is made where there is none. */
u32 backend_of_exact_key(const struct ss_backend_key *key, u32 netns, u32 netns_inode);

/* Does anybody listen on the key's address and port, or on their wildcard? */
int backend_is_listened_on(const struct ss_backend_key *key);

static __always_inline void local_key(struct sock *sk, struct ss_backend_key *key)
{
	__builtin_memset(key, 0, sizeof(*key));
	sock_local_ip(sk, key->ip);
	key->port = sock_local_port(sk);
	key->direction = SS_INBOUND;
	key->netns = sock_netns_number(sk);
}

/* Index of the backend that an outbound socket connects to. */
static __always_inline u32 backend_of_outbound(struct sock *sk)
{
	struct ss_backend_key key SS_HINT_KEY = {.direction = SS_OUTBOUND};
	u32 netns = sock_netns_number(sk);

	sock_remote_ip(sk, key.ip);
	key.port = sock_remote_port(sk);
	/* A loopback address is another server in each namespace; any other is the same one from everywhere. */
	key.netns = ip_is_loopback(key.ip) ? netns : 0;
	return backend_of_key(&key, netns, sock_netns(sk));
}

/* Index of the listener that an inbound socket came from. */
static __always_inline u32 backend_of_inbound(struct sock *sk)
{
	struct ss_backend_key key SS_HINT_KEY;

	local_key(sk, &key);
	return backend_of_key(&key, key.netns, sock_netns(sk));
}

/* Does anybody listen on the local address and port of the socket, or on their wildcard? */
static __always_inline bool backend_has_listener(struct sock *sk)
{
	struct ss_backend_key key SS_HINT_KEY;

	local_key(sk, &key);
	return backend_is_listened_on(&key);
}

/* Index of the backend of a socket that listens. */
static __always_inline u32 backend_of_listener(struct sock *sk)
{
	struct ss_backend_key key SS_HINT_KEY;

	local_key(sk, &key);
	return backend_of_exact_key(&key, key.netns, sock_netns(sk));
}

#endif
