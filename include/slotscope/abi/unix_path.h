/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Unix sockets where an IP address stands. The address of one with a name is a number made of the name, which both sides
 * make alike; the name itself stands in a map beside. They begin with ff00:75.., multicast of the reserved scope 0 (RFC
 * 4291, 2.7), to which no TCP connection leads. The port is 0.
 */
#ifndef SLOTSCOPE_ABI_UNIX_PATH_H
#define SLOTSCOPE_ABI_UNIX_PATH_H

#include <slotscope/abi/types.h>

#define SS_UNIX_PATH_BYTES 108 /* of sockaddr_un.sun_path */
#define SS_UNIX_PATH_WORDS 14  /* as many words as hold them */

/* A name without its NULs at the end, filled up with zeroes. The NUL that an abstract name begins with is written as @. */
struct ss_unix_path {
	__u64 words[SS_UNIX_PATH_WORDS];
};
SS_STATIC_ASSERT(sizeof(struct ss_unix_path) >= SS_UNIX_PATH_BYTES, "a path fits into its words");

/* Key of the map from such an address to its path. */
struct ss_unix_id {
	__u8 ip[16];
};

struct ss_unix_name {
	struct ss_unix_path path;
	__u32 place; /* that its backend's key has as `netns`: made of device and directory, or the namespace of an abstract name */
	__u32 in_several_places; /* 1: more than one server listens by this name */
};
SS_STATIC_ASSERT(sizeof(struct ss_unix_name) == 120, "ss_unix_name has hidden padding");

/* The first four bytes of an address, as they stand in memory. */
#define SS_UNIX_TAG      0xff, 0x00, 'u'
#define SS_UNIX_HAS_NAME 'p' /* a name's number follows */
#define SS_UNIX_HAS_NO_NAME                                                                                            \
	'n' /* an end without one: its socket's cookie is in the last eight bytes, host byte order */

static inline void ss_unix_tag(__u8 ip[16], __u8 kind)
{
	const __u8 tag[4] = {SS_UNIX_TAG, kind};

	for (int at = 0; at < 4; at++)
		ip[at] = tag[at];
}

/* 96 bits of two multiplicative hashes in the manner of FNV-1a over words; not against anybody who looks for collisions. */
static inline void ss_unix_path_number(const struct ss_unix_path *path, __u8 ip[16])
{
	__u64 first = 0xcbf29ce484222325ULL, second = 0x9e3779b97f4a7c15ULL;
	__u32 *words = (__u32 *)ip;

#ifdef __clang__
#pragma nounroll /* in the kernel each word kept at hand takes of a small stack */
#endif
	for (int at = 0; at < SS_UNIX_PATH_WORDS; at++) {
		first = (first ^ path->words[at]) * 0x00000100000001b3ULL;
		first ^= first >> 29;
		second = (second ^ path->words[at]) * 0xff51afd7ed558ccdULL;
		second ^= second >> 33;
	}
	ss_unix_tag(ip, SS_UNIX_HAS_NAME);
	words[1] = (__u32)second;
	words[2] = (__u32)first;
	words[3] = (__u32)(first >> 32);
}

static inline void ss_unix_end_number(__u64 cookie, __u8 ip[16])
{
	__u32 *words = (__u32 *)ip;

	ss_unix_tag(ip, SS_UNIX_HAS_NO_NAME);
	words[1] = 0;
	words[2] = (__u32)cookie;
	words[3] = (__u32)(cookie >> 32);
}

#endif
