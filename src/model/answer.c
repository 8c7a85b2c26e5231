// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/answer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/addr.h"
#include "base/vec.h"

void answer_init(struct answer *a)
{
	*a = (struct answer){};
}

static int copy(char **to, const char *from)
{
	*to = from ? strdup(from) : NULL;
	return from && !*to ? -ENOMEM : 0;
}

int process_copy(struct process *to, const struct process *from)
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
	if (copy(&to->user, from->user) || copy(&to->cgroup, from->cgroup) ||
	    copy(&to->unit, from->unit))
		return -ENOMEM;
	return copy(&to->container, from->container);
}

bool process_is(const struct pw_actor *a, const struct pw_actor *b)
{
	return a->start_ns && actor_same(a, b);
}

bool answer_held_by(const struct answer *a, const struct socket *s, const struct pw_actor *id)
{
	for (size_t i = 0; i < s->nr_holders; i++)
		if (process_is(&a->processes[s->holders[i].process].id, id))
			return true;
	return false;
}

static void socket_done(struct socket *s)
{
	size_t i;

	for (i = 0; i < s->nr_holders; i++)
		free(s->holders[i].fds);
	free(s->holders);
}

void verdict_done(struct verdict *v)
{
	for (size_t i = 0; i < v->nr_facts; i++)
		free(v->facts[i].text);
	free(v->facts);
	free(v->guarded_for);
	free(v->hint);
	*v = (struct verdict){};
}

void process_forget(struct process *p)
{
	free(p->cmdline);
	free(p->cgroup);
	free(p->unit);
	free(p->container);
	free(p->cwd);
	free(p->exe);
	free(p->parents);
	p->cmdline = p->cgroup = p->unit = p->container = p->cwd = p->exe = NULL;
	p->parents = NULL;
	p->cmdline_len = p->nr_parents = 0;
	p->condition = (struct condition){};
}

void process_done(struct process *p)
{
	process_forget(p);
	free(p->user);
	p->user = NULL;
}

void answer_done(struct answer *a)
{
	size_t i;

	for (i = 0; i < a->nr_sockets; i++)
		socket_done(&a->sockets[i]);
	for (i = 0; i < a->nr_processes; i++)
		process_done(&a->processes[i]);
	for (i = 0; i < a->nr_verdicts; i++)
		verdict_done(&a->verdicts[i]);
	for (i = 0; i < a->nr_pasts; i++)
		free(a->pasts[i].cmdline);
	free(a->pasts);
	free(a->sockets);
	free(a->processes);
	free(a->verdicts);
	answer_init(a);
}

#define GROW(a, things)                                                                            \
	({                                                                                         \
		void *array_ = (a)->things;                                                        \
		void *new_ = vec_grow(&array_, &(a)->nr_##things, &(a)->cap_##things,              \
				      sizeof(*(a)->things));                                       \
		(a)->things = array_;                                                              \
		new_;                                                                              \
	})

struct socket *answer_add_socket(struct answer *a)
{
	return GROW(a, sockets);
}

struct verdict *answer_add_verdict(struct answer *a)
{
	return GROW(a, verdicts);
}

struct past *answer_add_past(struct answer *a)
{
	return GROW(a, pasts);
}

int answer_add_process(struct answer *a, const struct pw_actor *id, uint32_t pid, size_t *ret)
{
	struct process *p;
	size_t i;

	/* From the end: the fds of one process come one after the other. */
	for (i = a->nr_processes; i-- > 0;) {
		p = &a->processes[i];
		if (actor_same(&p->id, id) && (id->tgid || p->pid == pid)) {
			if (!p->pid)
				p->pid = pid;
			*ret = i;
			return 0;
		}
	}
	p = GROW(a, processes);
	if (!p)
		return -ENOMEM;
	p->id = *id;
	p->pid = pid;
	*ret = a->nr_processes - 1;
	return 0;
}

static struct holder *find_holder(struct socket *s, size_t process)
{
	size_t i;

	for (i = 0; i < s->nr_holders; i++) {
		if (s->holders[i].process == process)
			return &s->holders[i];
	}
	return NULL;
}

int socket_add_holder(struct socket *s, size_t process, uint32_t fd)
{
	struct holder *h = find_holder(s, process);
	uint32_t *fds;
	size_t i;

	for (i = 0; h && i < h->nr_fds; i++) {
		if (h->fds[i] == fd)
			return 0;
	}

	fds = reallocarray(h ? h->fds : NULL, (h ? h->nr_fds : 0) + 1, sizeof(*fds));
	if (!fds)
		return -ENOMEM;
	if (!h) {
		struct holder *holders = reallocarray(s->holders, s->nr_holders + 1, sizeof(*h));

		if (!holders) {
			free(fds);
			return -ENOMEM;
		}
		s->holders = holders;
		h = &holders[s->nr_holders++];
		*h = (struct holder){ .process = process };
	}
	h->fds = fds;
	h->fds[h->nr_fds++] = fd;
	return 0;
}

