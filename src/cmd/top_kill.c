// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * End the holders of a port from the screen: `free` with another face. A process is ended only if
 * it was in a plan that the screen showed to its end, and that somebody answered with `y`. A
 * process that comes into the plan later (a child, a receiver of the descriptor) is shown and asked
 * about, too.
 */
#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/sleep.h"
#include "base/text.h"
#include "cmd/top.h"
#include "print/color.h"
#include "print/free_intent.h"
#include "print/free_text.h"
#include "sys/signals.h"
#include "track/tracker.h"
#include "tui/keys.h"
#include "tui/term.h"

static void say(struct top_kill *k, const struct strbuf *raw, const char *color)
{
	if (color)
		strbuf_adds(&k->said, color);
	text_escape(&k->said, raw->s, raw->len);
	if (color)
		strbuf_adds(&k->said, COLOR_RESET);
	strbuf_addc(&k->said, '\n');
}

static void show(struct top *t)
{
	_cleanup_(strbuf_done) struct strbuf text = {};

	strbuf_add(&text, t->kill.said.s, t->kill.said.len);
	tui_set_text(&t->tui, &text);
	top_draw(t, TUI_REDRAW);
}

/* The lines of the targets from `from` on, in the words of `free`. */
static void say_plan(struct top *t, size_t from)
{
	struct top_kill *k = &t->kill;
	struct free_job job = k->run.job;

	job.dry_run = true;
	for (size_t i = from; i < k->run.plan.nr_targets; i++) {
		const struct target *target = &k->run.plan.targets[i];
		_cleanup_(strbuf_done) struct strbuf line = {};

		if (target_is_due(target))
			free_intent(&line, target, &job);
		else
			free_text_target(&line, &job, target);
		say(k, &line, target_is_due(target) ? COLOR_BOLD : COLOR_YELLOW);
	}
	if (!from && k->run.plan.nr_unaccepted) {
		_cleanup_(strbuf_done) struct strbuf line = {};

		strbuf_addf(&line, "lost, too: %u that wait for accept()",
			    k->run.plan.nr_unaccepted);
		say(k, &line, NULL);
	}
}

static void say_ports(struct top *t)
{
	struct top_kill *k = &t->kill;

	for (size_t i = 0; i < k->run.plan.nr_ports; i++) {
		const struct plan_port *p = &k->run.plan.ports[i];
		_cleanup_(strbuf_done) struct strbuf line = {};

		if (!free_text_has_line(&k->run.plan, p))
			continue;
		free_text_port(&line, &k->run.job, p);
		say(k, &line, p->is_free ? COLOR_GREEN : COLOR_RED);
	}
}

static void say_error(struct top *t, int err)
{
	_cleanup_(strbuf_done) struct strbuf line = {};
	const char *why = tracker_reason();

	strbuf_adds(&line, *why ? why : strerror(-err));
	say(&t->kill, &line, COLOR_RED);
}

static void keys(struct top *t)
{
	uint32_t key;

	while ((key = term_key()) != KEY_TUI_NONE) {
		unsigned int redraw = keys_press(&t->tui, key);

		if (t->tui.wish == TUI_CANCEL)
			t->kill.run.job.interrupted = true;
		if (redraw)
			top_draw(t, redraw);
		if (t->tui.stage != TUI_JOINED || t->tui.view != TUI_KILL)
			return;
	}
}

/* While the engine waits, the keyboard is heard. */
static int face_sleep(void *arg, struct pollfd *fds, size_t nr, uint64_t until_ns)
{
	_cleanup_free_ struct pollfd *more = calloc(nr + 1, sizeof(*more));
	struct top *t = arg;
	int n;

	if (!more)
		return -ENOMEM;
	memcpy(more, fds, nr * sizeof(*fds));
	more[nr] = (struct pollfd){ .fd = STDIN_FILENO, .events = POLLIN };
	n = term_wait(more, nr + 1, until_ns);
	memcpy(fds, more, nr * sizeof(*fds));
	if (more[nr].revents & (POLLERR | POLLHUP))
		t->kill.run.job.interrupted = true;
	keys(t);
	return n - (n > 0 && more[nr].revents);
}

