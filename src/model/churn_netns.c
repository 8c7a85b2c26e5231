// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/churn_netns.h"

#include <errno.h>
#include <stdlib.h>

#include "model/portspec.h"

struct churn_netns *churn_netns_of(const struct churn *c, uint32_t inode)
{
	for (size_t i = 0; i < c->nr_netns; i++)
		if (c->netns[i].inode == inode)
			return &c->netns[i];
	return NULL;
}

bool churn_in_range(const struct churn_netns *n, uint16_t port)
{
	return port >= n->first && port <= n->last && !port_bit(n->reserved, port);
}

void churn_note_listener(struct churn_netns *n, uint16_t port)
{
	n->nr_listening += churn_in_range(n, port) && !port_bit(n->listening, port);
	port_set(n->listening, port);
}

int churn_add_netns(struct churn *c, const struct churn_netns *from)
{
	struct churn_netns *n = churn_netns_of(c, from->inode), *bigger;
	bool known = n != NULL;
	uint64_t before = known ? n->overflowed : from->overflowed;
	uint32_t bound = known ? n->taken.live : 0;

	if (!known) {
		bigger = reallocarray(c->netns, c->nr_netns + 1, sizeof(*c->netns));
		if (!bigger)
			return -ENOMEM;
		c->netns = bigger;
		n = &bigger[c->nr_netns++];
	}
	*n = *from;
	n->overflowed_before = before;
	n->bound_before = bound;
	n->again = true;
	for (uint32_t port = n->first; n->last && port <= n->last; port++)
		n->nr_ports += churn_in_range(n, port);
	return 0;
}

void churn_forget_netns(struct churn *c)
{
	size_t kept = 0;

	for (size_t i = 0; i < c->nr_netns; i++)
		if (c->netns[i].again)
			c->netns[kept++] = c->netns[i];
	c->nr_netns = kept;
}
