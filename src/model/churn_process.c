// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>

#include "model/churn.h"

int churn_add_process(struct churn *c, const struct pw_actor *a)
{
	struct churn_process_key key = { .start_ns = a->start_ns, .tgid = a->tgid };
	struct churn_process *p = hmap_put(&c->processes, &key);

	if (!p)
		return -ENOMEM;
	p->actor = *a;
	return 0;
}

const struct churn_process *churn_process_of(const struct churn *c, uint32_t tgid,
					     uint64_t start_ns)
{
	struct churn_process_key key = { .start_ns = start_ns, .tgid = tgid };

	return tgid ? hmap_get(&c->processes, &key) : NULL;
}
