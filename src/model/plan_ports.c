// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/plan_ports.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "model/plan_targets.h"

static void left_done(struct plan_port *port)
{
	for (size_t i = 0; i < port->nr_left; i++) {
		free(port->left[i].unit);
		free(port->left[i].container);
	}
	free(port->left);
	port->left = NULL;
	port->nr_left = 0;
}

void plan_port_done(struct plan_port *port)
{
	left_done(port);
	free(port->hint);
	port->hint = NULL;
}

static struct plan_port *find_port(const struct plan *p, uint16_t port, uint8_t proto)
{
	for (size_t i = 0; i < p->nr_ports; i++)
		if (p->ports[i].port == port && p->ports[i].proto == proto)
			return &p->ports[i];
	return NULL;
}

/* Of a great range only the ports in use are in an answer, so later ones may have more. */
int plan_add_ports(struct plan *p, const struct answer *a)
{
	struct plan_port *ports;

	ports = reallocarray(p->ports, p->nr_ports + a->nr_verdicts + 1, sizeof(*ports));
	if (!ports)
		return -ENOMEM;
	p->ports = ports;
	for (size_t i = 0; i < a->nr_verdicts; i++)
		if (!find_port(p, a->verdicts[i].port, a->verdicts[i].proto))
			ports[p->nr_ports++] = (struct plan_port){
				.port = a->verdicts[i].port,
				.proto = a->verdicts[i].proto,
				.was_free = true,
			};
	return 0;
}

static int copy(char **to, const char *from)
{
	*to = from ? strdup(from) : NULL;
	return from && !*to ? -ENOMEM : 0;
}

/* --user units are told by the path: …/user@1000.service/app.slice/foo.service */
static bool is_user_unit(const char *cgroup)
{
	return cgroup && strstr(cgroup, "/user@");
}

static int add_left(struct plan *p, struct plan_port *port, const struct answer *a,
		    const struct process *who, const struct plan_facts *f)
{
	struct plan_left *left;
	struct plan_relatives relatives = {};

	for (size_t i = 0; i < port->nr_left; i++)
		if (process_is(&port->left[i].id, &who->id))
			return 0;
	left = reallocarray(port->left, port->nr_left + 1, sizeof(*left));
	if (!left)
		return -ENOMEM;
	port->left = left;
	left += port->nr_left++;
	*left = (struct plan_left){ .id = who->id, .pid = who->pid };
	left->respawned = plan_is_newcomer(p, a, &who->id);
	left->user_unit = is_user_unit(who->cgroup);
	if (left->respawned && f->relatives) {
		f->relatives(f->arg, who, &relatives);
		left->parent = relatives.parent;
		memcpy(left->parent_comm, relatives.parent_comm, sizeof(left->parent_comm));
	}
	return copy(&left->unit, who->unit) || copy(&left->container, who->container) ? -ENOMEM : 0;
}

static bool on_port(const struct plan_port *port, const struct pw_sock *s)
{
	return s->lport == port->port && s->proto == port->proto;
}

/* Everything but the verdict: who is there, and what lives on without a process. */
static void count_socket(struct plan_port *port, const struct socket *s)
{
	if (s->s.state == PW_TIME_WAIT || s->timewait)
		port->nr_timewait++;
	else if (plan_is_listening(s))
		return;
	else if (s->nr_holders)
		port->nr_connections++;
	else if (queue_has(s))
		port->nr_waiting++;
	else
		port->nr_closing++;
}

static int judge_sockets(struct plan *p, struct plan_port *port, const struct answer *a,
			 const struct plan_facts *f)
{
	for (size_t i = 0; i < a->nr_sockets; i++) {
		const struct socket *s = &a->sockets[i];

		if (!on_port(port, &s->s))
			continue;
		count_socket(port, s);
		if (s->nr_holders && !plan_is_listening(s) && f->listening)
			continue;
		if (port->proto == PW_UDP && !plan_is_by_chance(s))
			port->by_chance = false;
		for (size_t j = 0; j < s->nr_holders; j++)
			if (add_left(p, port, a, &a->processes[s->holders[j].process], f))
				return -ENOMEM;
	}
	return 0;
}

static const struct verdict *verdict_of(const struct answer *a, const struct plan_port *port)
{
	for (size_t i = 0; i < a->nr_verdicts; i++)
		if (a->verdicts[i].port == port->port && a->verdicts[i].proto == port->proto)
			return &a->verdicts[i];
	return NULL;
}

static int judge_port(struct plan *p, struct plan_port *port, const struct answer *a,
		      const struct plan_facts *f)
{
	const struct verdict *v = verdict_of(a, port);

	plan_port_done(port);
	port->nr_timewait = port->nr_connections = port->nr_closing = port->nr_waiting = 0;
	port->by_chance = port->proto == PW_UDP && plan_udp_is_aside(f, port->port);
	if (judge_sockets(p, port, a, f))
		return -ENOMEM;
	/* Of many ports only those in use are judged. */
	port->why = v ? v->why : WHY_FREE;
	port->bindable = !v || v->bindable || v->why == WHY_PRIVILEGED;
	port->is_free = port->bindable || (!f->strict && v->proto == PW_TCP && v->with_reuseaddr);
	port->by_chance = port->by_chance && !port->is_free && port->nr_left;
	port->has_frees_in = v && v->has_frees_in;
	port->frees_in_ms = v ? v->frees_in_ms : 0;
	port->reach = v ? v->reach : (struct reach){};
	return copy(&port->hint, v ? v->hint : NULL);
}

int plan_judge(struct plan *p, const struct answer *a, const struct plan_facts *f)
{
	if (plan_add_ports(p, a))
		return -ENOMEM;
	p->unknown = a->unknown;
	for (size_t i = 0; i < p->nr_ports; i++)
		if (judge_port(p, &p->ports[i], a, f))
			return -ENOMEM;
	return 0;
}

bool plan_all_free(const struct plan *p)
{
	for (size_t i = 0; i < p->nr_ports; i++)
		if (!p->ports[i].is_free && !p->ports[i].by_chance)
			return false;
	return true;
}

bool plan_respawned(const struct plan *p)
{
	for (size_t i = 0; i < p->nr_ports; i++)
		for (size_t j = 0; j < p->ports[i].nr_left; j++)
			if (p->ports[i].left[j].respawned)
				return true;
	return false;
}
