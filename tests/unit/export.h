/* SPDX-License-Identifier: GPL-2.0-or-later */
/* export: builders that the tests of export and its parts share. */
#ifndef UNIT_EXPORT_H
#define UNIT_EXPORT_H

#include "unit.h"

#define SELF 100u

unit_fn struct socket *put_socket(struct answer *a, uint8_t proto, const char *addr, uint16_t port,
				  uint8_t state, uint32_t netns)
{
	struct socket *s = answer_add_socket(a);

	assert_non_null(s);
	s->s.proto = proto;
	s->s.laddr = address(addr, &s->s.family);
	s->s.lport = port;
	s->s.state = state;
	s->s.netns = netns;
	s->s.flags = PW_F_EXPLICIT;
	return s;
}

unit_fn struct process *hold(struct answer *a, struct socket *s, uint32_t tgid, const char *comm)
{
	struct pw_actor who = actor(tgid, comm);
	size_t p;

	assert_int_equal(answer_add_process(a, &who, tgid, &p), 0);
	assert_int_equal(socket_add_holder(s, p, 3), 0);
	return &a->processes[p];
}

unit_fn bool has(const struct metrics *m, const char *line)
{
	_cleanup_(strbuf_done) struct strbuf out = {}, wanted = {};

	strbuf_addf(&wanted, "\n%s\n", line);
	metrics_text(m, METRICS_OPENMETRICS, &out);
	return strstr(strbuf_str(&out), strbuf_str(&wanted));
}

unit_fn size_t count(const struct metrics *m, const char *what)
{
	_cleanup_(strbuf_done) struct strbuf out = {};
	size_t n = 0;

	metrics_text(m, METRICS_OPENMETRICS, &out);
	for (const char *p = strbuf_str(&out); (p = strstr(p, what)); p++)
		n++;
	return n;
}

#endif
