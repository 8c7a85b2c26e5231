// SPDX-License-Identifier: GPL-2.0-or-later
#include "live/live.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/vec.h"
#include "live/way.h"

static const struct live_way *const ways[] = { &live_tracefs, &live_polling };

struct live {
	const struct live_way *way;
	void *state;
	struct pw_filter filter;
	bool filtered;
	VEC(struct pw_event) waiting; /* gathered, and not yet taken */
	size_t taken;
};

static int start(struct live *l, const struct live_opts *opts)
{
	int err = -EOPNOTSUPP;

	for (size_t i = 0; i < ARRAY_SIZE(ways); i++) {
		if (opts->way && strcmp(opts->way, ways[i]->name) != 0)
			continue;
		err = ways[i]->start(opts, &l->state);
		if (!err) {
			l->way = ways[i];
			return 0;
		}
		if (err == -ENOMEM)
			return err;
	}
	return err;
}

int live_new(const struct live_opts *opts, struct live **ret)
{
	struct live *l = calloc(1, sizeof(*l));
	int err;

	if (!l)
		return -ENOMEM;
	if (opts->filter)
		l->filter = *opts->filter;
	l->filtered = opts->filter != NULL;
	err = start(l, opts);
	if (err) {
		free(l);
		return err;
	}
	*ret = l;
	return 0;
}

struct live *live_free(struct live *l)
{
	if (!l)
		return NULL;
	l->way->stop(l->state);
	free(l->waiting.v);
	free(l);
	return NULL;
}

const char *live_name(const struct live *l)
{
	return l->way->name;
}

const char *live_loss(const struct live *l)
{
	return l->way->loss;
}

int live_fd(const struct live *l)
{
	return l->way->fd(l->state);
}

int live_timeout(const struct live *l)
{
	return l->taken < l->waiting.nr ? 0 : l->way->timeout(l->state);
}

bool live_wants(const struct pw_filter *f, const struct pw_event *ev)
{
	if (ev->kind == PW_EV_LOST)
		return true;
	if (f->events && !(f->events & 1u << ev->kind))
		return false;
	if (f->proto && f->proto != ev->proto)
		return false;
	if (f->family && f->family != ev->family)
		return false;
	if (f->states && !(f->states & 1u << ev->new_state))
		return false;
	return !(f->want & PW_WANT_PORTS) || !ev->lport ||
	       f->ports[ev->lport / 64] >> ev->lport % 64 & 1;
}

static int gather(void *arg, const struct pw_event *ev)
{
	struct live *l = arg;
	struct pw_event *copy;

	if (l->filtered && !live_wants(&l->filter, ev))
		return 0;
	copy = VEC_ADD(&l->waiting);
	if (!copy)
		return -ENOMEM;
	*copy = *ev;
	return 0;
}

/* A reader may stop in the middle; what the ways know must not depend on that. */
int live_drain(struct live *l, live_event_fn fn, void *arg)
{
	int n = 0, err;

	if (l->taken == l->waiting.nr) {
		l->taken = l->waiting.nr = 0;
		err = l->way->drain(l->state, gather, l);
		if (err)
			return err;
	}
	for (; l->taken < l->waiting.nr; n++) {
		err = fn(arg, &l->waiting.v[l->taken++]);
		if (err)
			return err;
	}
	return n;
}
