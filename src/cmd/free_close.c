// SPDX-License-Identifier: GPL-2.0-or-later
/* Destroying sockets instead of processes: --close, and --timewait where no process is left. */
#include <errno.h>
#include <unistd.h>

#include "cmd/ask.h"
#include "cmd/free.h"
#include "sys/sockdiag.h"

/* sock_diag finds a listener by its address, so of several with SO_REUSEPORT it shows one at a
 * time: go round until a round destroys nothing more. */
static int close_sockets(struct free_run *r, int fd, struct target *t)
{
	int err = 0, last = 0;
	bool any;

	do {
		any = false;
		for (size_t i = 0; i < t->nr_sockets; i++) {
			struct plan_socket *s = &t->sockets[i];

			if (!s->inode)
				continue;
			err = sockdiag_destroy(fd, &s->s, s->inode);
			if (!err) {
				s->inode = 0;
				any = true;
			} else if (err != -ENOENT) {
				last = err;
			}
		}
	} while (any && !free_is_over(r));
	return last;
}

static void close_target(struct free_run *r, int fd, struct target *t)
{
	int holds = free_holds(r, t), err = 0;

	if (holds > 0)
		err = close_sockets(r, fd, t);
	t->fate = holds < 0 || err ? FATE_FAILED : holds ? FATE_CLOSED : FATE_MISSED;
	t->error = holds < 0 ? holds : err;
	free_tell(r, t);
}

int free_close(struct free_run *r)
{
	_cleanup_close_ int fd = sockdiag_open();

	if (fd < 0)
		return fd;
	for (size_t i = 0; i < r->plan.nr_targets; i++)
		if (target_is_due(&r->plan.targets[i]))
			close_target(r, fd, &r->plan.targets[i]);
	return 0;
}

/* No data waits to be sent any more: in FIN_WAIT2 without a process the peer has them all. */
static bool is_over(const struct socket *s)
{
	return !s->nr_holders && s->has_expires &&
	       (s->s.state == PW_TIME_WAIT || s->s.state == PW_FIN_WAIT2);
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
	err = ask(r->tracker, &r->args->filter, false, &a);
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
