// SPDX-License-Identifier: GPL-2.0-only OR MIT
/* The beginning of Unix connections. */
#include "unix.h"

#include "../core/connection_table.h"
#include "../core/control.h"
#include "activity.h"
#include "backend.h"
#include "record.h"
#include "unix_find.h"

const volatile __u64 ss_unix_left_out[SS_UNIX_LEFT_OUT * 4];
const volatile __u32 ss_own_pid = 0;
__u32 unix_locks[SS_UNIX_LOCKS];

struct unix_wait {
	u32 slot;
	u32 got; /* the lock, or 0 */
};

static __always_inline bool takes_lock(u32 slot)
{
	return !__sync_lock_test_and_set(&unix_locks[bounded(slot, SS_UNIX_LOCKS - 1)], 1);
}

/* A look only reads: who holds the lock is not to lose its cache line to those who wait. */
static long look_for_lock(u64 round, struct unix_wait *wait)
{
	if (*(volatile u32 *)&unix_locks[bounded(wait->slot, SS_UNIX_LOCKS - 1)] || !takes_lock(wait->slot))
		return 0;
	wait->got = wait->slot + 1;
	return 1;
}

u32 unix_lock(u64 client, u32 looks)
{
	struct unix_wait wait = {.slot = bounded((client * 0x9e3779b97f4a7c15ULL) >> 32, SS_UNIX_LOCKS - 1)};

	if (takes_lock(wait.slot))
		return wait.slot + 1;
	bpf_loop(looks, look_for_lock, &wait, 0);
	return wait.got;
}

int unix_unlock(u32 lock)
{
	__sync_lock_test_and_set(&unix_locks[bounded(lock - 1, SS_UNIX_LOCKS - 1)], 0);
	return 0;
}

int unix_is_left_out(const struct ss_unix_path *path)
{
	if (!path)
		return 0;
	for (int at = 0; at < SS_UNIX_LEFT_OUT * 4; at += 4) {
		const volatile __u64 *out = &ss_unix_left_out[at];
		u64 difference = ((path->words[0] ^ out[0]) & out[2]) | ((path->words[1] ^ out[1]) & out[3]);

		if (!out[2])
			return 0;
		if (!difference)
			return 1;
	}
	return 0;
}

int unix_number(const struct ss_unix_path *path, struct ss_unix_id *id)
{
	if (path && id)
		ss_unix_path_number(path, id->ip);
	return 0;
}

/* Where somebody listens in both places a connect that fails does not tell which of them it meant. */
int unix_met(const struct ss_backend_key *met)
{
	struct ss_backend_key key = {.direction = SS_INBOUND};
	struct ss_backend *backend;
	struct ss_unix_name *name;
	u32 *index;

	if (!met)
		return 0;
	/* 6.1 takes no key from memory that was passed to a function. */
	__builtin_memcpy(key.ip, met->ip, sizeof(key.ip));
	name = bpf_map_lookup_elem(&unix_names, &key.ip);
	if (!name || name->place == met->netns)
		return 0;
	key.netns = name->place;
	index = bpf_map_lookup_elem(&backend_index, &key);
	backend = index ? backend_at(*index) : NULL;
	if (backend && backend->listeners)
		name->in_several_places = 1;
	else
		name->place = met->netns;
	return 0;
}

static __always_inline void fill_addresses(struct ss_connection *conn, const struct ss_backend_key *key, u64 client)
{
	bool inbound = is_inbound(conn);

	__builtin_memcpy(inbound ? conn->local_ip : conn->remote_ip, key->ip, sizeof(key->ip));
	ss_unix_end_number(client, inbound ? conn->remote_ip : conn->local_ip);
	conn->local_port = 0;
	conn->remote_port = 0;
}

/* Who connected is noted at the other end. The thread is known if it is the one that runs now. */
static __always_inline void name_client(struct ss_connection *conn, const struct sock *server)
{
	struct task_struct *task = bpf_get_current_task_btf();
	u32 pid = unix_peer_pid(server);

	conn->pid = pid;
	conn->tid = (u32)task->tgid == pid ? (u32)task->pid : pid;
}

/* What was left to the next event of who had the record before. */
static __always_inline void nothing_is_late(ss_place place)
{
	struct ss_dialogue *dialogue = dialogue_at(place);

	if (!dialogue)
		return;
	dialogue->late_sent = 0;
	dialogue->late_taken = 0;
}

