// SPDX-License-Identifier: GPL-2.0-or-later
#include "live/who.h"

#include <errno.h>

#include "base/clock.h"
#include "tables/procfd.h"

#define SHARE 100	      /* walks may take this part of the time */
#define CREDIT_NS 500000000ll /* of processor time, for what comes after a quiet time */

struct holder {
	uint64_t inode;
	struct pw_actor actor;
};

void who_init(struct who *w)
{
	*w = (struct who){
		.found = HMAP(struct holder, inode),
		.last_ns = clock_monotonic_ns(),
		.credit_ns = CREDIT_NS,
	};
}

void who_done(struct who *w)
{
	hmap_done(&w->found);
}

static int on_holder(void *arg, const struct pw_rec *rec)
{
	uint64_t inode = rec->inode;
	struct who *w = arg;
	struct holder *h;

	if (hmap_get(&w->found, &inode))
		return 0;
	h = hmap_put(&w->found, &inode);
	if (!h)
		return -ENOMEM;
	h->actor = rec->actor;
	return 0;
}

void who_look(struct who *w, const struct inode_set *wanted)
{
	const struct question q = {};
	struct procfd_blind blind;
	uint64_t now = clock_monotonic_ns(), cpu = clock_cpu_ns();

	hmap_clear(&w->found);
	w->credit_ns += (int64_t)((now - w->last_ns) / SHARE);
	w->last_ns = now;
	if (w->credit_ns > CREDIT_NS)
		w->credit_ns = CREDIT_NS;
	if (w->credit_ns < 0 || !inode_set_size(wanted))
		return;
	procfd_holders(&q, wanted, on_holder, w, &blind);
	w->credit_ns -= (int64_t)(clock_cpu_ns() - cpu);
}

bool who_find(const struct who *w, uint64_t inode, struct pw_actor *ret)
{
	const struct holder *h = inode ? hmap_get(&w->found, &inode) : NULL;

	if (!h || !h->actor.tgid)
		return false;
	*ret = h->actor;
	return true;
}
