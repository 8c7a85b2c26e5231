// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The way by the kernel's own tracing. The trace tells of TCP sockets and of processes; of UDP, of
 * sockets that are only bound, of ports that the kernel chose, and of the end of TIME-WAIT a poller
 * tells, which looks at once when the trace says that there is something to be seen.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/vec.h"
#include "live/binds.h"
#include "live/poller.h"
#include "live/procs.h"
#include "live/sockets.h"
#include "live/story.h"
#include "live/tracebuf.h"
#include "live/way.h"

#define LOOK_MS 1000

struct tracefs {
	struct tracebuf trace;
	struct procs *procs;
	struct binds binds;
	struct story story;
	struct poller *poller;		/* of sockets */
	struct poller *timewaits;	/* NULL: their end is not wanted */
	VEC(uint64_t) gone;		/* cookies of sockets that ended while a look was told */
	uint64_t looked_ns;		/* when the look that is being told began */
	const struct pw_filter *filter; /* while it begins */
	int epoll_fd;
	live_event_fn fn;
	void *fn_arg;
};

/* ---- what the story and the poller ask ---- */

static bool find_process(void *arg, uint32_t tid, struct pw_actor *ret, uint32_t *ret_netns)
{
	struct tracefs *f = arg;

	return procs_find(f->procs, tid, ret, ret_netns);
}

static bool process_has_ended(void *arg, uint32_t tgid)
{
	struct tracefs *f = arg;

	return procs_has_ended(f->procs, tgid);
}

static uint64_t find_inode(void *arg, uint32_t tid, int fd)
{
	(void)arg;
	return procs_socket(tid, fd);
}

static void find_older(void *arg, struct pw_sock *s)
{
	struct tracefs *f = arg;
	const struct shot_row *row = shot_find(poller_shot(f->poller), s);

	if (!row)
		return;
	s->cookie = row->sock.cookie;
	s->netns = row->sock.netns;
	s->since_ns = row->sock.since_ns;
	s->creator = row->sock.creator;
}

static bool is_bound(void *arg, const struct pw_sock *s)
{
	struct tracefs *f = arg;
	struct pw_sock bound = *s;

	bound.state = PW_BOUND;
	bound.rport = 0;
	return shot_find(poller_shot(f->poller), &bound);
}

/* Name the process that has called bind(). */
static bool find_binder(void *arg, const struct shot_row *row, struct pw_actor *ret)
{
	struct tracefs *f = arg;

	return binds_find(&f->binds, row->inode, ret);
}

/* The trace has told the end of this socket, which the look had still found. */
static bool has_gone(const struct tracefs *f, uint64_t cookie)
{
	for (size_t i = 0; i < f->gone.nr; i++)
		if (cookie && f->gone.v[i] == cookie)
			return true;
	return false;
}

/* Tell what a look has found, as far as the trace does not tell it. */
static int on_look(void *arg, const struct pw_event *ev)
{
	struct tracefs *f = arg;
	struct pw_sock s = {
		.netns = ev->netns,
		.family = ev->family,
		.lport = ev->lport,
		.laddr = ev->laddr,
	};

	if (ev->kind == PW_EV_LOST || has_gone(f, ev->cookie))
		return 0;
	if (ev->proto == PW_UDP || ev->kind == PW_EV_TIMEWAIT_END)
		return f->fn(f->fn_arg, ev);
	if ((ev->kind != PW_EV_BIND && ev->kind != PW_EV_LISTEN) ||
	    story_has_listener(&f->story, &s))
		return 0;
	return f->fn(f->fn_arg, ev);
}

/* ---- telling ---- */

static int tell(void *arg, const struct trace *t)
{
	struct tracefs *f = arg;
	uint64_t *gone;

	if (t->kind == TRACE_DESTROY && f->looked_ns) {
		gone = VEC_ADD(&f->gone);
		if (!gone)
			return -ENOMEM;
		*gone = t->cookie;
	}
	switch (t->kind) {
	case TRACE_FORK:
	case TRACE_EXEC:
	case TRACE_EXIT:
	case TRACE_UNSHARED:
		procs_note(f->procs, t);
		return 0;
	case TRACE_SOCKET:
	case TRACE_MADE:
	case TRACE_BIND:
	case TRACE_BOUND:
		return binds_tell(&f->binds, t, f->fn, f->fn_arg);
	default:
		return story_tell(&f->story, t);
	}
}

static int add_listeners(struct tracefs *f)
{
	const struct shot *shot = poller_shot(f->poller);

	for (size_t i = 0; i < shot->rows.nr; i++) {
		const struct shot_row *row = hmap_row(&shot->rows, i);
		struct pw_rec rec = { .inode = row->inode, .sock = row->sock };
		int err;

		if (row->sock.state != PW_LISTEN || !row->inode)
			continue;
		err = story_add_listener(&f->story, &rec);
		if (err)
			return err;
	}
	return 0;
}

/* Tell a loss and begin anew with the sockets there are: what was known may be wrong by now. */
static int tell_loss(struct tracefs *f)
{
	struct pw_event ev = {
		.kind = PW_EV_LOST,
		.time_ns = clock_boot_ns(),
		.age_ns = f->trace.lost,
	};

	if (!f->trace.lost)
		return 0;
	f->trace.lost = 0;
	story_forget(&f->story);
	return f->fn(f->fn_arg, &ev) ?: add_listeners(f);
}

/* Tell what has been traced up to now. */
static int tell_trace(struct tracefs *f)
{
	uint64_t until;
	int err = tracebuf_read(&f->trace, &until);

	if (err)
		return err;
	return tell_loss(f) ?: tracebuf_tell(&f->trace, until, tell, f);
}

