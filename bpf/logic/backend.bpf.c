// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "backend.h"

#include "../core/control.h"

static __always_inline void atomic_max(u64 *target, u64 value)
{
	u64 seen = *target;

	/* A lost exchange means that another CPU has raised it: four in a row do not happen on real hosts. */
	for (int attempt = 0; attempt < 4 && value > seen; attempt++) {
		u64 before = __sync_val_compare_and_swap(target, seen, value);

		if (before == seen)
			return;
		seen = before;
	}
}

/* The configured limit of an address, where there is one. */
static __always_inline struct ss_member *member_of(const struct ss_backend_key *key)
{
	struct ss_member_key member_key = {.port = key->port, .direction = key->direction};

	__builtin_memcpy(member_key.ip, key->ip, sizeof(member_key.ip));
	return bpf_map_lookup_elem(&members, &member_key);
}

static __always_inline void group_key(struct ss_backend_key *group, const struct ss_member *member,
				      const struct ss_backend_key *key, u32 netns)
{
	__builtin_memset(group, 0, sizeof(*group));
	__builtin_memcpy(group->ip, &member->group, sizeof(member->group));
	group->direction = key->direction | SS_KEY_GROUP;
	group->netns = member->per_namespace ? netns : 0;
}

/* Takes a free record and fills in who it is for. `other` when there is none. */
static __always_inline u32 backend_make(const struct ss_backend_key *key, const struct ss_member *member)
{
	struct ss_backend *backend;
	struct ss_control *ctl;
	u32 index;

	if (bpf_map_pop_elem(&free_backends, &index) != 0 || index == SS_BACKEND_OTHER)
		return SS_BACKEND_OTHER;
	backend = backend_at(index);
	if (!backend)
		return SS_BACKEND_OTHER;
	__builtin_memcpy(&backend->key, key, sizeof(*key));
	backend->group = member ? member->group : 0;
	backend->limit = member ? member->slots : 0;
	backend->created_ns = bpf_ktime_get_ns();
	ctl = control_get();
	if (ctl)
		atomic_max(&ctl->highest_backend, index);
	return index;
}

/* Makes `key` lead to `index` unless another CPU was first; gives the index that it leads to. */
static __always_inline u32 index_insert(const struct ss_backend_key *key, u32 index, bool fresh)
{
	struct ss_backend *backend;
	u32 *winner;

	if (bpf_map_update_elem(&backend_index, key, &index, BPF_NOEXIST) == 0)
		return index;
	winner = bpf_map_lookup_elem(&backend_index, key);
	if (winner && fresh) {
		backend = backend_at(index);
		if (backend)
			backend->created_ns = 0;
		bpf_map_push_elem(&free_backends, &index, 0);
	}
	return winner ? *winner : index;
}

static __noinline u32 backend_create(const struct ss_backend_key *key, u32 netns)
{
	struct ss_member *member = member_of(key);
	struct ss_backend_key group;
	u32 *found;
	u32 index;

	if (!member || !member->joint) {
		index = backend_make(key, member);
		return index == SS_BACKEND_OTHER ? index : index_insert(key, index, true);
	}
	group_key(&group, member, key, netns);
	found = bpf_map_lookup_elem(&backend_index, &group);
	if (found) {
		index = *found;
	} else {
		index = backend_make(key, member);
		if (index == SS_BACKEND_OTHER)
			return index;
		index = index_insert(&group, index, true);
	}
	return index_insert(key, index, false);
}

static __always_inline u32 backend_find_or_create(const struct ss_backend_key *key, u32 netns)
{
	u32 *found = bpf_map_lookup_elem(&backend_index, key);
	u32 index = found ? *found : backend_create(key, netns);

	if (index == SS_BACKEND_OTHER)
		count_loss(SS_LOSS_BACKENDS_FULL);
	return index;
}

__hidden u32 backend_of_outbound(struct sock *sk)
{
	struct ss_backend_key key = {.direction = SS_OUTBOUND};
	u32 netns = sock_netns(sk);

	sock_remote_ip(sk, key.ip);
	key.port = sock_remote_port(sk);
	/* A loopback address is another server in each namespace; any other is the same one from everywhere. */
	key.netns = ip_is_loopback(key.ip) ? netns : 0;
	return backend_find_or_create(&key, netns);
}

static __always_inline void local_key(struct sock *sk, struct ss_backend_key *key)
{
	__builtin_memset(key, 0, sizeof(*key));
	sock_local_ip(sk, key->ip);
	key->port = sock_local_port(sk);
	key->direction = SS_INBOUND;
	key->netns = sock_netns(sk);
}

__hidden u32 backend_of_listener(struct sock *sk)
{
	struct ss_backend_key key;

	local_key(sk, &key);
	return backend_find_or_create(&key, key.netns);
}

