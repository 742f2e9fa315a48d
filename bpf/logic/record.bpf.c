// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "record.h"

/* No room for a record: the totals stay right under `other`, the detail is lost and said so. */
__hidden int record_open_untracked(const struct record_start *start)
{
	struct ss_control *ctl = control_get();

	/* A walk has met one that is closed already. It is not to take another's place in what is counted when it ends. */
	if (!(start->flags & SS_CONNECTION_HOLDS))
		return 0;
	count_loss(SS_LOSS_CONNECTIONS_FULL);
	if (ctl)
		__sync_fetch_and_add(&ctl->untracked, 1);
	count_start(start, SS_BACKEND_OTHER);
	return 0;
}