/* One end gets its record, unless it has one or is closed already. */
static __noinline struct ss_connection *open_end(struct sock *sk, u64 cookie, u64 client,
						 const struct ss_backend_key *key, u32 flags)
{
	struct record_start start = {
		.cookie = cookie,
		.now_ns = bpf_ktime_get_ns(),
		.state = SS_CONNECTION_ESTABLISHED,
		.flags = flags | SS_CONNECTION_HOLDS | SS_CONNECTION_WAS_UP | SS_CONNECTION_UNIX,
		.only_with_room = true,
	};
	struct ss_connection *conn;
	ss_place place;

	if (sock_is_dead(sk) || connection_find(cookie))
		return NULL;
	if (sock_has_owner(sk))
		start.activity = SS_ACTIVITY_ACCEPTED;
	start.backend = backend_of_exact_key(key, key->netns, sock_netns(sk));
	conn = record_claim(&start, &place);
	if (!conn) {
		count_loss(SS_LOSS_UNIX_CONNECTIONS_FULL);
		return NULL;
	}
	record_fill(conn, &start, sock_netns(sk));
	fill_addresses(conn, key, client);
	nothing_is_late(place);
	record_begin(&start, place);
	unix_record_made();
	return conn;
}

__hidden int unix_open_both(struct sock *sk, u32 flags)
{
	struct ss_backend_key key SS_HINT_KEY = {};
	struct ss_connection *conn;
	struct unix_ends ends;
	u64 client, server;
	u32 lock;

	if (!unix_find_ends(sk, &ends) || unix_peer_pid(ends.client) == ss_own_pid || !unix_key(ends.named, &key))
		return 0;
	unix_met(&key);
	client = sock_cookie(ends.client);
	server = sock_cookie(ends.server);
	if (!client || !server) {
		count_loss(SS_LOSS_COOKIE_REFUSED);
		return 0;
	}
	lock = unix_lock(client, SS_UNIX_LOOKS_BYTES); /* or the message that is under way is missed */
	if (!lock)
		return 0;
	key.direction = SS_OUTBOUND;
	conn = open_end(ends.client, client, client, &key, flags);
	if (conn)
		name_client(conn, ends.server);
	key.direction = SS_INBOUND;
	open_end(ends.server, server, client, &key, flags | SS_CONNECTION_INBOUND);
	unix_unlock(lock);
	return 1;
}

__hidden int unix_connected(struct sock *sk)
{
	return sock_is_unix_stream(sk) ? unix_open_both(sk, 0) & 0 : 0;
}

__hidden int unix_connect_failed(struct sock *sk, const struct ss_unix_path *path, int error)
{
	struct ss_backend_key key SS_HINT_KEY = {.direction = SS_OUTBOUND};
	struct ss_backend *backend;
	struct ss_unix_name *name;
	struct ss_unix_id id = {};

	unix_number(path, &id);
	name = bpf_map_lookup_elem(&unix_names, &id);
	if (!name)
		return 0; /* nobody has ever listened there, as far as was seen */
	if (name->in_several_places) {
		count_loss(SS_LOSS_UNIX_PLACE_UNKNOWN);
		return 0;
	}
	__builtin_memcpy(key.ip, id.ip, sizeof(key.ip));
	key.netns = name->place;
	backend = backend_at(backend_of_exact_key(&key, key.netns, sock_netns(sk)));
	if (!backend)
		return 0;
	__sync_fetch_and_add(&backend->opened, 1);
	backend_count_end(backend, error == ECONNREFUSED ? SS_FAILED_REFUSED : SS_FAILED_OTHER);
	return 0;
}

__hidden int unix_accepted(struct sock *sk)
{
	struct ss_connection *conn;

	if (!sock_is_unix_stream(sk))
		return 0;
	conn = connection_known(sk);
	if (!conn && unix_open_both(sk, 0))
		conn = connection_known(sk);
	if (!conn)
		return 0;
	record_owner(conn);
	record_accepted(conn);
	return 0;
}

__hidden int unix_owned(struct sock *sk, u32 pid, u32 tid)
{
	struct ss_connection *conn = connection_known(sk);

	if (!conn || conn->pid)
		return 0;
	conn->pid = pid;
	conn->tid = tid;
	return 0;
}
