/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* The keys by which a backend is found. */
#ifndef SLOTSCOPE_ABI_ADDRESS_H
#define SLOTSCOPE_ABI_ADDRESS_H

#include <slotscope/abi/types.h>

enum ss_direction {
	SS_OUTBOUND = 0, /* a process of this host connects to the backend */
	SS_INBOUND = 1,  /* a process of this host listens on it */
};

/* A backend key with this bit in `direction` names a group of addresses (`ip` starts with its number,
 * host byte order) instead of one address. */
#define SS_KEY_GROUP 0x80

/* Key of the map from address to backend. */
struct ss_backend_key {
	__u8 ip[16];    /* network byte order; IPv4 as ::ffff:a.b.c.d; 0.0.0.0 and :: for wildcard listeners */
	__u16 port;     /* host byte order */
	__u8 direction; /* enum ss_direction, and SS_KEY_GROUP */
	__u8 pad;
	__u32 netns; /* number of the network namespace (low half of its cookie); 0 where the address means the same in all */
};
SS_STATIC_ASSERT(sizeof(struct ss_backend_key) == 24, "ss_backend_key has hidden padding");

/* Key of the map of configured addresses: a limit is written without a namespace. */
struct ss_member_key {
	__u8 ip[16];
	__u16 port;
	__u8 direction;
	__u8 pad;
};
SS_STATIC_ASSERT(sizeof(struct ss_member_key) == 20, "ss_member_key has hidden padding");

/* What the configuration says of an address. */
struct ss_member {
	__u32 group;        /* number of the configured limit, from 1 */
	__u32 slots;        /* its limit; 0: none */
	__u8 joint;         /* 1: several addresses share one backend; 0: the address is a backend by itself */
	__u8 per_namespace; /* joint only: 1 when the group lives in one namespace (loopback, listeners) */
	__u8 counts_calls;  /* 1: its slots are calls; 0: connections */
	__u8 pad;
};
SS_STATIC_ASSERT(sizeof(struct ss_member) == 12, "ss_member has hidden padding");

#endif
