// SPDX-License-Identifier: GPL-2.0-or-later
/* The ways that take no BPF: sock_diag and /proc. */
#include <errno.h>

#include "tables/diag.h"
#include "tables/procfd.h"
#include "tables/procnet.h"
#include "tables/procns.h"
#include "track/internal.h"
#include "track/ways.h"

/* /proc/PID/fd knows inode numbers alone, so the sockets must be known. */
int way_holders_proc(struct tracker *t, const struct question *q, rec_fn fn, void *arg)
{
	if (!q->inodes)
		return -EOPNOTSUPP;
	t->blind = (struct procfd_blind){};
	return procfd_holders(q, q->inodes, fn, arg, &t->blind);
}

struct namespace_sink {
	rec_fn fn;
	void *arg;
};

static int on_namespace(void *arg, uint32_t inode, uint32_t pid)
{
	const struct namespace_sink *s = arg;
	struct pw_rec rec = { .kind = PW_REC_TASK, .pid = pid, .netns = inode };

	return s->fn(s->arg, &rec);
}

int way_tasks_proc(struct tracker *t, const struct question *q, rec_fn fn, void *arg)
{
	struct namespace_sink s = { fn, arg };

	(void)t, (void)q;
	return procns_each(on_namespace, &s);
}

int way_sockets_diag(struct tracker *t, const struct question *q, rec_fn fn, void *arg)
{
	(void)t;
	return diag_sockets_probing(q, fn, arg);
}

int way_sockets_proc(struct tracker *t, const struct question *q, rec_fn fn, void *arg)
{
	(void)t;
	return procnet_sockets(0, q, fn, arg);
}

/* The records of TIME-WAIT's own kind, from those of sockets. */
struct churn_sink {
	rec_fn fn;
	void *arg;
};

static int on_socket(void *arg, const struct pw_rec *rec)
{
	const struct churn_sink *s = arg;
	struct pw_churn_rec churn = {
		.pair = { .laddr = rec->sock.laddr,
			  .raddr = rec->sock.raddr,
			  .netns = rec->sock.netns,
			  .lport = rec->sock.lport,
			  .rport = rec->sock.rport },
		.family = rec->sock.family,
		.state = rec->sock.state,
		.timewait = rec->timewait,
	};

	if (rec->timewait && rec->hz)
		churn.ends = churn.expires = rec->expires * 1000 / rec->hz; /* ms: no jiffies */
	return s->fn(s->arg, (const void *)&churn);
}

static const struct question tcp = { .proto = PW_TCP };

int way_churn_diag(struct tracker *t, const struct question *q, rec_fn fn, void *arg)
{
	struct churn_sink s = { fn, arg };

	(void)t, (void)q;
	return diag_sockets(&tcp, on_socket, &s);
}

int way_churn_proc(struct tracker *t, const struct question *q, rec_fn fn, void *arg)
{
	struct churn_sink s = { fn, arg };

	(void)t, (void)q;
	return procnet_sockets(0, &tcp, on_socket, &s);
}
