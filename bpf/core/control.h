/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* The control record, and counting what was missed or repaired. */
#ifndef SLOTSCOPE_CONTROL_H
#define SLOTSCOPE_CONTROL_H

#include "maps.h"

static __always_inline struct ss_control *control_get(void)
{
	u32 zero = 0;

	return bpf_map_lookup_elem(&control, &zero);
}

static __always_inline void count_loss(enum ss_loss reason)
{
	struct ss_control *ctl = control_get();

	if (ctl)
		__sync_fetch_and_add(&ctl->losses[reason], 1);
}

static __always_inline void count_repair(enum ss_repair reason)
{
	struct ss_control *ctl = control_get();

	if (ctl)
		__sync_fetch_and_add(&ctl->repairs[reason], 1);
}

#endif