/*
 * The kernel picks the listener on the exact address before a wildcard, and of the wildcards the one of the
 * packet's own family first (compute_score in net/ipv4/inet_hashtables.c). A listener that lives goes before
 * one that has gone, whose last connections still stand under its address: `gone` is that one. Gives SS_BACKEND_OTHER
 * where nobody listens.
 */
static __always_inline u32 find_listener(const struct ss_backend_key *key, u32 *gone)
{
	struct ss_backend_key candidate;
	struct ss_backend *backend;
	bool v4 = ip_is_v4(key->ip);
	u32 *found;

	__builtin_memcpy(&candidate, key, sizeof(candidate));
#pragma unroll
	for (int attempt = 0; attempt < 3; attempt++) {
		if (attempt == 1 && !v4)
			continue; /* 0.0.0.0 takes no IPv6 connection */
		if (attempt == 1)
			ip_from_v4(candidate.ip, 0);
		if (attempt == 2)
			__builtin_memset(candidate.ip, 0, sizeof(candidate.ip));
		found = bpf_map_lookup_elem(&backend_index, &candidate);
		if (!found)
			continue;
		backend = backend_at(*found);
		if (backend && backend->listeners)
			return *found;
		if (*gone == SS_BACKEND_OTHER)
			*gone = *found;
	}
	return SS_BACKEND_OTHER;
}

__hidden u32 backend_of_inbound(struct sock *sk)
{
	struct ss_backend_key key;
	u32 gone = SS_BACKEND_OTHER;
	u32 found;

	local_key(sk, &key);
	found = find_listener(&key, &gone);
	if (found != SS_BACKEND_OTHER)
		return found;
	return gone != SS_BACKEND_OTHER ? gone : backend_find_or_create(&key, key.netns);
}

__hidden bool backend_has_listener(struct sock *sk)
{
	struct ss_backend_key key;
	u32 gone = SS_BACKEND_OTHER;

	local_key(sk, &key);
	return find_listener(&key, &gone) != SS_BACKEND_OTHER;
}

static __always_inline void limit_reached(struct ss_backend *backend, u32 index, u64 in_use, u64 now_ns, u64 cookie)
{
	struct ss_event_limit_reached *event;
	u64 hits = __sync_fetch_and_add(&backend->limit_hits, 1) + 1;
	u64 last = backend->limit_event_ns;

	__sync_fetch_and_add(&backend->limit_entered, 1);
	__sync_fetch_and_add(&backend->limit_entered_sum_ns, now_ns);
	if (last && now_ns - last < SS_LIMIT_EVENT_INTERVAL_NS)
		return; /* flapping: counted above, told soon enough */
	if (__sync_val_compare_and_swap(&backend->limit_event_ns, last, now_ns) != last)
		return; /* another CPU tells */
	event = bpf_ringbuf_reserve(&events, sizeof(*event), 0);
	if (!event) {
		count_loss(SS_LOSS_RING_FULL);
		return;
	}
	event->kind = SS_EVENT_LIMIT_REACHED;
	event->backend = index;
	event->at_ns = now_ns;
	event->cookie = cookie;
	event->in_use = in_use;
	event->limit = in_use;
	event->limit_hits = hits;
	bpf_ringbuf_submit(event, BPF_RB_FORCE_WAKEUP);
}

__hidden int backend_enter(u32 index, u64 now_ns, u64 cookie)
{
	struct ss_backend *backend = backend_at(index);
	u64 in_use;

	if (!backend)
		return 0;
	in_use = __sync_fetch_and_add(&backend->in_use, 1) + 1;
	__sync_fetch_and_add(&backend->entered_sum_ns, now_ns);
	__sync_fetch_and_add(&backend->opened, 1);
	atomic_max(&backend->peak, in_use);
	if (in_use == backend->limit)
		limit_reached(backend, index, in_use, now_ns, cookie);
	return 0;
}

__hidden int backend_leave(u32 index, u64 opened_ns, u64 now_ns)
{
	struct ss_backend *backend = backend_at(index);
	u64 before, hold_ns;
	u32 bucket;

	if (!backend)
		return 0;
	before = __sync_fetch_and_add(&backend->in_use, -1ULL);
	__sync_fetch_and_add(&backend->left_sum_ns, now_ns);
	hold_ns = now_ns > opened_ns ? now_ns - opened_ns : 0;
	__sync_fetch_and_add(&backend->hold_sum_ns, hold_ns);
	atomic_max(&backend->hold_max_ns, hold_ns);
	bucket = ss_histogram_bucket(hold_ns);
	if (bucket < SS_HISTOGRAM_BUCKETS)
		__sync_fetch_and_add(&backend->hold[bucket], 1);
	if (backend->limit && before == backend->limit) {
		__sync_fetch_and_add(&backend->limit_left, 1);
		__sync_fetch_and_add(&backend->limit_left_sum_ns, now_ns);
	}
	return 0;
}
