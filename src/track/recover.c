// SPDX-License-Identifier: GPL-2.0-or-later
#include "track/recover.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "base/cleanup.h"
#include "sys/lent.h"
#include "track/internal.h"

/* A map that is fuller is soon full again. */
static bool has_room(struct tracker *t)
{
	uint64_t stats[PW_STAT_MAX];

	return !tracker_stats(t, stats) &&
	       stats[PW_STAT_SOCKETS] - stats[PW_STAT_REMOVED] < t->meta.max_sockets * 3ull / 4;
}

/* Hooks write PW_DEGRADED over PW_RECOVERING. */
static int fill(struct tracker *t, uint32_t *degraded)
{
	uint32_t recovering = PW_RECOVERING;
	int err;

	__atomic_store_n(degraded, recovering, __ATOMIC_SEQ_CST);
	err = tracker_seed(t);
	if (!err)
		__atomic_compare_exchange_n(degraded, &recovering, 0, false, __ATOMIC_SEQ_CST,
					    __ATOMIC_SEQ_CST);
	return err;
}

int recover_now(struct tracker *t)
{
	_cleanup_close_ int lock = -1;
	struct pw_meta *meta;
	int fd = tracker_map(t, MAP_META), err;

	if (fd < 0)
		return fd;
	if (t->kind == TRACKER_PINNED) {
		lock = pins_lock_again(&t->pins, false);
		if (lock < 0) /* somebody else does it just now */
			return lock == -EWOULDBLOCK ? 0 : lock;
	}
	meta = mmap(NULL, sizeof(*meta), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (meta == MAP_FAILED)
		return failed(-errno, "cannot map the tracker's state: %s", strerror(errno));
	err = fill(t, &meta->degraded);
	munmap(meta, sizeof(*meta));
	return err;
}

void recover(struct tracker *t)
{
	bool degraded = false;

	if (t->kind == TRACKER_SNAPSHOT || lent_any() || tracker_degraded(t, &degraded) ||
	    !degraded || !has_room(t))
		return;
	recover_now(t); /* what it cannot do is said by `degraded` */
}
