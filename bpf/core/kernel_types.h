/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The kernel's types, only the fields that are used. preserve_access_index makes every access a CO-RE
 * relocation: libbpf looks the field up in the running kernel's BTF by name, so order and offsets here mean
 * nothing. All of them are read through BTF pointers (plain loads), never by bpf_probe_read_kernel, which
 * lockdown refuses.
 */
#ifndef SLOTSCOPE_KERNEL_TYPES_H
#define SLOTSCOPE_KERNEL_TYPES_H

#include <linux/bpf.h>
#include <stdbool.h>

#include <slotscope/abi/types.h>

typedef __u8 u8;
typedef __u16 u16;
typedef __u32 u32;
typedef __u64 u64;
typedef __s32 s32;
typedef __s64 s64;

#ifndef NULL
#define NULL ((void *)0)
#endif

#define AF_UNIX     1
#define AF_INET     2
#define AF_INET6    10
#define IPPROTO_TCP 6
#define SOCK_STREAM 1

/* include/net/tcp_states.h */
enum {
	TCP_ESTABLISHED = 1,
	TCP_SYN_SENT,
	TCP_SYN_RECV,
	TCP_FIN_WAIT1,
	TCP_FIN_WAIT2,
	TCP_TIME_WAIT,
	TCP_CLOSE,
	TCP_CLOSE_WAIT,
	TCP_LAST_ACK,
	TCP_LISTEN,
	TCP_CLOSING,
	TCP_NEW_SYN_RECV,
};

/* include/net/sock.h; include/uapi/linux/socket.h */
#define RCV_SHUTDOWN       1
#define SEND_SHUTDOWN      2
#define SHUTDOWN_MASK      3
#define SOCK_BINDPORT_LOCK 8

/* include/uapi/asm-generic/errno*.h (the same on every architecture that BPF tracing supports here) */
#define EPIPE        32
#define ENETUNREACH  101
#define ECONNRESET   104
#define ETIMEDOUT    110
#define ECONNREFUSED 111
#define EHOSTUNREACH 113

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct in6_addr {
	union {
		u32 u6_addr32[4];
	} in6_u;
};

struct ns_common {
	unsigned int inum;
};

struct netns_ipv4 {
	unsigned int sysctl_tcp_notsent_lowat;
};

struct net {
	struct ns_common ns;
	struct netns_ipv4 ipv4;
	u64 net_cookie; /* counts up from 1 for the boot */
};

typedef struct {
	struct net *net;
} possible_net_t;

typedef struct {
	__s64 counter;
} atomic64_t;

struct sock_common {
	u32 skc_daddr;
	u32 skc_rcv_saddr;
	u16 skc_dport; /* network byte order */
	u16 skc_num;
	u16 skc_family;
	volatile unsigned char skc_state;
	possible_net_t skc_net;
	struct in6_addr skc_v6_daddr;
	struct in6_addr skc_v6_rcv_saddr;
	atomic64_t skc_cookie;
	unsigned long skc_flags; /* a bit for each enum sock_flags */
};

struct socket {
	struct sock *sk;
};

struct upid {
	int nr;
};

struct pid {
	struct upid numbers[0]; /* the first is that of the outermost namespace */
};

struct sk_buff_head {
	u32 qlen;
};

typedef struct {
	int owned;
} socket_lock_t;

struct sock {
	struct sock_common __sk_common;
	socket_lock_t sk_lock;
	u8 sk_userlocks; /* a bitfield before 6.9: read with BPF_CORE_READ_BITFIELD */
	int sk_err;
	struct socket *sk_socket;
	u16 sk_protocol;
	u16 sk_type;
	struct pid *sk_peer_pid; /* Unix: the process at the other end, as of connect or listen */
	struct sk_buff_head sk_receive_queue;
	u8 sk_shutdown;
	u32 sk_max_ack_backlog;
	int sk_wmem_queued;
	int sk_sndbuf;
};

enum sock_flags {
	SOCK_DEAD = 0,
	SOCK_DONE = 1,
};

struct inet_sock {
	struct sock sk;
	u16 inet_sport; /* network byte order */
};

struct inet_bind_bucket {
	signed char fastreuse;
};

struct inet_connection_sock {
	struct inet_sock icsk_inet;
	struct inet_bind_bucket *icsk_bind_hash;
	struct {
		u32 lrcvtime;
	} icsk_ack;
};

struct tcp_sock {
	struct inet_connection_sock inet_conn;
	u32 copied_seq;
	u32 write_seq;
	u32 lsndtime;
	u32 rcv_nxt;
	u32 snd_una;
	u32 snd_nxt;
	u32 notsent_lowat; /* 0: the namespace's */
	u32 packets_out;
	u32 srtt_us;
	u64 tcp_mstamp; /* last packet sent or received, CLOCK_MONOTONIC in us */
	u64 bytes_received;
	u64 bytes_acked;
	bool is_mptcp;
	u8 syn_data; /* TCP Fast Open: the SYN had data. A bitfield: read with BPF_CORE_READ_BITFIELD */
};

typedef struct {
	int counter;
} atomic_t;

typedef struct {
	atomic_t refs;
} refcount_t;

struct sockaddr_un {
	u16 sun_family;
	char sun_path[108];
};

struct unix_address {
	refcount_t refcnt; /* shared by a listener and all that were accepted from it */
	int len;           /* of name[0], with its family */
	struct sockaddr_un name[0];
};

struct super_block {
	u32 s_dev;
};

struct inode {
	unsigned long i_ino;
};

struct qstr {
	u32 hash; /* of the name, and of the address of the dentry above */
};

struct dentry {
	struct super_block *d_sb;
	struct dentry *d_parent; /* of the file system's root: itself */
	struct inode *d_inode;
	struct qstr d_name;
};

struct path {
	struct dentry *dentry; /* NULL for an abstract name */
};

struct unix_sock {
	struct sock sk;
	struct unix_address *addr; /* NULL: has no name */
	struct path path;
	struct sock *peer;
};

struct iovec {
	void *iov_base;
	unsigned long iov_len;
};

enum iter_type {
	ITER_UBUF,
	ITER_IOVEC,
};

struct iov_iter {
	u8 iter_type;
	unsigned long iov_offset;
	const struct iovec *__iov;
	void *ubuf;
	unsigned long count;
	unsigned long nr_segs;
};

/* Before 6.4. */
struct iov_iter___named_iov {
	const struct iovec *iov;
};

struct msghdr {
	struct iov_iter msg_iter;
};

struct file;

struct sk_buff {
	struct sock *sk;
	unsigned int len;
	char cb[48];
};

/* In the cb of a Unix socket's packets. */
struct unix_skb_parms {
	u32 consumed;
};

struct task_struct {
	int pid;
	int tgid;
};

struct bpf_iter_meta;

struct bpf_iter__tcp {
	struct bpf_iter_meta *meta;
	struct sock_common *sk_common;
};

struct bpf_iter__unix {
	struct bpf_iter_meta *meta;
	struct unix_sock *unix_sk;
};

struct bpf_iter__task_file {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
	u32 fd;
	struct file *file;
};

#pragma clang attribute pop

#endif
