// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * End processes. For each: open its pidfd; see that the process with its number is
 * still the plan's and still holds the port; signal it. Before KILL all of this is done again.
 * All are signalled before any is waited for.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "flow/free.h"
#include "model/signame.h"
#include "sys/procstate.h"
#include "sys/victim.h"

/* KILL needs no consent; a process that is there after this long sleeps in the kernel. */
#define KILL_WAIT_NS (5 * NSEC_PER_SEC)

/* The wait for a process that has not acted on an earlier KILL, and sleeps in state D: the disk may
 * come back. */
#define STUCK_WAIT_NS NSEC_PER_SEC

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

static void note_signal(struct target *t, int sig)
{
	for (size_t i = 0; i < PLAN_MAX_SIGNALS; i++)
		if (!t->signals[i]) {
			t->signals[i] = sig;
			return;
		}
}

/* A stopped process acts on an ending signal when it is let go on. */
static int send(struct target *t, int pidfd, int sig)
{
	int err = victim_signal(pidfd, sig);

	if (err)
		return err;
	note_signal(t, sig);
	if (!(t->condition.is & COND_STOPPED) || !signame_ends(sig))
		return 0;
	err = victim_signal(pidfd, SIGCONT);
	if (!err)
		note_signal(t, SIGCONT);
	return err;
}

static int open_target(struct hunt *h, const struct target *t)
{
	if (h->pidfd < 0)
		h->pidfd = victim_open(t->process.pid);
	return h->pidfd < 0 ? h->pidfd : 0;
}

/* Signals a target, unless it is not what it was. */
static void signal_target(struct free_run *r, size_t i, int sig)
{
	struct target *t = &r->plan.targets[i];
	struct hunt *h = &r->hunts[i];
	bool first = !t->signals[0];
	int err = open_target(h, t), holds;

	if (err) {
		settle(r, i, err == -ESRCH ? FATE_MISSED : FATE_FAILED, err == -ESRCH ? 0 : err);
		return;
	}
	/* A process that is gone after a first signal is no failure: the next look tells how. */
	holds = free_holds(r, t);
	if (first)
		h->since_ns = clock_boot_ns();
	if (holds > 0) {
		procstate_read((pid_t)t->process.pid, &t->condition);
		err = send(t, h->pidfd, sig);
	}
	if (holds < 0 || (err && err != -ESRCH)) {
		settle(r, i, FATE_FAILED, holds < 0 ? holds : err);
	} else if (!holds || err) {
		if (first)
			settle(r, i, FATE_MISSED, 0);
	} else {
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

/* Whether a target that was signalled is still to be waited for. Its sockets are asked about only
 * on news. A process that ends drops its descriptors at once and may take long to close them: the
 * port is free when the process is gone. A process that is not ending goes on without the port. */
static bool is_waited_for(struct free_run *r, size_t i, bool news)
{
	const struct target *t = &r->plan.targets[i];
	struct hunt *h = &r->hunts[i];
	int holds = 0;

	if (victim_ended(h->pidfd)) {
		h->released_ns = 0;
		settle(r, i, FATE_GONE, 0);
		return false;
	}
	if (!h->released_ns && news) {
		holds = free_holds(r, t);
		if (!holds)
			h->released_ns = clock_boot_ns();
	}
	if (holds < 0)
		settle(r, i, FATE_FAILED, holds);
	return holds >= 0 && (!h->released_ns || procstate_is_dying((pid_t)t->process.pid));
}

/* Returns how many are still to be waited for. */
static size_t look_after_all(struct free_run *r, bool news)
{
	size_t waiting = 0;

	for (size_t i = 0; i < r->nr_hunts; i++)
		if (r->plan.targets[i].fate == FATE_WAITING)
			waiting += is_waited_for(r, i, news);
	return waiting;
}

static void signal_all(struct free_run *r, enum fate which, int sig)
{
	/* Called off is called off, also in the middle. */
	for (size_t i = 0; i < r->nr_hunts && !free_is_called_off(r); i++) {
		const struct target *t = &r->plan.targets[i];

		if (t->fate != which || r->hunts[i].released_ns)
			continue;
		/* The freezer keeps even KILL away; let TERM be what it meets when it is thawed. */
		if (which == FATE_WAITING &&
		    (t->condition.is & COND_FROZEN_V1 || procstate_is_dying((pid_t)t->process.pid)))
			continue;
		if (t->process.pid == r->facts.self)
			let_go(r, i);
		else
			signal_target(r, i, sig);
	}
}

/* How long this one may take after that signal. 0: it is known that waiting changes nothing. */
static uint64_t patience(const struct free_run *r, const struct target *t, int sig)
{
	const struct condition *c = &t->condition;

	if (c->is & COND_FROZEN_V1)
		return 0;
	if (c->is & COND_KILL_PENDING && c->is & COND_DISK_SLEEP)
		return STUCK_WAIT_NS;
	if (sig == SIGKILL || condition_is_ending(c))
		return KILL_WAIT_NS;
	if (!r->job.grace_given && condition_waits_in_vain(c, sig))
		return 0;
	return r->job.grace_ns;
}

static uint64_t patience_end(const struct free_run *r, int sig)
{
	uint64_t most = 0, one;

	for (size_t i = 0; i < r->nr_hunts; i++) {
		if (r->plan.targets[i].fate != FATE_WAITING)
			continue;
		one = patience(r, &r->plan.targets[i], sig);
		most = one > most ? one : most;
	}
	return clock_boot_ns() + most;
}

/* Nobody is to be killed, but a process that is ending by now is worth the wait. */
static uint64_t end_of_dying(const struct free_run *r)
{
	for (size_t i = 0; i < r->nr_hunts; i++)
		if (r->plan.targets[i].fate == FATE_WAITING &&
		    procstate_is_dying((pid_t)r->plan.targets[i].process.pid))
			return clock_boot_ns() + KILL_WAIT_NS;
	return 0;
}

static void give_up(struct free_run *r)
{
	for (size_t i = 0; i < r->nr_hunts; i++) {
		struct target *t = &r->plan.targets[i];

		if (t->fate != FATE_WAITING)
			continue;
		procstate_read((pid_t)t->process.pid, &t->condition);
		if (victim_ended(r->hunts[i].pidfd))
			settle(r, i, FATE_GONE, 0);
		else if (r->hunts[i].released_ns && !(t->condition.is & COND_DYING))
			settle(r, i, FATE_RELEASED, 0);
		else
			settle(r, i, FATE_ALIVE, 0);
	}
}

int free_kill(struct free_run *r)
{
	bool kill = r->job.signal == SIGKILL, news = false;
	uint64_t end;

	if (grow_hunts(r))
		return -ENOMEM;
	signal_all(r, FATE_PLANNED, r->job.signal);
	end = patience_end(r, r->job.signal);
	while (look_after_all(r, news) && !free_is_over(r)) {
		if (clock_boot_ns() >= end) {
			if (kill)
				break;
			kill = true;
			if (r->job.escalate)
				signal_all(r, FATE_WAITING, SIGKILL);
			end = r->job.escalate ? patience_end(r, SIGKILL) : end_of_dying(r);
			continue;
		}
		/* At the end of the time, news or not: who holds nothing any more is not killed. */
		news = free_wait(r, end) || clock_boot_ns() >= end;
	}
	give_up(r);
	return 0;
}