static int look(struct tracefs *f)
{
	uint64_t looked;
	int err;

	if (binds_want_look(&f->binds) || f->story.wants_look)
		poller_hurry(f->poller);
	f->looked_ns = 0;
	f->gone.nr = 0;
	err = poller_drain(f->poller, on_look, f);
	looked = f->looked_ns;
	f->looked_ns = 0;
	if (!err && f->timewaits)
		err = poller_drain(f->timewaits, on_look, f);
	if (err || !looked)
		return err;
	f->story.wants_look = false;
	return binds_looked(&f->binds, looked);
}

static int drain(void *way, live_event_fn fn, void *arg)
{
	struct tracefs *f = way;

	f->fn = f->story.emit = fn;
	f->fn_arg = f->story.emit_arg = arg;
	return tell_trace(f) ?: look(f);
}

static int timeout(const void *way)
{
	const struct tracefs *f = way;

	int sockets = poller_timeout(f->poller), timewaits;

	if (f->trace.records.nr)
		return 0;
	timewaits = f->timewaits ? poller_timeout(f->timewaits) : sockets;
	return sockets < timewaits ? sockets : timewaits;
}

static int fd(const void *way)
{
	return ((const struct tracefs *)way)->epoll_fd;
}

/* ---- life ---- */

static int make_epoll(struct tracefs *f)
{
	struct epoll_event ev = { .events = EPOLLIN };

	f->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (f->epoll_fd < 0)
		return -errno;
	for (size_t i = 0; i < f->trace.instance.nr_cpus; i++)
		if (epoll_ctl(f->epoll_fd, EPOLL_CTL_ADD, f->trace.instance.cpus[i], &ev))
			return -errno;
	if (poller_fd(f->poller) >= 0 &&
	    epoll_ctl(f->epoll_fd, EPOLL_CTL_ADD, poller_fd(f->poller), &ev))
		return -errno;
	return 0;
}

/* Of our own network namespace; others may have another. */
static uint32_t read_somaxconn(void)
{
	_cleanup_fclose_ FILE *file = fopen("/proc/sys/net/core/somaxconn", "re");
	unsigned int max = 0;

	return file && fscanf(file, "%u", &max) == 1 ? max : UINT32_MAX;
}

static void stop(void *way)
{
	struct tracefs *f = way;

	if (f->epoll_fd >= 0)
		close(f->epoll_fd);
	poller_free(f->poller);
	poller_free(f->timewaits);
	story_done(&f->story);
	binds_done(&f->binds);
	procs_free(f->procs);
	tracebuf_close(&f->trace);
	free(f->gone.v);
	free(f);
}

/* Look at the sockets. The trace up to the end of the look is told first: it says which process has
 * bound what the look has found. */
static int take_sockets(void *arg, uint32_t states, rec_fn fn, void *fn_arg)
{
	struct tracefs *f = arg;
	uint64_t began = clock_boot_ns();
	int err = sockets_each(states, fn, fn_arg);

	if (err || !f->fn)
		return err;
	f->looked_ns = began;
	return tell_trace(f);
}

static int take_timewaits(void *arg, uint32_t states, rec_fn fn, void *fn_arg)
{
	(void)arg;
	return sockets_each(states, fn, fn_arg);
}

/* There may be so many TIME-WAIT sockets that looking at them would make the other looks rare. */
static int make_pollers(struct tracefs *f)
{
	const struct pw_filter *filter = f->filter;
	const struct poller_opts sockets = {
		.sockets = take_sockets,
		.holder = find_binder,
		.arg = f,
		.states = poller_states(filter) & ~(1u << PW_TIME_WAIT),
		.interval_ms = LOOK_MS,
		.hears_ends = true,
		.who_states = 1u << PW_LISTEN | 1u << PW_BOUND | 1u << PW_UNCONN,
	};
	const struct poller_opts timewaits = {
		.sockets = take_timewaits,
		.states = 1u << PW_TIME_WAIT | 1u << PW_FIN_WAIT2,
		.interval_ms = LOOK_MS,
	};
	int err = poller_new(&sockets, &f->poller);

	if (err || (filter && filter->events && !(filter->events & 1u << PW_EV_TIMEWAIT_END)))
		return err;
	return poller_new(&timewaits, &f->timewaits);
}

static int begin(struct tracefs *f, const struct live_opts *opts)
{
	const struct story_ops ops = {
		.process = find_process,
		.has_ended = process_has_ended,
		.inode = find_inode,
		.older = find_older,
		.is_bound = is_bound,
		.arg = f,
	};
	int err = procs_new(&f->procs);

	if (err)
		return err;
	f->filter = opts->filter;
	binds_init(&f->binds, f->procs);
	story_init(&f->story, &ops);
	f->story.somaxconn = read_somaxconn();
	/* The trace begins before the first look, so that nothing falls in between. */
	err = tracebuf_open(&f->trace);
	return err ?: make_pollers(f);
}

static int start(const struct live_opts *opts, void **ret)
{
	struct tracefs *f;
	int err;

	if (opts->wake_ms)
		return -EOPNOTSUPP; /* to make and remove an instance takes longer than most waits
				     */
	f = calloc(1, sizeof(*f));
	if (!f)
		return -ENOMEM;
	f->epoll_fd = -1;
	err = begin(f, opts);
	if (!err)
		err = add_listeners(f);
	if (!err)
		err = make_epoll(f);
	if (err) {
		stop(f);
		return err;
	}
	*ret = f;
	return 0;
}

const struct live_way live_tracefs = {
	.name = "tracefs",
	.loss = "the kernel's trace tells no port of a bind() that failed, and UDP is looked at every "
		"second",
	.start = start,
	.stop = stop,
	.fd = fd,
	.timeout = timeout,
	.drain = drain,
};
