/* SPDX-License-Identifier: GPL-2.0-or-later */
/* plan: builders that the tests of plan and its parts share. */
#ifndef UNIT_PLAN_H
#define UNIT_PLAN_H

#include "model/guard.h"
#include "model/plan.h"
#include "model/portspec.h"
#include "model/verdict.h"
#include "unit.h"

unit_fn uint64_t next_sk = 0x1000;

/* A socket on the port with holders by pid, 0-terminated. Returns its index. */
unit_fn size_t given(struct answer *a, uint8_t state, uint16_t port, const char *raddr,
		     const uint32_t *pids, const char *comm)
{
	struct pw_sock s = sock(state, "127.0.0.1", port, raddr, raddr ? 40000 : 0);
	size_t i = a->nr_sockets;
	struct socket *new = add_socket(a, &s);

	new->sk = next_sk += 64;
	new->inode = next_sk / 64;
	for (; pids && *pids; pids++)
		add_holder(a, i, *pids, comm, 3);
	return i;
}

#define PIDS(...) ((const uint32_t[]){ __VA_ARGS__, 0 })

unit_fn void judge(struct answer *a, const char *ports)
{
	_cleanup_(strbuf_done) struct strbuf why = {};
	_cleanup_(portspec_done) struct portspec asked = {};
	const struct verdict_facts facts = { .netns = 4026531840, .unprivileged_start = 1024 };

	assert_int_equal(portspec_parse(&asked, ports, NULL, NULL, &why), 0);
	assert_int_equal(verdict_fill(a, &asked, &facts), 0);
}

unit_fn void rejudge(struct answer *a, const char *ports)
{
	for (size_t i = 0; i < a->nr_verdicts; i++)
		verdict_done(&a->verdicts[i]);
	a->nr_verdicts = 0;
	judge(a, ports);
}

unit_fn size_t make(struct plan *p, struct answer *a, const struct plan_facts *f)
{
	static const struct plan_facts nothing;
	size_t due;

	if (!a->nr_verdicts)
		judge(a, "8000/tcp");
	assert_int_equal(plan_add(p, a, f ? f : &nothing, &due), 0);
	return due;
}

/* Judge one process of the answer. The target is the caller's. */
unit_fn struct target judged(const struct answer *a, size_t process, const struct plan_facts *f)
{
	struct target t;

	assert_int_equal(target_fill(&t, a, process, f), 0);
	assert_int_equal(guard_judge(&t, a, f), 0);
	return t;
}

#endif
