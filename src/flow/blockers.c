// SPDX-License-Identifier: GPL-2.0-or-later
#include "flow/blockers.h"

#include "track/query.h"

void blockers_reset(struct blockers *b)
{
	b->nr = 0;
	b->overflowed = false;
}

void blockers_add(struct blockers *b, const struct verdict *v)
{
	if (b->nr == BLOCKERS_MAX)
		b->overflowed = true;
	else
		b->list[b->nr++] = (struct blocker){ v->blocker, v->port };
}

bool blockers_concern(const struct blockers *b, const struct pw_event *ev)
{
	if (b->overflowed)
		return true;
	for (size_t i = 0; i < b->nr; i++) {
		const struct blocker *one = &b->list[i];

		if (one->sk ? one->sk == ev->sk :
			      ev->kind == PW_EV_TIMEWAIT_END && ev->lport == one->port)
			return true;
	}
	return false;
}

/* A connection that was closed may keep its port for minutes. */
static bool is_end(const struct pw_event *ev)
{
	if (ev->kind == PW_EV_STATE)
		return ev->new_state == PW_CLOSE;
	if (ev->kind == PW_EV_TIMEWAIT)
		return true;
	return ev->kind == PW_EV_CLOSE && (ev->proto == PW_UDP || ev->new_state == PW_CLOSE ||
					   ev->new_state == PW_LISTEN || ev->new_state == PW_BOUND);
}

void blockers_note_end(struct blockers *b, const struct pw_event *ev)
{
	if (is_end(ev))
		b->closing[b->nr_closing++ % BLOCKERS_CLOSING] = *ev;
}

bool blockers_are_closing(const struct blockers *b)
{
	if (b->nr_closing > BLOCKERS_CLOSING)
		return true;
	for (size_t i = 0; i < b->nr; i++)
		for (size_t k = 0; k < b->nr_closing; k++)
			if (b->list[i].sk && b->list[i].sk == b->closing[k].sk)
				return true;
	return false;
}

int blockers_still_hold(const struct blockers *b, struct tracker *t)
{
	size_t have = b->nr_closing < BLOCKERS_CLOSING ? b->nr_closing : BLOCKERS_CLOSING;

	for (size_t i = 0; i < have; i++) {
		int holds = query_holds_port(t, &b->closing[i]);

		if (holds)
			return holds;
	}
	return 0;
}
