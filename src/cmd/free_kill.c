// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Ending processes. Per process: open its pidfd; see that the process with its number is
 * still the one of the plan and still holds the port; signal. The same again before KILL.
 * All are signalled before any is waited for.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "cmd/free.h"
#include "sys/victim.h"

/* KILL needs no consent; a process that is there after this long sleeps in the kernel. */
#define KILL_WAIT_NS (5 * NSEC_PER_SEC)

/* A process that ends closes its sockets a moment before it is gone. Only one that is still
 * there after this goes on without them. */
#define SETTLE_NS (50 * NSEC_PER_MSEC)

static int grow_hunts(struct free_run *r)
{
	struct hunt *hunts = reallocarray(r->hunts, r->plan.nr_targets + 1, sizeof(*hunts));

	if (!hunts)
		return -ENOMEM;
	r->hunts = hunts;
	for (; r->nr_hunts < r->plan.nr_targets; r->nr_hunts++)
		hunts[r->nr_hunts] = (struct hunt){ .pidfd = -1 };
	return 0;
}

/* The one end of every target's story. That its line cannot be printed is no reason to leave
 * the others half ended. */
static void settle(struct free_run *r, size_t i, enum fate fate, int error)
{
	struct target *t = &r->plan.targets[i];
	struct hunt *h = &r->hunts[i];
	uint64_t until = h->released_ns ? h->released_ns : clock_boot_ns();

	t->fate = fate;
	t->error = error;
	t->took_ns = h->since_ns ? until - h->since_ns : 0;
	if (h->pidfd >= 0)
		close(h->pidfd);
	h->pidfd = -1;
	r->face->tell(r->face->arg, r, t);
}

/* Signals a target, unless it is not what it was. */
static void signal_target(struct free_run *r, size_t i, int sig)
{
	struct target *t = &r->plan.targets[i];
	struct hunt *h = &r->hunts[i];
	bool first = !t->signals[0];
	int err = 0, holds;

	if (h->pidfd < 0) {
		h->pidfd = victim_open(t->process.pid);
		err = h->pidfd < 0 ? h->pidfd : 0;
	}
	if (err) {
		settle(r, i, err == -ESRCH ? FATE_MISSED : FATE_FAILED, err == -ESRCH ? 0 : err);
		return;
	}

	/* What is found to be gone after a first signal is no failure: the next look tells how. */
	holds = free_holds(r, t);
	if (first)
		h->since_ns = clock_boot_ns();
	if (holds > 0)
		err = victim_signal(h->pidfd, sig);
	if (holds < 0 || (err && err != -ESRCH)) {
		settle(r, i, FATE_FAILED, holds < 0 ? holds : err);
	} else if (!holds || err) {
		if (first)
			settle(r, i, FATE_MISSED, 0);
	} else {
		t->signals[first ? 0 : 1] = sig;
		t->fate = FATE_WAITING;
	}
}

/* Ourselves, by an inherited fd, with --force: what is asked for is the port, and we can give
 * it back without dying. */
static void let_go(struct free_run *r, size_t i)
{
	const struct target *t = &r->plan.targets[i];
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	for (size_t k = 0; k < t->nr_fds && null >= 0; k++)
		dup3(null, (int)t->fds[k], O_CLOEXEC);
	if (null >= 0)
		close(null);
	settle(r, i, FATE_RELEASED, 0);
}

/* What has become of a target that was signalled? Looks at its sockets only on news. */
static void look_after(struct free_run *r, size_t i, bool news)
{
	struct hunt *h = &r->hunts[i];
	int holds;

	if (victim_ended(h->pidfd)) {
		h->released_ns = 0;
		settle(r, i, FATE_GONE, 0);
		return;
	}
	if (!h->released_ns && news) {
		holds = free_holds(r, &r->plan.targets[i]);
		if (holds < 0) {
			settle(r, i, FATE_FAILED, holds);
			return;
		}
		if (!holds)
			h->released_ns = clock_boot_ns();
	}
	if (h->released_ns && clock_boot_ns() >= h->released_ns + SETTLE_NS)
		settle(r, i, FATE_RELEASED, 0);
}

/* Returns how many are still to be waited for, and until when at most. */
static size_t look_after_all(struct free_run *r, bool news, uint64_t *until)
{
	size_t waiting = 0;

	for (size_t i = 0; i < r->nr_hunts; i++) {
		if (r->plan.targets[i].fate == FATE_WAITING)
			look_after(r, i, news);
		if (r->plan.targets[i].fate != FATE_WAITING)
			continue;
		waiting++;
		if (r->hunts[i].released_ns && r->hunts[i].released_ns + SETTLE_NS < *until)
			*until = r->hunts[i].released_ns + SETTLE_NS;
	}
	return waiting;
}

static void signal_all(struct free_run *r, enum fate which, int sig)
{
	/* Called off is called off, also in the middle. */
	for (size_t i = 0; i < r->nr_hunts && !free_is_called_off(r); i++) {
		if (r->plan.targets[i].fate != which || r->hunts[i].released_ns)
			continue;
		if (r->plan.targets[i].process.pid == r->facts.self)
			let_go(r, i);
		else
			signal_target(r, i, sig);
	}
}

static void give_up(struct free_run *r)
{
	for (size_t i = 0; i < r->nr_hunts; i++)
		if (r->plan.targets[i].fate == FATE_WAITING)
			settle(r, i, r->hunts[i].released_ns ? FATE_RELEASED : FATE_ALIVE, 0);
}

int free_kill(struct free_run *r)
{
	bool kill = r->job.signal == SIGKILL, news = false;
	uint64_t end, until;

	if (grow_hunts(r))
		return -ENOMEM;
	signal_all(r, FATE_PLANNED, r->job.signal);
	end = clock_boot_ns() + (kill ? KILL_WAIT_NS : r->job.grace_ns);
	for (;;) {
		until = end;
		if (!look_after_all(r, news, &until) || free_is_over(r))
			break;
		if (clock_boot_ns() >= end) {
			if (kill || !r->job.escalate)
				break;
			kill = true;
			signal_all(r, FATE_WAITING, SIGKILL);
			end = clock_boot_ns() + KILL_WAIT_NS;
			continue;
		}
		/* At the end of the time, news or not: who holds nothing any more is not killed. */
		news = free_wait(r, until) || clock_boot_ns() >= end;
	}
	give_up(r);
	return 0;
}
