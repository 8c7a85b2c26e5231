// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/evidence.h"

#include "model/verdict.h"

/* Return whether a socket in this state lives on without a process. */
static bool is_closing(uint8_t state)
{
	const uint32_t closing = 1u << PW_FIN_WAIT1 | 1u << PW_FIN_WAIT2 | 1u << PW_CLOSING |
				 1u << PW_LAST_ACK | 1u << PW_CLOSE_WAIT | 1u << PW_CLOSE;

	return closing >> state & 1;
}

static bool is_connection(const struct socket *s)
{
	return s->s.rport && s->s.state != PW_LISTEN && s->s.state != PW_UNCONN;
}

static void add_here(struct evidence *e, const struct socket *s, const struct verdict_facts *facts)
{
	bool nobody = s->nr_holders == 0;
	/* A list of candidates proves nothing when it is empty. */
	bool proven = (s->resolved == RESOLVED_VERIFIED || s->resolved == RESOLVED_WALK) &&
		      !facts->partial_view;

	if (s->s.state == PW_TIME_WAIT) {
		e->nr_timewait++;
		e->nr_not_reusable += !(s->s.flags & PW_F_REUSEADDR);
		if (!e->timewait || s->expires_ms > e->timewait->expires_ms)
			e->timewait = s;
		return;
	}
	e->nr_connections += is_connection(s);
	e->nr_close_wait += s->s.state == PW_CLOSE_WAIT && !nobody;
	if (s->s.flags & PW_F_KERNEL) {
		e->kernel = s;
	} else if (nobody && ((s->s.flags & PW_F_RELEASED) || (proven && is_closing(s->s.state)))) {
		e->orphan = s;
	} else if (nobody && proven) {
		/* Connections nobody has accepted yet look like this as well; the listener
		 * that has them speaks for the port. */
		e->inflight = s;
	} else if (s->s.state == PW_BOUND) {
		e->bound = s;
	} else if (!e->held || s->s.state == PW_LISTEN || s->s.state == PW_UNCONN) {
		e->held = s;
	}
}

/* Note the socket that speaks for another network namespace: one that a process may have, the
 * listener before a connection. What has no process there is in nobody's way here. */
static void add_elsewhere(struct evidence *e, const struct socket *s)
{
	bool closed = s->s.state == PW_TIME_WAIT || is_closing(s->s.state);

	if (closed && !s->nr_holders)
		return;
	if (!e->elsewhere || (s->s.state == PW_LISTEN && e->elsewhere->s.state != PW_LISTEN))
		e->elsewhere = s;
}

void evidence_add(struct evidence *e, const struct socket *s, const struct verdict_facts *facts)
{
	if (facts->netns && s->s.netns != facts->netns)
		add_elsewhere(e, s);
	else
		add_here(e, s, facts);
}
