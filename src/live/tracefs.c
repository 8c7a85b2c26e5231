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
#include "live/instance.h"
#include "live/page.h"
#include "live/poller.h"
#include "live/procs.h"
#include "live/sockets.h"
#include "live/story.h"
#include "live/trace.h"
#include "live/way.h"

#define BUFFERS_KB 16384 /* of all CPUs together */
#define MIN_BUFFER_KB 256
#define MAX_BUFFER_KB 4096
#define PAGE_MAX 65536
#define BATCH 32768 /* records that are sorted at a time */
#define LOOK_MS 1000

struct tracefs {
	struct instance instance;
	struct page_layout layout;
	struct trace_format *formats;
	size_t nr_formats;
	struct procs *procs;
	struct binds binds;
	struct story story;
	struct poller *poller;		/* of sockets */
	struct poller *timewaits;	/* NULL: their end is not wanted */
	VEC(uint64_t) gone;		/* cookies of sockets that ended while a look was told */
	uint64_t looked_ns;		/* when the look that is being told began */
	const struct pw_filter *filter; /* while it begins */
	VEC(struct trace) records;	/* read, and not yet told */
	uint64_t read;			/* records so far */
	uint64_t lost;
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

/* Whoever has called bind(). */
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

/* What a look has found, as far as the trace does not tell it. */
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

/* ---- reading ---- */

static const struct trace_format *format_of(const struct tracefs *f, const void *record, size_t len)
{
	uint32_t id = trace_id(&f->formats[0], record, len);

	for (size_t i = 0; i < f->nr_formats; i++)
		if (f->formats[i].id == id)
			return &f->formats[i];
	return NULL;
}

static int on_record(void *arg, uint64_t time_ns, const void *record, size_t len)
{
	struct tracefs *f = arg;
	const struct trace_format *format = format_of(f, record, len);
	struct trace *t;

	if (!format)
		return 0;
	t = VEC_ADD(&f->records);
	if (!t)
		return -ENOMEM;
	trace_decode(format, time_ns, record, len, t);
	t->time_ns -= clock_timens_offset_ns();
	t->seq = f->read++;
	return 0;
}

/* All that one CPU has; 1: there is more. */
static int read_cpu(struct tracefs *f, int fd)
{
	static char page[PAGE_MAX];
	uint64_t lost = 0;
	ssize_t n;
	int err;

	while ((n = read(fd, page, sizeof(page))) > 0) {
		err = page_walk(&f->layout, page, (size_t)n, on_record, f, &lost);
		if (err == -EBADMSG)
			lost++;
		else if (err)
			return err;
		f->lost += lost;
		if (f->records.nr >= BATCH)
			return 1;
	}
	return n < 0 && errno != EAGAIN && errno != EINTR ? -errno : 0;
}

static int by_time(const void *a, const void *b)
{
	const struct trace *x = a, *y = b;

	if (x->time_ns != y->time_ns)
		return x->time_ns < y->time_ns ? -1 : 1;
	return x->seq < y->seq ? -1 : x->seq > y->seq;
}

/* ---- telling ---- */

static int tell(struct tracefs *f, const struct trace *t)
{
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

/* What was known of sockets may be wrong by now: begin anew with those there are. */
static int tell_loss(struct tracefs *f)
{
	struct pw_event ev = {
		.kind = PW_EV_LOST,
		.time_ns = clock_boot_ns(),
		.age_ns = f->lost,
	};

	if (!f->lost)
		return 0;
	f->lost = 0;
	story_forget(&f->story);
	return f->fn(f->fn_arg, &ev) ?: add_listeners(f);
}

/* Those of up to now, in the order of time. One that is younger may have an older one before it, on
 * a CPU that was read already. */
static int tell_records(struct tracefs *f, uint64_t now)
{
	size_t told = 0;
	int err = 0;

	VEC_SORT(&f->records, by_time);
	while (!err && told < f->records.nr && f->records.v[told].time_ns <= now)
		err = tell(f, &f->records.v[told++]);
	f->records.nr -= told;
	if (f->records.nr)
		memmove(f->records.v, f->records.v + told, f->records.nr * sizeof(*f->records.v));
	return err;
}

/* All that has been traced up to now. */
static int tell_trace(struct tracefs *f)
{
	uint64_t now = clock_boot_ns();
	int err = 0;

	for (size_t i = 0; i < f->instance.nr_cpus && err >= 0; i++) {
		err = read_cpu(f, f->instance.cpus[i]);
		if (err == 1 && f->records.v[f->records.nr - 1].time_ns < now)
			now = f->records.v[f->records.nr - 1].time_ns;
	}
	if (err < 0)
		return err;
	return tell_loss(f) ?: tell_records(f, now);
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

	if (f->records.nr)
		return 0;
	timewaits = f->timewaits ? poller_timeout(f->timewaits) : sockets;
	return sockets < timewaits ? sockets : timewaits;
}

static int fd(const void *way)
{
	return ((const struct tracefs *)way)->epoll_fd;
}

/* ---- life ---- */

static int read_formats(struct tracefs *f)
{
	char text[INSTANCE_TEXT_MAX], path[128];
	int err = instance_read(&f->instance, "events/header_page", text, sizeof(text));

	if (err || page_layout_parse(text, &f->layout))
		return err ?: -EOPNOTSUPP;
	f->formats = calloc(trace_nr_events, sizeof(*f->formats));
	if (!f->formats)
		return -ENOMEM;
	for (size_t i = 0; i < trace_nr_events; i++) {
		const struct trace_event *e = &trace_events[i];

		snprintf(path, sizeof(path), "events/%s/format", e->name);
		err = instance_read(&f->instance, path, text, sizeof(text));
		if (!err && trace_format_parse(e, text, &f->formats[f->nr_formats]))
			err = -EOPNOTSUPP;
		if (!err)
			f->nr_formats++;
		else if (e->kind != TRACE_RESET)
			return err;
	}
	return 0;
}

static int enable(const struct tracefs *f)
{
	for (size_t i = 0; i < f->nr_formats; i++) {
		int err = instance_enable(&f->instance, f->formats[i].event->name);

		if (err)
			return err;
	}
	return 0;
}

static int make_epoll(struct tracefs *f)
{
	struct epoll_event ev = { .events = EPOLLIN };

	f->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (f->epoll_fd < 0)
		return -errno;
	for (size_t i = 0; i < f->instance.nr_cpus; i++)
		if (epoll_ctl(f->epoll_fd, EPOLL_CTL_ADD, f->instance.cpus[i], &ev))
			return -errno;
	if (poller_fd(f->poller) >= 0 &&
	    epoll_ctl(f->epoll_fd, EPOLL_CTL_ADD, poller_fd(f->poller), &ev))
		return -errno;
	return 0;
}

static uint32_t buffer_kb(void)
{
	uint32_t kb = BUFFERS_KB / instance_count_cpus();

	return kb < MIN_BUFFER_KB ? MIN_BUFFER_KB : kb > MAX_BUFFER_KB ? MAX_BUFFER_KB : kb;
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
	if (f->instance.name[0])
		instance_close(&f->instance);
	free(f->formats);
	free(f->records.v);
	free(f->gone.v);
	free(f);
}

/* What was traced before the look ended is told first: who has bound what the look has found. */
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
	err = instance_open(&f->instance, buffer_kb());
	if (!err)
		err = read_formats(f);
	/* The trace begins before the first look, so that nothing falls in between. */
	if (!err)
		err = enable(f);
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
