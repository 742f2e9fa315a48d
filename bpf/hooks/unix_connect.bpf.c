// SPDX-License-Identifier: GPL-2.0-only OR MIT
/* A connect to a Unix socket is over. */
#include "../logic/unix.h"

#include <bpf/bpf_tracing.h>

static __always_inline int connect_is_over(struct socket *socket, int ret)
{
	return !ret && socket->sk ? unix_connected(socket->sk) & 0 : 0;
}

SEC("?fexit/unix_stream_connect")
int BPF_PROG(unix_connect__fexit, struct socket *socket, void *address, int size, int flags, int ret)
{
	return connect_is_over(socket, ret);
}

/*
 * The address is a copy in the kernel, of which BTF knows less than it is long. The helper that reads it is refused where
 * lockdown keeps the kernel's memory confidential: there failed connects are not seen.
 */
static __noinline int connect_has_failed(struct sock *sk, void *address, u32 size, int error)
{
	struct ss_unix_path path = {};
	const u64 family_bytes = 2;
	u64 count = size;

	count -= family_bytes;
	barrier_var(count); /* or the compiler compares what the verifier does not follow */
	if (!count || count > SS_UNIX_PATH_BYTES)
		return 0;
	if (bpf_probe_read_kernel(&path, count, address + family_bytes))
		return 0;
	unix_name_begins(&path);
	return unix_connect_failed(sk, &path, error);
}

SEC("?fexit/unix_stream_connect")
int BPF_PROG(unix_connect__fexit_failures, struct socket *socket, void *address, int size, int flags, int ret)
{
	if (ret >= 0 || !socket->sk || !sock_is_unix_stream(socket->sk))
		return connect_is_over(socket, ret);
	return connect_has_failed(socket->sk, address, size, -ret) & 0;
}
