// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/target.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

void target_done(struct target *t)
{
	process_done(&t->process);
	free(t->sockets);
	free(t->fds);
	free(t->instead);
}

bool plan_is_listening(const struct socket *s)
{
	return s->s.state == PW_LISTEN || s->s.state == PW_BOUND || s->s.state == PW_UNCONN;
}

bool target_is_connection(const struct socket *s)
{
	return s->s.proto == PW_TCP && s->s.state == PW_ESTABLISHED;
}

bool plan_udp_is_aside(const struct plan_facts *f, uint16_t port)
{
	for (size_t i = 0; f->asked && i < f->asked->nr; i++) {
		const struct port_range *range = &f->asked->ranges[i];

		if (port >= range->first && port <= range->last && range->proto == PW_UDP)
			return false;
	}
	return f->asked;
}

bool plan_is_by_chance(const struct socket *s)
{
	return s->s.proto == PW_UDP && s->bind.known && !(s->s.flags & PW_F_EXPLICIT);
}

bool plan_holds(const struct answer *a, const struct plan_facts *f, const struct pw_actor *id)
{
	for (size_t i = 0; i < a->nr_sockets; i++)
		if ((!f->listening || plan_is_listening(&a->sockets[i])) &&
		    answer_held_by(a, &a->sockets[i], id))
			return true;
	return false;
}

static int add_socket(struct target *t, const struct socket *s, const struct holder *h)
{
	struct plan_socket *sockets = reallocarray(t->sockets, t->nr_sockets + 1, sizeof(*sockets));
	uint32_t *fds;

	if (!sockets)
		return -ENOMEM;
	t->sockets = sockets;
	sockets[t->nr_sockets++] =
		(struct plan_socket){ .sk = s->sk, .inode = s->inode, .s = s->s };
	fds = reallocarray(t->fds, t->nr_fds + h->nr_fds + 1, sizeof(*fds));
	if (!fds)
		return -ENOMEM;
	t->fds = fds;
	memcpy(fds + t->nr_fds, h->fds, h->nr_fds * sizeof(*fds));
	t->nr_fds += h->nr_fds;
	t->nr_listening += plan_is_listening(s);
	t->nr_established += target_is_connection(s);
	return 0;
}

/* A namespace that is not known may be any. */
static bool is_netns(uint32_t a, uint32_t b)
{
	return !a || !b || a == b;
}

/* A process may have this port in several network namespaces, and is asked for in one. */
static bool is_in_scope(const struct target *t, const struct socket *s)
{
	for (size_t i = 0; i < t->nr_sockets; i++)
		if (t->sockets[i].s.lport == s->s.lport && t->sockets[i].s.proto == s->s.proto &&
		    is_netns(t->sockets[i].s.netns, s->s.netns))
			return true;
	return false;
}

static bool is_elsewhere(const struct target *t, uint32_t netns)
{
	for (size_t i = 0; i < t->nr_sockets; i++)
		if (is_netns(t->sockets[i].s.netns, netns))
			return false;
	return t->nr_sockets;
}

static bool is_also_port(const struct target *t, const struct answer *a, const struct socket *s)
{
	return s->s.lport && plan_is_listening(s) && !plan_is_by_chance(s) && !is_in_scope(t, s) &&
	       answer_held_by(a, s, &t->process.id);
}

/* Add the port of socket `at`, unless an earlier socket has it: for IPv4 and for IPv6, or in a
 * group. */
static void add_also_port(struct target *t, const struct answer *a, size_t at)
{
	const struct pw_sock *s = &a->sockets[at].s;

	for (size_t i = 0; i < at; i++)
		if (a->sockets[i].s.lport == s->lport && a->sockets[i].s.proto == s->proto &&
		    a->sockets[i].s.netns == s->netns && is_also_port(t, a, &a->sockets[i]))
			return;
	if (t->nr_also < PLAN_MAX_ALSO)
		t->also[t->nr_also] =
			(struct plan_also){ s->lport, s->proto,
					    is_elsewhere(t, s->netns) ? s->netns : 0 };
	t->nr_also++;
}

/* Note what the process does on other ports, for that ends with it. If it cannot be found out, go
 * on without it. */
static int add_also(struct target *t, const struct plan_facts *f)
{
	_cleanup_(answer_done) struct answer a = {};
	int err = f->sockets_of ? f->sockets_of(f->arg, &t->process, &a) : 0;

	for (size_t i = 0; !err && i < a.nr_sockets; i++) {
		const struct socket *s = &a.sockets[i];

		if (is_also_port(t, &a, s))
			add_also_port(t, &a, i);
		else if (target_is_connection(s) && s->s.lport && !is_in_scope(t, s))
			t->nr_also_established += answer_held_by(&a, s, &t->process.id);
	}
	return err == -ENOMEM ? err : 0;
}

int target_fill(struct target *t, const struct answer *a, size_t process,
		const struct plan_facts *f)
{
	struct plan_relatives relatives = {};

	*t = (struct target){};
	if (process_copy(&t->process, &a->processes[process]))
		return -ENOMEM;
	for (size_t i = 0; i < a->nr_sockets; i++)
		for (size_t j = 0; j < a->sockets[i].nr_holders; j++)
			if (a->sockets[i].holders[j].process == process &&
			    add_socket(t, &a->sockets[i], &a->sockets[i].holders[j]))
				return -ENOMEM;
	if (f->relatives)
		f->relatives(f->arg, &t->process, &relatives);
	/* The kernel ends everybody in a PID namespace with its first process. */
	t->nr_children = relatives.condition.namespace_init ? 0 : relatives.nr_children;
	t->nr_die_with = relatives.nr_die_with;
	t->terminal = relatives.terminal;
	t->keeper = relatives.keeper;
	memcpy(t->restart, relatives.restart, sizeof(t->restart));
	memcpy(t->parent_comm, relatives.parent_comm, sizeof(t->parent_comm));
	t->forwards = relatives.forwards;
	t->parent = relatives.parent;
	if (add_also(t, f))
		return -ENOMEM;
	t->condition = relatives.condition;
	return 0;
}

const char *names_fate(enum fate f)
{
	static const char *const names[FATE_MAX] = {
		[FATE_PLANNED] = "planned",
		[FATE_GUARDED] = "refused",
		[FATE_DECLINED] = "declined",
		[FATE_MISSED] = "missed",
		[FATE_FAILED] = "failed",
		[FATE_WAITING] = "waiting",
		[FATE_GONE] = "gone",
		[FATE_RELEASED] = "released",
		[FATE_ALIVE] = "alive",
		[FATE_CLOSED] = "closed",
		[FATE_NOTHING] = "nothing-to-close",
	};

	return names[f];
}
