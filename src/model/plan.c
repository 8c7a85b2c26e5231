// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/plan.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "model/plan_guard.h"
#include "model/verdict.h"

static void target_done(struct target *t)
{
	process_done(&t->process);
	free(t->sockets);
	free(t->fds);
	free(t->instead);
}

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

void plan_done(struct plan *p)
{
	for (size_t i = 0; i < p->nr_targets; i++)
		target_done(&p->targets[i]);
	for (size_t i = 0; i < p->nr_ports; i++) {
		left_done(&p->ports[i]);
		free(p->ports[i].hint);
	}
	free(p->targets);
	free(p->ports);
	*p = (struct plan){};
}

bool plan_is_listening(const struct socket *s)
{
	return s->s.state == PW_LISTEN || s->s.state == PW_BOUND || s->s.state == PW_UNCONN;
}

static bool is_connection(const struct socket *s)
{
	return s->s.proto == PW_TCP && s->s.state == PW_ESTABLISHED;
}

/* Without a start time nobody is told from a later one: then it is nobody. */
static bool same_process(const struct pw_actor *a, const struct pw_actor *b)
{
	return a->start_ns && actor_same(a, b);
}

static bool held_by(const struct answer *a, const struct socket *s, const struct pw_actor *id)
{
	for (size_t i = 0; i < s->nr_holders; i++)
		if (same_process(&a->processes[s->holders[i].process].id, id))
			return true;
	return false;
}

/* An address alone, or an inode number alone, may be another socket's by now. */
static bool is_planned(const struct plan *p, const struct socket *s)
{
	for (size_t i = 0; i < p->nr_targets; i++)
		for (size_t j = 0; j < p->targets[i].nr_sockets; j++)
			if (s->inode && p->targets[i].sockets[j].inode == s->inode &&
			    p->targets[i].sockets[j].sk == s->sk)
				return true;
	return false;
}

static struct target *find_target(const struct plan *p, const struct pw_actor *id)
{
	for (size_t i = 0; i < p->nr_targets; i++)
		if (same_process(&p->targets[i].process.id, id))
			return &p->targets[i];
	return NULL;
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
		    held_by(a, &a->sockets[i], id))
			return true;
	return false;
}

/* After the plan was made: a process in none of its rows, with a listening or bound socket
 * that is in none of its rows. It may have inherited a planned one as well, and then is
 * no newcomer. */
static bool is_newcomer(const struct plan *p, const struct answer *a, const struct pw_actor *id)
{
	bool listens = false;

	if (find_target(p, id))
		return false;
	for (size_t i = 0; i < a->nr_sockets; i++) {
		if (!held_by(a, &a->sockets[i], id))
			continue;
		if (is_planned(p, &a->sockets[i]))
			return false;
		listens = listens || plan_is_listening(&a->sockets[i]);
	}
	return listens;
}

static int copy(char **to, const char *from)
{
	*to = from ? strdup(from) : NULL;
	return from && !*to ? -ENOMEM : 0;
}

static int copy_process(struct process *to, const struct process *from)
{
	to->id = from->id;
	to->pid = from->pid;
	if (from->cmdline) {
		to->cmdline = malloc(from->cmdline_len + 1);
		if (!to->cmdline)
			return -ENOMEM;
		memcpy(to->cmdline, from->cmdline, from->cmdline_len);
		to->cmdline[from->cmdline_len] = '\0';
		to->cmdline_len = from->cmdline_len;
	}
	return copy(&to->user, from->user) || copy(&to->cgroup, from->cgroup) ||
			       copy(&to->unit, from->unit) ||
			       copy(&to->container, from->container) ?
		       -ENOMEM :
		       0;
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
	t->nr_established += is_connection(s);
	return 0;
}

static bool is_in_plan(const struct target *t, const struct socket *s)
{
	for (size_t i = 0; i < t->nr_sockets; i++)
		if (t->sockets[i].s.lport == s->s.lport && t->sockets[i].s.proto == s->s.proto)
			return true;
	return false;
}

static void add_also_port(struct target *t, const struct socket *s)
{
	for (size_t i = 0; i < t->nr_also && i < PLAN_MAX_ALSO; i++)
		if (t->also[i].port == s->s.lport && t->also[i].proto == s->s.proto)
			return;
	if (t->nr_also < PLAN_MAX_ALSO)
		t->also[t->nr_also] = (struct plan_also){ s->s.lport, s->s.proto };
	t->nr_also++;
}

/* What it does on other ports ends with it. Not to be found out is no reason to stop. */
static int add_also(struct target *t, const struct plan_facts *f)
{
	_cleanup_(answer_done) struct answer a = {};
	int err = f->sockets_of ? f->sockets_of(f->arg, &t->process, &a) : 0;

	for (size_t i = 0; !err && i < a.nr_sockets; i++) {
		const struct socket *s = &a.sockets[i];

		if (!s->s.lport || is_in_plan(t, s) || !held_by(&a, s, &t->process.id))
			continue;
		if (plan_is_listening(s) && !plan_is_by_chance(s))
			add_also_port(t, s);
		t->nr_also_established += is_connection(s);
	}
	return err == -ENOMEM ? err : 0;
}

