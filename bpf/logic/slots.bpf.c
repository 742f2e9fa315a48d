// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "slots.h"

#include "../core/control.h"

int limit_reached(u32 index, u64 in_use, u64 now_ns, u64 cookie)
{
	struct ss_backend *backend = backend_at(index);
	struct ss_event_limit_reached *event;
	u64 hits, last;

	if (!backend)
		return 0;
	hits = __sync_fetch_and_add(&backend->limit_hits, 1) + 1;
	last = backend->limit_event_ns;
	__sync_fetch_and_add(&backend->limit_entered, 1);
	__sync_fetch_and_add(&backend->limit_entered_sum_ns, now_ns);
	/* signed: another CPU may have told of a later moment */
	if (last && (s64)(now_ns - last) < (s64)SS_LIMIT_EVENT_INTERVAL_NS)
		return 0; /* flapping: counted above, told soon enough */
	if (__sync_val_compare_and_swap(&backend->limit_event_ns, last, now_ns) != last)
		return 0; /* another CPU tells */
	event = bpf_ringbuf_reserve(&events, sizeof(*event), 0);
	if (!event) {
		count_loss(SS_LOSS_RING_FULL);
		return 0;
	}
	event->kind = SS_EVENT_LIMIT_REACHED;
	event->backend = index;
	event->at_ns = now_ns;
	event->cookie = cookie;
	event->in_use = in_use;
	event->limit = in_use;
	event->limit_hits = hits;
	bpf_ringbuf_submit(event, BPF_RB_FORCE_WAKEUP);
	return 0;
}
