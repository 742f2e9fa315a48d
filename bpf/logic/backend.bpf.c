// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "backend.h"

#include "../core/control.h"
#include "../core/hints.h"
#include "slots.h"

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
static __always_inline u32 backend_make(const struct ss_backend_key *key, const struct ss_member *member,
					u32 netns_inode)
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
	backend->limit = member && !member->counts_calls ? member->slots : 0;
	backend->calls_limit = member && member->counts_calls ? member->slots : 0;
	backend->netns = key->netns ? netns_inode : 0;
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

	if (bpf_map_update_elem(&backend_index, key, &index, BPF_NOEXIST) == 0) {
		hints_void(); /* a listener of its own may stand before a wildcard now */
		return index;
	}
	winner = bpf_map_lookup_elem(&backend_index, key);
	if (winner && fresh) {
		backend = backend_at(index);
		if (backend)
			backend->created_ns = 0;
		bpf_map_push_elem(&free_backends, &index, 0);
	}
	return winner ? *winner : index;
}

static __noinline u32 backend_create(const struct ss_backend_key *key, u32 netns, u32 netns_inode)
{
	struct ss_member *member = member_of(key);
	struct ss_backend_key group;
	u32 *found;
	u32 index;

	if (!member || !member->joint) {
		index = backend_make(key, member, netns_inode);
		return index == SS_BACKEND_OTHER ? index : index_insert(key, index, true);
	}
	group_key(&group, member, key, netns);
	found = bpf_map_lookup_elem(&backend_index, &group);
	if (found) {
		index = *found;
	} else {
		index = backend_make(key, member, netns_inode);
		if (index == SS_BACKEND_OTHER)
			return index;
		index = index_insert(&group, index, true);
	}
	return index_insert(key, index, false);
}

static __always_inline u32 backend_find_or_create(const struct ss_backend_key *key, u32 netns, u32 netns_inode)
{
	u32 *found = bpf_map_lookup_elem(&backend_index, key);
	u32 index = found ? *found : backend_create(key, netns, netns_inode);

	if (index == SS_BACKEND_OTHER)
		count_loss(SS_LOSS_BACKENDS_FULL);
	return index;
}

u32 backend_of_exact_key(const struct ss_backend_key *asked, u32 netns, u32 netns_inode)
{
	struct ss_backend_key key;

	if (!asked)
		return SS_BACKEND_OTHER;
	key = *asked;
	return backend_find_or_create(&key, netns, netns_inode);
}

/*
 * The kernel picks the listener on the exact address before a wildcard, and of the wildcards the one of the
 * packet's own family first (compute_score in net/ipv4/inet_hashtables.c). A listener that lives goes before
 * one that has gone, whose last connections still stand under its address: `gone` is that one. Gives SS_BACKEND_OTHER
 * where nobody listens. Leaves another address in the key: of the stack there is little left here.
 */
static __always_inline u32 find_listener(struct ss_backend_key *key, u32 *gone)
{
	struct ss_backend *backend;
	bool v4 = ip_is_v4(key->ip);
	u32 *found;

#pragma unroll
	for (int attempt = 0; attempt < 3; attempt++) {
		if (attempt == 1 && !v4)
			continue; /* 0.0.0.0 takes no IPv6 connection */
		if (attempt == 1)
			ip_from_v4(key->ip, 0);
		if (attempt == 2)
			__builtin_memset(key->ip, 0, sizeof(key->ip));
		found = bpf_map_lookup_elem(&backend_index, key);
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

u32 backend_of_key(const struct ss_backend_key *asked, u32 netns, u32 netns_inode)
{
	u64 generation = hints_generation();
	struct ss_backend_key key SS_HINT_KEY;
	struct ss_hint *hint;
	u32 index, found;

	if (!asked)
		return SS_BACKEND_OTHER;
	hint = hint_of(asked);
	if (!hint)
		return SS_BACKEND_OTHER;
	index = hint_read(hint, asked, generation);
	if (index != SS_BACKEND_OTHER)
		return index;
	index = SS_BACKEND_OTHER;
	if (asked->direction == SS_INBOUND) {
		key = *asked; /* 6.1 takes no key from memory that was passed to a function */
		found = find_listener(&key, &index);
		if (found != SS_BACKEND_OTHER)
			index = found;
	}
	key = *asked;
	if (index == SS_BACKEND_OTHER)
		index = backend_find_or_create(&key, netns, netns_inode);
	hint_write(hint, &key, generation, index);
	return index;
}

int backend_is_listened_on(const struct ss_backend_key *asked)
{
	u32 gone = SS_BACKEND_OTHER;
	struct ss_backend_key key;

	if (!asked)
		return 0;
	key = *asked;
	return find_listener(&key, &gone) != SS_BACKEND_OTHER;
}
