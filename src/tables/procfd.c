// SPDX-License-Identifier: GPL-2.0-or-later
#include "tables/procfd.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "sys/caps.h"
#include "sys/proc.h"
#include "tables/fdwalk.h"

#define ROUNDS 3 /* how often processes are looked for that have come meanwhile */

/* ---- does /proc show everybody? ---- */

/* The options of the /proc that we see, proc_show_options in fs/proc/root.c; of several mounted
 * over one another the last counts. */
static bool has_hidepid(void)
{
	_cleanup_fclose_ FILE *f = fopen("/proc/self/mountinfo", "re");
	_cleanup_free_ char *line = NULL;
	bool has = false;
	size_t cap = 0;

	while (f && getline(&line, &cap, f) > 0)
		if (strstr(line, " /proc ") && strstr(line, " - proc "))
			has = strstr(line, "hidepid=") != NULL;
	return has;
}

/* Process 1 is there as long as its PID namespace is. */
static bool is_concealed(const struct pids *pids)
{
	return !pids_have(pids, 1) || (!caps_have(CAP_SYS_PTRACE) && has_hidepid());
}

/* ---- the walk ---- */

static int walk_one(struct fdwalk *w, uint32_t pid, struct pids *all)
{
	uint32_t *new = VEC_ADD(&all->list);

	if (!new)
		return -ENOMEM;
	*new = pid;
	return fdwalk_run(w, all);
}

/* Everybody, and then whoever has come meanwhile. */
static int walk_all(struct fdwalk *w, struct pids *all)
{
	_cleanup_(pids_done) struct pids now = {};
	int err = pids_read(w->proc, all);

	if (!err)
		err = fdwalk_run(w, all);
	w->blind.concealed = is_concealed(all);
	w->blind.confined = !proc_pidns_is_initial();
	for (int i = 0; i < ROUNDS && !err; i++) {
		err = pids_read(w->proc, &now);
		pids_subtract(&now, all);
		if (err || !now.list.nr)
			return err;
		err = fdwalk_run(w, &now) ?: pids_merge(all, &now);
	}
	return err;
}

static int is_any_left(const struct fdwalk *w)
{
	struct inode_set found = INODE_SET;
	int err = 0, left;

	for (size_t i = 0; i < w->hits.nr && !err; i++)
		err = inode_set_add(&found, w->hits.v[i].inode);
	left = inode_set_size(&found) < inode_set_size(w->wanted);
	inode_set_done(&found);
	return err ?: left;
}

static int walk_threads(struct fdwalk *w, const struct pids *all)
{
	int left = is_any_left(w);

	if (left <= 0)
		return left;
	w->own_tables = true;
	return fdwalk_run(w, all);
}

/* ---- what it has found ---- */

static int by_holder(const void *a, const void *b)
{
	const struct fdwalk_hit *x = a, *y = b;

	if (x->actor.tgid != y->actor.tgid)
		return x->actor.tgid < y->actor.tgid ? -1 : 1;
	if (x->fd != y->fd)
		return x->fd < y->fd ? -1 : 1;
	return (x->inode > y->inode) - (x->inode < y->inode);
}

static struct pw_rec record_of(const struct fdwalk_hit *hit)
{
	struct pw_rec rec = {
		.kind = PW_REC_HOLDER,
		.fd = hit->fd,
		.inode = hit->inode,
		.pid = hit->actor.tgid,
		.has_socket = 1,
		.actor = hit->actor,
	};

	if (!proc_pidns_is_initial())
		rec.actor.tgid = 0;
	return rec;
}

/* Threads that share a table which is not their process's show the same descriptors. */
static int hand_over(struct fdwalk *w, rec_fn fn, void *arg)
{
	int err = 0;

	VEC_SORT(&w->hits, by_holder);
	for (size_t i = 0; i < w->hits.nr && !err; i++) {
		struct pw_rec rec = record_of(&w->hits.v[i]);

		if (!i || by_holder(&w->hits.v[i - 1], &w->hits.v[i]) != 0)
			err = fn(arg, &rec);
	}
	return err;
}

int procfd_holders(const struct question *q, const struct inode_set *wanted, rec_fn fn, void *arg,
		   struct procfd_blind *ret)
{
	_cleanup_close_ int proc = pids_open_proc();
	_cleanup_(fdwalk_done) struct fdwalk w = { .proc = proc, .wanted = wanted };
	_cleanup_(pids_done) struct pids all = {};
	int err = proc < 0 ? proc : 0;

	if (!err)
		samefile_init(&w.same, proc, q->pid ? 0 : inode_set_size(wanted));
	if (!err && inode_set_size(wanted))
		err = q->pid ? walk_one(&w, q->pid, &all) : walk_all(&w, &all);
	if (!err && inode_set_size(wanted))
		err = walk_threads(&w, &all);
	if (!err)
		err = hand_over(&w, fn, arg);
	if (!err)
		*ret = w.blind;
	return err;
}
