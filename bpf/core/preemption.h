/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Can a tracepoint's program be preempted? The kernel skips a program on a CPU on which it is already under way. Up to
 * 6.18 a tracepoint runs with preemption disabled, so only an interrupt can come in between. Since then it is guarded by
 * SRCU-fast instead, and the task may lose its CPU in the middle of a program: for as long as it waits every event of that
 * program on that CPU is skipped, hundreds for one such moment. (Disabling preemption in the program does not help: it
 * only puts the moment off to where it is enabled again, which is still in the program.)
 */
#ifndef SLOTSCOPE_PREEMPTION_H
#define SLOTSCOPE_PREEMPTION_H

#include "kernel_types.h"

#include <bpf/bpf_core_read.h>

/* What guards the calls of a tracepoint where they can be preempted (include/linux/srcu.h); earlier kernels have no such type. */
struct srcu_struct;
typedef struct {
	struct srcu_struct *lock;
} __attribute__((preserve_access_index)) class_srcu_fast_notrace_t;

/*
 * For programs that are needed only there: always true, but where the type is missing libbpf makes the instruction an
 * invalid one, and the kernel refuses the program.
 */
static __always_inline bool only_where_tracepoints_are_preempted(void)
{
	return __builtin_preserve_field_info(((class_srcu_fast_notrace_t *)0)->lock, BPF_FIELD_BYTE_OFFSET) < 4096;
}

#endif
