/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* Reading struct unix_sock. Its lock is not held: what is read here is set before the connection is, and stays. */
#ifndef SLOTSCOPE_UNIX_SOCK_H
#define SLOTSCOPE_UNIX_SOCK_H

#include "sock.h"

#include <slotscope/abi/unix_path.h>

static __always_inline bool sock_is_unix_stream(const struct sock *sk)
{
	return sk->__sk_common.skc_family == AF_UNIX && sk->sk_type == SOCK_STREAM;
}

/* Its process has closed it (unix_release_sock). */
static __always_inline bool sock_is_dead(const struct sock *sk)
{
	return sk->__sk_common.skc_flags & (1UL << bpf_core_enum_value(enum sock_flags, SOCK_DEAD));
}

/* The process at the other end, as the kernel noted it at connect; 0 where it is of no namespace of ours. */
static __always_inline u32 unix_peer_pid(const struct sock *sk)
{
	struct pid *pid = sk->sk_peer_pid;

	return pid ? pid->numbers[0].nr : 0;
}

/*
 * Which one it is of those that have this name. An abstract one belongs to its network namespace. Of a path, containers see
 * files of their own, which may be volumes on one file system: then the directory tells. Not by its inode: that of a service
 * is made anew when it starts again, and is the same place by its name and what it stands in.
 */
static __always_inline u32 unix_place(const struct unix_sock *named)
{
	struct dentry *dentry = named->path.dentry, *directory;
	u64 mixed;

	if (!dentry)
		return sock_netns_number(&named->sk);
	directory = dentry->d_parent;
	mixed = (directory->d_parent->d_inode->i_ino ^ (u64)directory->d_name.hash << 32) * 0x9e3779b97f4a7c15ULL;
	return dentry->d_sb->s_dev ^ (u32)(mixed >> 32);
}

/* All ones where word `at` of a name is inside its `size` bytes, zeroes behind it. Without a branch: there are 14 of them. */
static __always_inline u64 inside_of_name(u64 size, u32 at)
{
	u64 whole = ss_above(size, at * 8 + 7);
	u64 part = ss_above(size, at * 8);

	return (whole * ~0ULL) | (part * ((1ULL << (size % 8 * 8)) - 1));
}

/* An abstract name begins with a NUL. BPF runs on little-endian hosts here: the first byte is the lowest. */
static __always_inline void unix_name_begins(struct ss_unix_path *path)
{
	if (!(path->words[0] & 0xff))
		path->words[0] |= '@';
}

/* One after the other: kept at hand all at once, the words or their masks take half of the stack. */
#define NAME_WORD(path, name, size, at)                                                                                \
	do {                                                                                                           \
		u64 bytes = (size);                                                                                    \
                                                                                                                       \
		barrier_var(bytes);                                                                                    \
		(path)->words[at] = *(const u64 *)&(name)->sun_path[(at)*8] & inside_of_name(bytes, at);               \
		barrier();                                                                                             \
	} while (0)

/* The name of a socket that has one: its bytes as the kernel has them. */
static __always_inline void unix_name_read(const struct unix_address *addr, struct ss_unix_path *path)
{
	const struct sockaddr_un *name = &addr->name[0];
	u64 size = addr->len - sizeof(name->sun_family);

	NAME_WORD(path, name, size, 0);
	NAME_WORD(path, name, size, 1);
	NAME_WORD(path, name, size, 2);
	NAME_WORD(path, name, size, 3);
	NAME_WORD(path, name, size, 4);
	NAME_WORD(path, name, size, 5);
	NAME_WORD(path, name, size, 6);
	NAME_WORD(path, name, size, 7);
	NAME_WORD(path, name, size, 8);
	NAME_WORD(path, name, size, 9);
	NAME_WORD(path, name, size, 10);
	NAME_WORD(path, name, size, 11);
	NAME_WORD(path, name, size, 12);
	path->words[13] = *(const u32 *)&name->sun_path[104] & inside_of_name(size, 13);
	unix_name_begins(path);
}

#endif
