/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* Which connection a Unix socket is an end of, and which backend that belongs to. */
#ifndef SLOTSCOPE_LOGIC_UNIX_FIND_H
#define SLOTSCOPE_LOGIC_UNIX_FIND_H

#include "../core/control.h"
#include "../core/maps.h"
#include "../core/unix_sock.h"

/*
 * Sockets whose names begin so are the host's own plumbing, and left out: for each two words and their masks, of which the
 * first is 0 behind the last one. Set before loading.
 */
#define SS_UNIX_LEFT_OUT 8
extern const volatile __u64 ss_unix_left_out[SS_UNIX_LEFT_OUT * 4];

/* The agent's own process: who talks to it asks, and is nobody's backend. */
extern const volatile __u32 ss_own_pid;

struct unix_ends {
	struct sock *client;
	struct sock *server;
	struct unix_sock *named; /* the one whose name the backend has */
};

/*
 * The end that was accepted has the name of its listener. Where both have one, the accepted end shares its with the
 * listener and with all that were accepted from it; where nobody else is left of those, nobody can tell.
 */
static __always_inline bool unix_is_server(const struct unix_sock *own, const struct unix_sock *other)
{
	if (!own->addr || !other->addr)
		return own->addr != NULL;
	return own->addr->refcnt.refs.counter > other->addr->refcnt.refs.counter;
}

static __always_inline bool unix_is_client(const struct unix_sock *own, const struct unix_sock *other)
{
	return unix_is_server(other, own);
}

/* False for what has no name at either end (socketpair), is not connected, or cannot be told apart. */
static __always_inline bool unix_find_ends(struct sock *sk, struct unix_ends *ends)
{
	struct unix_sock *own = bpf_skc_to_unix_sock(sk), *other;
	struct sock *peer = own ? own->peer : NULL;

	other = peer ? bpf_skc_to_unix_sock(peer) : NULL;
	if (!own || !other)
		return false;
	if (unix_is_server(own, other)) {
		ends->client = peer;
		ends->server = sk;
		ends->named = own;
		return true;
	}
	ends->client = sk;
	ends->server = peer;
	ends->named = other;
	return unix_is_client(own, other);
}

/* Not static: verified once. 1 where the name is the host's own plumbing; else gives the number that stands for it. */
int unix_is_left_out(const struct ss_unix_path *path);
int unix_number(const struct ss_unix_path *path, struct ss_unix_id *id);

/* The name of this key was met: perhaps in another place than before. Not static: verified once. After unix_key, not in
 * it, which takes most of the stack.
 */
int unix_met(const struct ss_backend_key *met);

/* Fills address and place of the backend's key, and keeps the name for userspace. False: the name is left out. */
static __noinline bool unix_key(const struct unix_sock *named, struct ss_backend_key *key)
{
	const struct unix_address *addr = named->addr;
	struct ss_unix_name name = {};
	struct ss_unix_id id = {};

	if (!addr)
		return false;
	unix_name_read(addr, &name.path);
	if (unix_is_left_out(&name.path))
		return false;
	name.place = unix_place(named);
	unix_number(&name.path, &id);
	__builtin_memcpy(key->ip, id.ip, sizeof(key->ip));
	key->netns = name.place;
	if (!bpf_map_lookup_elem(&unix_names, &id) && bpf_map_update_elem(&unix_names, &id, &name, BPF_ANY))
		count_loss(SS_LOSS_UNIX_PATHS_FULL);
	return true;
}

#endif
