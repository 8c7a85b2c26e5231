// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/queue.h"

#include <inttypes.h>

#include "base/strbuf.h"
#include "model/answer.h"

/* A process that closes its end of a connection moves it out of these two states, so a socket in
 * them that has never had a descriptor, or has it no more, is still the listener's. */
bool queue_has(const struct socket *s)
{
	return s->s.proto == PW_TCP && s->s.flags & PW_F_RELEASED && !s->nr_holders &&
	       (s->s.state == PW_ESTABLISHED || s->s.state == PW_CLOSE_WAIT);
}

static bool is_known(const struct socket *s)
{
	return s->has_drops && !(s->lacks & PW_LACKS_BACKLOG);
}

/* sk_acceptq_is_full(), include/net/sock.h */
bool queue_has_no_room(const struct socket *s)
{
	return s->s.proto == PW_TCP && s->s.state == PW_LISTEN && is_known(s) &&
	       s->waiting > s->s.backlog;
}

static void add_listener(struct queue *q, const struct socket *s)
{
	if (!is_known(s)) {
		q->nr_unseen++;
		return;
	}
	q->nr++;
	q->nr_full += queue_has_no_room(s);
	q->waiting += s->waiting;
	q->backlog += s->s.backlog;
	q->drops += s->drops;
}

void queue_add(struct queue *q, const struct socket *s)
{
	if (s->s.proto == PW_TCP && s->s.state == PW_LISTEN)
		add_listener(q, s);
	else if (queue_has(s))
		q->gave_up += s->s.state == PW_CLOSE_WAIT;
}

bool queue_is_full(const struct queue *q)
{
	return q->nr && q->nr_full == q->nr && !q->nr_unseen;
}

void queue_describe(struct strbuf *out, const struct queue *q)
{
	if (q->nr > 1 && q->nr_full)
		strbuf_addf(out, "%zu of %zu queues full: ", q->nr_full, q->nr);
	else if (q->nr_full)
		strbuf_adds(out, "its queue is full: ");
	strbuf_addf(out, "%" PRIu64 " connection%s for accept() (backlog %" PRIu64 ")", q->waiting,
		    q->waiting == 1 ? " waits" : "s wait", q->backlog);
	if (q->gave_up)
		strbuf_addf(out, "; %" PRIu64 " client%s closed already", q->gave_up,
			    q->gave_up == 1 ? " has" : "s have");
	if (q->drops)
		strbuf_addf(out, "; %" PRIu64 " attempt%s to connect turned away", q->drops,
			    q->drops == 1 ? "" : "s");
}
