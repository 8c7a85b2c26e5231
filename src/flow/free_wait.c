// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/log.h"
#include "flow/free.h"
#include "sys/signals.h"
#include "sys/sockdiag.h"

DEFINE_CLEANUP(struct reader *, reader_free);

/*
 * A loaded tracker tells of the very ports. Without one the kernel's sock_diag tells of every
 * socket's end in this namespace: loading a tracker only for that takes longer than
 * most processes take to end. If it cannot even do that, pidfds and the times are left.
 */
int free_watch(struct free_run *r)
{
	struct pw_filter f;
	struct reader_opts opts = { .filter = &f, .ring_bytes = 256 << 10, .no_calls = true };
	int err;

	if (r->reader || r->watch_fd >= 0)
		return 0;
	filter_on_ports(&r->filter->ports, &f);
	f.want |= PW_WANT_WAKE;
	f.events = 1u << PW_EV_CLOSE | 1u << PW_EV_STATE | 1u << PW_EV_BIND | 1u << PW_EV_LISTEN |
		   1u << PW_EV_TIMEWAIT_END;
	if (tracker_kind(r->tracker) != TRACKER_SNAPSHOT) {
		err = reader_new(r->tracker, &opts, &r->reader);
		if (!err)
			return 0;
		log_verbose("no events from the tracker: %s", tracker_reason());
	}
	r->watch_fd = sockdiag_watch();
	if (r->watch_fd < 0)
		log_verbose(
			"the kernel does not tell when sockets end: waiting for processes only");
	return 0;
}

void free_unwatch(struct free_run *r)
{
	r->reader = reader_free(r->reader);
	if (r->watch_fd >= 0)
		close(r->watch_fd);
	r->watch_fd = -1;
}

static int ignore(void *arg, const struct pw_event *ev)
{
	(void)arg;
	(void)ev;
	return 0;
}

/* Takes the news away: what they mean is asked, not guessed from them. */
static void drain(struct free_run *r)
{
	if (r->reader)
		reader_drain(r->reader, ignore, NULL);
	else if (r->watch_fd >= 0)
		sockdiag_drain(r->watch_fd);
}

bool free_wait(struct free_run *r, uint64_t until_ns)
{
	_cleanup_free_ struct pollfd *fds = calloc(r->nr_hunts + 2, sizeof(*fds));
	int news = r->reader ? reader_fd(r->reader) : r->watch_fd;
	size_t nr = 2;

	if (!fds)
		return false;
	fds[0] = (struct pollfd){ .fd = news, .events = POLLIN };
	fds[1] = (struct pollfd){ .fd = r->signal_fd, .events = POLLIN };
	for (size_t i = 0; i < r->nr_hunts; i++)
		if (r->plan.targets[i].fate == FATE_WAITING)
			fds[nr++] = (struct pollfd){ .fd = r->hunts[i].pidfd, .events = POLLIN };
	if (until_ns > r->deadline_ns)
		until_ns = r->deadline_ns;
	if (r->face->sleep(r->face->arg, fds, nr, until_ns) <= 0 || !fds[0].revents)
		return false;
	drain(r);
	return true;
}

bool free_is_called_off(struct free_run *r)
{
	r->job.interrupted = r->job.interrupted || signals_came();
	return r->job.interrupted;
}

bool free_is_over(struct free_run *r)
{
	r->job.timed_out = r->job.timed_out || clock_boot_ns() >= r->deadline_ns;
	return free_is_called_off(r) || r->job.timed_out;
}