/* Newcomers are asked about as the first ones were: from this byte of the text on. */
static bool ask_again(struct top *t, size_t from)
{
	struct pollfd fds[] = {
		{ .fd = STDIN_FILENO, .events = POLLIN },
		{ .fd = t->signal_fd, .events = POLLIN },
	};

	t->tui.stage = TUI_JOINED;
	show(t);
	pane_show_from(&t->tui.pane, from, tui_room(&t->tui));
	top_draw(t, TUI_REDRAW);
	term_forget_keys();
	while (t->tui.stage == TUI_JOINED && t->tui.view == TUI_KILL && !signals_came()) {
		term_wait(fds, ARRAY_SIZE(fds), SLEEP_FOREVER);
		if (fds[0].revents & (POLLERR | POLLHUP))
			return false;
		keys(t);
		top_draw(t, TUI_REDRAW);
	}
	return t->tui.stage == TUI_ENDING && !signals_came();
}

static void announce(void *arg, struct free_run *r, size_t from)
{
	struct top *t = arg;
	size_t said = t->kill.said.len;
	bool any = false, yes;

	if (!from) /* is what was answered */
		return;
	for (size_t i = from; i < r->plan.nr_targets; i++)
		any = any || target_is_due(&r->plan.targets[i]);
	say_plan(t, from);
	yes = !any || ask_again(t, said);
	t->tui.pane.follow = true;
	if (yes)
		return;
	for (size_t i = from; i < r->plan.nr_targets; i++)
		if (target_is_due(&r->plan.targets[i]))
			r->plan.targets[i].fate = FATE_DECLINED;
}

static void tell(void *arg, struct free_run *r, const struct target *target)
{
	_cleanup_(strbuf_done) struct strbuf line = {};
	struct top *t = arg;

	free_text_target(&line, &r->job, target);
	say(&t->kill, &line, NULL);
	show(t);
}

void top_kill_done(struct top *t)
{
	struct top_kill *k = &t->kill;

	if (k->planned)
		free_run_done(&k->run);
	filter_done(&k->filter);
	strbuf_done(&k->said);
	*k = (struct top_kill){};
}

static void begin(struct top *t)
{
	struct top_kill *k = &t->kill;

	top_kill_done(t);
	k->face = (struct free_face){ t, announce, tell, face_sleep };
	k->run = (struct free_run){
		.face = &k->face,
		.filter = &k->filter,
		.observe_ns = (uint64_t)(FREE_OBSERVE * NSEC_PER_SEC),
		.tracker = t->tracker,
		.watch_fd = -1,
		.signal_fd = t->signal_fd,
		.deadline_ns = UINT64_MAX,
		.job = {
			.signal = t->tui.signal,
			.grace_ns = FREE_GRACE * NSEC_PER_SEC,
			.grace_given = true, /* whoever watches can call it off */
			.timewait = t->tui.clear,
			.clear_by = "w",
			.escalate = t->tui.escalate && free_escalates(t->tui.signal, false),
		},
	};
	free_facts(&k->run);
	k->planned = true;
}

/* Return whether a port that nobody holds has TIME-WAIT left that can be cleared from here. */
static bool has_timewait_left(const struct top *t)
{
	const struct plan *p = &t->kill.run.plan;

	for (size_t i = 0; i < p->nr_ports; i++)
		if (p->ports[i].nr_timewait && !p->ports[i].nr_left)
			return t->tui.subject.netns == t->tui.cells.netns;
	return false;
}

void top_kill_plan(struct top *t)
{
	struct top_kill *k = &t->kill;
	int err;

	begin(t);
	err = top_port_filter(&t->tui.subject, &k->filter);
	if (!err)
		err = free_query(&k->run, &k->due);
	t->tui.stage = !err && k->due ? TUI_PLANNED : TUI_NOTHING;
	if (err) {
		say_error(t, err);
	} else {
		say_plan(t, 0);
		if (!k->due) {
			k->run.job.dry_run = true;
			say_ports(t);
		}
	}
	t->tui.timewait_left = !err && !k->due && has_timewait_left(t);
	t->tui.pane.top = 0;
	show(t);
	/* An answer given before the question was there is none. */
	term_forget_keys();
}

void top_kill_clear(struct top *t)
{
	top_kill_plan(t);
	/* If somebody has the port by now, that plan waits for an answer like any other. */
	if (t->tui.stage != TUI_NOTHING || !t->tui.timewait_left)
		return;
	t->kill.run.job.dry_run = false;
	strbuf_reset(&t->kill.said);
	top_kill_end(t);
}

void top_kill_end(struct top *t)
{
	struct top_kill *k = &t->kill;
	int err;

	t->tui.stage = TUI_ENDING;
	t->tui.pane.follow = true;
	show(t);
	err = free_end(&k->run, k->due);
	if (err)
		say_error(t, err);
	else
		say_ports(t);
	t->tui.timewait_left = !err && has_timewait_left(t);
	t->tui.stage = TUI_ENDED;
	t->tui.view = TUI_KILL;
	t->all_dirty = true;
	show(t);
}
