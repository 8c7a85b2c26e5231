// SPDX-License-Identifier: GPL-2.0-or-later
/* Destroying sockets instead of processes: --close, and --timewait where no process is left. */
#include <errno.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "flow/ask.h"
#include "flow/free.h"
#include "sys/sockdiag.h"

/* Several processes may have one socket. */
static void mark_closed(struct free_run *r, const struct plan_socket *which)
{
	for (size_t i = 0; i < r->plan.nr_targets; i++)
		for (size_t j = 0; j < r->plan.targets[i].nr_sockets; j++) {
			struct plan_socket *s = &r->plan.targets[i].sockets[j];

			s->closed = s->closed || (s->sk == which->sk && s->inode == which->inode);
		}
}

/* Returns whether any socket was destroyed. */
static bool close_sockets(struct free_run *r, int fd, struct target *t)
{
	bool any = false;

	for (size_t i = 0; i < t->nr_sockets; i++) {
		struct plan_socket *s = &t->sockets[i];
		int err;

		if (s->closed || !s->inode)
			continue;
		err = sockdiag_destroy(fd, &s->s, s->inode);
		if (!err) {
			mark_closed(r, s);
			any = true;
		} else if (err != -ENOENT) {
			t->error = err;
		}
	}
	return any;
}

static bool any_closed(const struct target *t)
{
	for (size_t i = 0; i < t->nr_sockets; i++)
		if (t->sockets[i].closed)
			return true;
	return false;
}

/* Whose sockets are to be destroyed must still be who it was, as before a signal. */
static void check_targets(struct free_run *r)
{
	for (size_t i = 0; i < r->plan.nr_targets; i++) {
		struct target *t = &r->plan.targets[i];
		int holds = target_is_due(t) ? free_holds(r, t) : 0;

		if (!target_is_due(t))
			continue;
		t->error = holds < 0 ? holds : 0;
		t->fate = holds > 0 ? FATE_WAITING : holds ? FATE_FAILED : FATE_MISSED;
		if (t->fate != FATE_WAITING)
			r->face->tell(r->face->arg, r, t);
	}
}

int free_close(struct free_run *r)
{
	_cleanup_close_ int fd = sockdiag_open();
	bool any;

	if (fd < 0)
		return fd;
	check_targets(r);
	/* sock_diag finds a listener by its address, so of several with SO_REUSEPORT it shows one
	 * at a time: go round until a round destroys nothing more. */
	do {
		any = false;
		for (size_t i = 0; i < r->plan.nr_targets; i++)
			if (r->plan.targets[i].fate == FATE_WAITING)
				any = close_sockets(r, fd, &r->plan.targets[i]) || any;
	} while (any && !free_is_over(r));
	for (size_t i = 0; i < r->plan.nr_targets; i++) {
		struct target *t = &r->plan.targets[i];

		if (t->fate != FATE_WAITING)
			continue;
		t->fate = t->error ? FATE_FAILED : any_closed(t) ? FATE_CLOSED : FATE_NOTHING;
		r->face->tell(r->face->arg, r, t);
	}
	return 0;
}

/* TIME-WAIT, also while it is shown as FIN_WAIT2; not a whole socket in that state, whose peer may
 * still be sending. */
static bool is_over(const struct socket *s)
{
	return !s->nr_holders && s->has_expires && (s->s.state == PW_TIME_WAIT || s->timewait);
}

static struct plan_port *port_of(struct free_run *r, const struct socket *s)
{
	for (size_t i = 0; i < r->plan.nr_ports; i++)
		if (r->plan.ports[i].port == s->s.lport && r->plan.ports[i].proto == s->s.proto)
			return &r->plan.ports[i];
	return NULL;
}

int free_timewait(struct free_run *r)
{
	_cleanup_(answer_done) struct answer a = {};
	_cleanup_close_ int fd = sockdiag_open();
	int err;

	if (fd < 0)
		return fd;
	answer_init(&a);
	err = ask(r->tracker, r->filter, false, &a);
	for (size_t i = 0; i < a.nr_sockets && !err; i++) {
		struct plan_port *port = port_of(r, &a.sockets[i]);
		int one;

		if (!port || !is_over(&a.sockets[i]) || port->timewait_error)
			continue;
		one = sockdiag_destroy(fd, &a.sockets[i].s, 0);
		if (!one)
			port->nr_ended++;
		else if (one != -ENOENT) /* else it went by itself */
			port->timewait_error = one;
	}
	return err;
}
