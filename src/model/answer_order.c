// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/answer_order.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

const char *const answer_orders[] = {
	"port", "process", "pid", "user", "state", "age", "unit", NULL
};

/* A socket with what it is sorted by: a text, or else a number. */
struct key {
	size_t index;
	bool known;
	const char *text;
	size_t most; /* bytes of it at most */
	uint64_t number;
};

static struct key text_key(const char *text, size_t most)
{
	return (struct key){ .known = text, .text = text, .most = most };
}

static struct key number_key(uint64_t number, bool known)
{
	return (struct key){ .known = known, .number = number };
}

static struct key key_of(const struct answer *a, const struct socket *s, enum answer_order order)
{
	const struct process *p = s->nr_holders ? &a->processes[s->holders[0].process] : NULL;

	switch (order) {
	case ORDER_PROCESS:
		return text_key(p ? p->id.comm : NULL, PW_COMM_LEN);
	case ORDER_PID:
		return number_key(p ? p->pid : 0, p && p->pid);
	case ORDER_USER:
		return p && p->user ? text_key(p->user, SIZE_MAX) :
				      number_key(p ? p->id.uid : 0, p);
	case ORDER_STATE:
		return number_key(s->s.state, true);
	case ORDER_AGE:
		return number_key(UINT64_MAX - s->s.since_ns, s->s.since_ns);
	case ORDER_UNIT:
		return text_key(p ? p->unit : NULL, SIZE_MAX);
	case ORDER_PORT:
		break;
	}
	return number_key(0, true);
}

/* Numbers before texts: users without a name. */
static int compare_values(const struct key *a, const struct key *b)
{
	if (!a->text != !b->text)
		return a->text ? 1 : -1;
	if (a->text)
		return strncmp(a->text, b->text, a->most);
	return a->number < b->number ? -1 : a->number > b->number;
}

static int compare(const void *pa, const void *pb)
{
	const struct key *a = pa, *b = pb;
	int r;

	if (a->known != b->known)
		return a->known ? -1 : 1;
	r = a->known ? compare_values(a, b) : 0;
	return r ? r : a->index < b->index ? -1 : a->index > b->index;
}

int answer_order(struct answer *a, enum answer_order order)
{
	_cleanup_free_ struct key *keys = calloc(a->nr_sockets + 1, sizeof(*keys));
	_cleanup_free_ struct socket *sorted = calloc(a->nr_sockets + 1, sizeof(*sorted));

	if (!keys || !sorted)
		return -ENOMEM;
	if (order == ORDER_PORT || !a->nr_sockets)
		return 0;
	for (size_t i = 0; i < a->nr_sockets; i++) {
		keys[i] = key_of(a, &a->sockets[i], order);
		keys[i].index = i;
	}
	qsort(keys, a->nr_sockets, sizeof(*keys), compare);
	for (size_t i = 0; i < a->nr_sockets; i++)
		sorted[i] = a->sockets[keys[i].index];
	memcpy(a->sockets, sorted, a->nr_sockets * sizeof(*sorted));
	return 0;
}