static int add_target(struct plan *p, const struct answer *a, size_t process,
		      const struct plan_facts *f)
{
	struct target *targets = reallocarray(p->targets, p->nr_targets + 1, sizeof(*targets)), *t;
	struct plan_kin kin = {};

	if (!targets)
		return -ENOMEM;
	p->targets = targets;
	t = &targets[p->nr_targets++];
	*t = (struct target){};
	if (copy_process(&t->process, &a->processes[process]))
		return -ENOMEM;
	for (size_t i = 0; i < a->nr_sockets; i++)
		for (size_t j = 0; j < a->sockets[i].nr_holders; j++)
			if (a->sockets[i].holders[j].process == process &&
			    add_socket(t, &a->sockets[i], &a->sockets[i].holders[j]))
				return -ENOMEM;
	if (f->kin)
		f->kin(f->arg, &t->process, &kin);
	/* The kernel ends everybody in a PID namespace with its first process. */
	t->nr_children = kin.condition.namespace_init ? 0 : kin.nr_children;
	t->nr_die_with = kin.nr_die_with;
	t->terminal = kin.terminal;
	t->keeper = kin.keeper;
	memcpy(t->restart, kin.restart, sizeof(t->restart));
	memcpy(t->parent_comm, kin.parent_comm, sizeof(t->parent_comm));
	t->forwards = kin.forwards;
	t->parent = kin.parent;
	if (add_also(t, f))
		return -ENOMEM;
	t->condition = kin.condition;
	return 0;
}

/* Children that end as well are not left behind. */
static void count_off_children(struct plan *p, size_t from)
{
	for (size_t i = from; i < p->nr_targets; i++)
		for (size_t k = 0; k < p->nr_targets; k++)
			if (p->targets[k].process.pid == p->targets[i].parent &&
			    p->targets[k].nr_children)
				p->targets[k].nr_children--;
}

static int by_age(const void *pa, const void *pb)
{
	const struct target *a = pa, *b = pb;

	if (a->process.id.start_ns != b->process.id.start_ns)
		return a->process.id.start_ns < b->process.id.start_ns ? -1 : 1;
	return a->process.id.tgid < b->process.id.tgid ? -1 :
							 a->process.id.tgid > b->process.id.tgid;
}

static struct plan_port *find_port(const struct plan *p, uint16_t port, uint8_t proto)
{
	for (size_t i = 0; i < p->nr_ports; i++)
		if (p->ports[i].port == port && p->ports[i].proto == proto)
			return &p->ports[i];
	return NULL;
}

/* Of a great range only the ports in use are in an answer, so later ones may have more. */
static int add_ports(struct plan *p, const struct answer *a)
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

int plan_add(struct plan *p, const struct answer *a, const struct plan_facts *f, size_t *ret_new)
{
	bool first = !p->ports;
	size_t from = p->nr_targets;
	_cleanup_free_ bool *wanted = calloc(a->nr_processes + 1, sizeof(*wanted));

	if (!wanted || add_ports(p, a))
		return -ENOMEM;
	/* Who is new is decided before the plan grows. */
	for (size_t i = 0; i < a->nr_processes; i++)
		wanted[i] = plan_holds(a, f, &a->processes[i].id) &&
			    !find_target(p, &a->processes[i].id) &&
			    (first || !is_newcomer(p, a, &a->processes[i].id));
	for (size_t i = 0; i < a->nr_processes; i++)
		if (wanted[i] && add_target(p, a, i, f))
			return -ENOMEM;
	count_off_children(p, from);
	for (size_t i = 0; first && i < a->nr_sockets; i++)
		p->nr_unaccepted += is_connection(&a->sockets[i]) && !a->sockets[i].nr_holders;
	if (p->nr_targets > from)
		qsort(p->targets + from, p->nr_targets - from, sizeof(*p->targets), by_age);
	if (plan_guard(p, from, a, f))
		return -ENOMEM;
	*ret_new = 0;
	for (size_t i = from; i < p->nr_targets; i++)
		*ret_new += target_is_due(&p->targets[i]);
	if (plan_judge(p, a, f))
		return -ENOMEM;
	for (size_t i = 0; first && i < p->nr_ports; i++)
		p->ports[i].was_free = p->ports[i].is_free;
	return 0;
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
	struct plan_kin kin = {};

	for (size_t i = 0; i < port->nr_left; i++)
		if (same_process(&port->left[i].id, &who->id))
			return 0;
	left = reallocarray(port->left, port->nr_left + 1, sizeof(*left));
	if (!left)
		return -ENOMEM;
	port->left = left;
	left += port->nr_left++;
	*left = (struct plan_left){ .id = who->id, .pid = who->pid };
	left->respawned = is_newcomer(p, a, &who->id);
	left->user_unit = is_user_unit(who->cgroup);
	if (left->respawned && f->kin) {
		f->kin(f->arg, who, &kin);
		left->parent = kin.parent;
		memcpy(left->parent_comm, kin.parent_comm, sizeof(left->parent_comm));
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
	if (s->s.state == PW_TIME_WAIT ||
	    (s->s.state == PW_FIN_WAIT2 && !s->nr_holders && s->has_expires))
		port->nr_timewait++;
	else if (plan_is_listening(s))
		return;
	else if (s->nr_holders)
		port->nr_connections++;
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

	left_done(port);
	free(port->hint);
	port->hint = NULL;
	port->nr_timewait = port->nr_connections = port->nr_closing = 0;
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
	return copy(&port->hint, v ? v->hint : NULL);
}

int plan_judge(struct plan *p, const struct answer *a, const struct plan_facts *f)
{
	if (add_ports(p, a))
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
