// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/churn_half.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int churn_note_half(struct churn *c, const struct pw_churn_rec *rec, enum pw_side side)
{
	const struct churn_process *p = churn_process_of(c, rec->tgid, rec->start_ns);
	struct churn_half_key key = {
		.netns = rec->pair.netns,
		.port = side == PW_SIDE_ACCEPTED ? rec->pair.lport : 0,
		.state = rec->state,
	};
	struct churn_half *h;

	if (rec->timewait || (rec->state != PW_CLOSE_WAIT && rec->state != PW_FIN_WAIT2))
		return 0;
	if (p)
		memccpy(key.comm, p->actor.comm, 0, sizeof(key.comm));
	h = hmap_put(&c->half, &key);
	if (!h)
		return -ENOMEM;
	h->several |= h->current && h->tgid != rec->tgid;
	h->tgid = h->current ? h->tgid : rec->tgid;
	h->current++;
	return 0;
}

static int most_first(const void *a, const void *b)
{
	const struct churn_half *x = *(struct churn_half *const *)a;
	const struct churn_half *y = *(struct churn_half *const *)b;

	if (x->current != y->current)
		return x->current < y->current ? 1 : -1;
	return memcmp(&x->key, &y->key, sizeof(x->key));
}

struct churn_half **churn_sort_half(const struct churn *c, size_t *ret_nr)
{
	struct churn_half **v = calloc(c->half.nr + 1, sizeof(struct churn_half *));

	for (size_t i = 0; v && i < c->half.nr; i++)
		v[i] = hmap_row(&c->half, i);
	if (v)
		qsort(v, c->half.nr, sizeof(*v), most_first);
	*ret_nr = c->half.nr;
	return v;
}