void answer_keep(struct answer *a,
		 bool (*keep)(void *arg, const struct answer *a, const struct socket *s), void *arg)
{
	size_t kept = 0, i;

	for (i = 0; i < a->nr_sockets; i++) {
		if (keep(arg, a, &a->sockets[i]))
			a->sockets[kept++] = a->sockets[i];
		else
			socket_done(&a->sockets[i]);
	}
	a->nr_sockets = kept;
}

static bool holds_now(const struct answer *a, const struct past *p)
{
	for (size_t i = 0; i < a->nr_sockets; i++) {
		const struct socket *s = &a->sockets[i];

		if (s->s.lport != p->port || s->s.proto != p->proto || s->s.netns != p->netns)
			continue;
		for (size_t h = 0; h < s->nr_holders; h++)
			if (actor_same(&a->processes[s->holders[h].process].id, &p->id))
				return true;
	}
	return false;
}

static int compare_pasts(const void *pa, const void *pb)
{
	const struct past *a = pa, *b = pb;

	if (a->port != b->port || a->proto != b->proto)
		return a->port != b->port ? a->port - b->port : a->proto - b->proto;
	if (a->until_ns != b->until_ns)
		return a->until_ns > b->until_ns ? -1 : 1;
	return a->id.start_ns > b->id.start_ns ? -1 : a->id.start_ns < b->id.start_ns;
}

void answer_settle_pasts(struct answer *a)
{
	size_t kept = 0;

	if (a->nr_pasts)
		qsort(a->pasts, a->nr_pasts, sizeof(*a->pasts), compare_pasts);
	for (size_t i = 0; i < a->nr_pasts; i++) {
		struct past *p = &a->pasts[i];
		bool known = holds_now(a, p);

		for (size_t k = 0; k < kept && !known; k++)
			known = a->pasts[k].port == p->port && a->pasts[k].proto == p->proto &&
				actor_same(&a->pasts[k].id, &p->id);
		if (known)
			free(p->cmdline);
		else
			a->pasts[kept++] = *p;
	}
	a->nr_pasts = kept;
}

/* Where a state stands among the sockets of one port. */
static int rank(const struct socket *s)
{
	switch (s->s.state) {
	case PW_LISTEN:
		return 0;
	case PW_UNCONN: /* what listening is for UDP */
		return 1;
	case PW_BOUND:
		return 2;
	case PW_TIME_WAIT:
		return 100;
	case PW_NEW_SYN_RECV:
		return 10 + PW_SYN_RECV;
	default:
		return 10 + s->s.state;
	}
}

static bool is_listening(const struct socket *s)
{
	return s->s.state == PW_LISTEN || s->s.state == PW_UNCONN;
}

#define COMPARE(a, b)                                                                              \
	do {                                                                                       \
		if ((a) != (b))                                                                    \
			return (a) < (b) ? -1 : 1;                                                 \
	} while (0)

static int compare(const void *pa, const void *pb, void *arg)
{
	const struct socket *a = pa, *b = pb;
	const bool *listening_first = arg;
	int r;

	if (*listening_first)
		COMPARE(!is_listening(a), !is_listening(b));
	COMPARE(a->s.lport, b->s.lport);
	COMPARE(rank(a), rank(b));
	COMPARE(a->s.proto, b->s.proto);
	COMPARE(a->s.family, b->s.family);
	r = addr_compare(a->s.family, &a->s.laddr, b->s.family, &b->s.laddr);
	if (r)
		return r;
	r = addr_compare(a->s.family, &a->s.raddr, b->s.family, &b->s.raddr);
	if (r)
		return r;
	COMPARE(a->s.rport, b->s.rport);
	COMPARE(a->s.netns, b->s.netns);
	/* Members of one SO_REUSEPORT group: the oldest first, and always in one order. */
	COMPARE(a->s.since_ns, b->s.since_ns);
	COMPARE(a->sk, b->sk);
	return 0;
}

void answer_sort(struct answer *a, bool listening_first)
{
	if (a->nr_sockets)
		qsort_r(a->sockets, a->nr_sockets, sizeof(*a->sockets), compare, &listening_first);
}
