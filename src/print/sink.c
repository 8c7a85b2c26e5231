// SPDX-License-Identifier: GPL-2.0-or-later
#include "print/sink.h"

#include <errno.h>

struct sink *sink_free(struct sink *s)
{
	if (s)
		s->ops->free(s);
	return NULL;
}

int sink_event(struct sink *s, const struct pw_event *ev, const struct event_extra *x)
{
	static const struct event_extra nothing;

	return !s->ops->event ? -EOPNOTSUPP : s->ops->event(s, ev, x ? x : &nothing);
}

int sink_flush(struct sink *s)
{
	return s->ops->flush(s);
}

void sink_set_clock(struct sink *s, int64_t boot_to_real)
{
	if (s->ops->set_clock)
		s->ops->set_clock(s, boot_to_real);
}

int sink_end(struct sink *s, uint64_t elapsed_ns)
{
	return s->ops->end ? s->ops->end(s, elapsed_ns) : sink_flush(s);
}

int sink_answer(struct sink *s, const struct answer *a, enum answer_view view)
{
	return !s->ops->answer ? -EOPNOTSUPP : s->ops->answer(s, a, view);
}
