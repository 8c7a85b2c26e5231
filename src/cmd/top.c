// SPDX-License-Identifier: GPL-2.0-or-later
/* top: the ports of the machine on the whole screen, live. */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/top.h"
#include "base/clock.h"
#include "base/log.h"
#include "cmd/fail.h"
#include "flow/lookup.h"
#include "model/filter_opts.h"
#include "sys/signals.h"
#include "tui/draw.h"
#include "tui/keys.h"
#include "tui/term.h"

#define MAX_INTERVAL 3600

struct top_args {
	double interval;
	int sort; /* enum column */
	bool tree;
};

static const struct opt top_opts[] = {
	OPT_SECONDS('i', "interval", struct top_args, interval, 0, MAX_INTERVAL, "SECONDS",
		    "refresh at this interval (default 2); new owners show at once"),
	OPT_CHOICE(0, "sort", struct top_args, sort, column_names, "COLUMN",
		   "sort by this column: port, state, address, conn, accepts, timewait, "
		   "timewait-rate, netns, user, age, unit, directory or process"),
	OPT_FLAG('t', "tree", struct top_args, tree, "show processes as a tree"),
	OPT_END,
};

/* Do what a key asks for. 0, 1: quit, or a negative errno. */
static int grant(struct top *t)
{
	enum tui_wish wish = t->tui.wish;

	t->tui.wish = TUI_NO_WISH;
	switch (wish) {
	case TUI_QUIT:
		return 1;
	case TUI_LOOK:
		if (t->tui.view == TUI_DETAIL && !t->detail.sink) {
			int err = top_text_open(t);

			if (err)
				return err;
		}
		return top_look_tick(t) ?: top_text(t);
	case TUI_PLAN:
		top_text_close(t);
		top_kill_plan(t);
		return 0;
	case TUI_END:
		top_kill_end(t);
		return 0;
	case TUI_CLEAR:
		top_kill_clear(t);
		return 0;
	case TUI_LEAVE:
		top_text_close(t);
		top_kill_done(t);
		return (t->tui.paused ? 0 : top_look_changed(t)) ?: tui_rebuild(&t->tui);
	default:
		return 0;
	}
}

static int take_keys(struct top *t, unsigned int *redraw)
{
	uint32_t key;
	int err = 0;

	while (!err && (key = term_key()) != KEY_TUI_NONE) {
		*redraw |= keys_press(&t->tui, key);
		if (*redraw & TUI_REBUILD)
			err = tui_rebuild(&t->tui);
		if (!err)
			err = grant(t);
	}
	return err;
}

/* Until a key, a signal, the next interval; or events, if it is not too soon for them. True: the
 * terminal has gone. */
static bool sleep_until_next(struct top *t)
{
	uint64_t now = clock_boot_ns(), next = t->tick_ns + t->interval_ns;
	bool hears = now >= t->next_drain_ns;
	struct pollfd fds[] = {
		{ .fd = STDIN_FILENO, .events = POLLIN },
		{ .fd = t->signal_fd, .events = POLLIN },
		{ .fd = hears && t->reader ? reader_fd(t->reader) : -1, .events = POLLIN },
		{ .fd = hears && t->detail.reader ? reader_fd(t->detail.reader) : -1,
		  .events = POLLIN },
	};

	/* Events that come in the pause are read when it is over. */
	if (!hears && t->next_drain_ns < next)
		next = t->next_drain_ns;
	term_wait(fds, ARRAY_SIZE(fds), next);
	return fds[0].revents & (POLLERR | POLLHUP | POLLNVAL);
}

static int take_events(struct top *t, unsigned int *redraw)
{
	int err, told;

	if (clock_boot_ns() < t->next_drain_ns)
		return 0;
	err = top_look_drain(t);
	told = err ? 0 : top_text_drain(t);
	if (err || told < 0)
		return err ? err : told;
	if (t->tui.paused)
		return 0;
	if (t->any_dirty || t->all_dirty) {
		err = top_look_changed(t) ?: tui_rebuild(&t->tui);
		*redraw |= TUI_REDRAW;
	}
	if (!err && told) {
		err = top_text(t);
		*redraw |= TUI_REDRAW;
	}
	return err;
}

static int take_interval(struct top *t, unsigned int *redraw)
{
	int err;

	if (clock_boot_ns() < t->tick_ns + t->interval_ns)
		return 0;
	if (t->tui.paused) {
		uint64_t now = clock_boot_ns();

		/* So that rates are not of the pause. */
		board_tick(&t->board, now - t->tick_ns);
		t->tick_ns = now;
		return 0;
	}
	t->out.boot_to_real = clock_real_offset_ns();
	if (t->detail.sink)
		sink_set_clock(t->detail.sink, t->out.boot_to_real);
	err = top_look_tick(t);
	if (!err && (t->tui.view != TUI_DETAIL || pace_is_due(&t->detail.pace, t->tick_ns)))
		err = top_text(t);
	*redraw |= TUI_REDRAW;
	return err;
}

/* Until the user or a signal ends it (0), or an error. */
static int follow(struct top *t)
{
	int err = top_look_tick(t);

	if (!err)
		top_draw(t, TUI_REDRAW);
	while (!err && !signals_came()) {
		unsigned int redraw = 0;

		if (sleep_until_next(t))
			break;
		if (signals_came())
			break;
		err = take_keys(t, &redraw);
		if (!err)
			err = take_events(t, &redraw);
		if (!err)
			err = take_interval(t, &redraw);
		if (!err && (redraw || top_has_new_size(t)))
			top_draw(t, redraw);
	}
	return err < 0 ? err : 0;
}

static int fail_terminal(const struct command *self, int err)
{
	const char *term = getenv("TERM");
	char why[200];

	if (err == -ENOTTY)
		return fail_usage(self, "top needs a terminal for input and output; for a pipe or "
					"a file there is portwatch list");
	snprintf(why, sizeof(why),
		 "top cannot use a terminal of the type '%.40s'; portwatch list "
		 "and portwatch can",
		 term ? term : "");
	return fail_usage(self, why);
}

static void done(struct top *t)
{
	top_kill_done(t);
	top_text_close(t);
	reader_free(t->reader);
	tracker_free(t->tracker);
	churn_done(&t->churn);
	tui_done(&t->tui);
	board_done(&t->board);
	filter_done(&t->filter);
}

static int run(struct top *t)
{
	int err = term_start();

	if (err)
		return fail(err, "cannot use the terminal");
	draw_start(t->out.color);
	/* From here on the screen is ours alone. */
	log_set_verbosity(-1);
	t->tui.cells.ascii = !term_is_utf8();
	err = follow(t);
	term_stop();
	return err ? fail_tracker(err) : EXIT_YES;
}

/* Where no tracker can be loaded the present is looked at, every interval. */
static int open_source(struct top *t)
{
	int err = common_open(&t->common, TRACKER_LIVE, &t->tracker), status = fail_status(err);

	if (status != EXIT_PERMISSION && status != EXIT_KERNEL)
		return err;
	log_warn("no tracker: what happens between two looks is not seen (portwatch doctor)");
	return common_open(&t->common, TRACKER_SNAPSHOT, &t->tracker);
}

static int top(const struct command *self, int argc, char **argv)
{
	_cleanup_(done) struct top t = { .filter.lookup = lookup_system, .signal_fd = -1 };
	struct top_args args = { .interval = 2 };
	struct opt_set sets[] = {
		{ "Options", top_opts, &args },
		{ "Filters", filter_socket_opts, &t.filter },
	};
	int err, status;

	if (!common_parse_filtering(self, sets, ARRAY_SIZE(sets), &t.filter, &t.common, argc, argv,
				    &status))
		return status;
	if (t.common.json)
		return fail_usage(self, "top is for people; for JSON there are portwatch list and "
					"portwatch stream");
	if (t.filter.nr_peers)
		return fail_usage(self, "--peer is about connections, of which top shows those of "
					"a port chosen there; for all there is portwatch list");
	if (args.interval < 0.1)
		return fail_usage(self, "--interval must be at least 0.1 s");
	err = term_check();
	if (err)
		return fail_terminal(self, err);
	err = lookup_default_netns(&t.filter);
	if (err)
		return fail(err, "cannot tell the own network namespace");
	/* First of all, so that a signal in the middle of loading ends us in good order. */
	signals_last(term_abandon);
	t.signal_fd = signals_open();
	if (t.signal_fd < 0)
		return fail(t.signal_fd, "cannot wait for signals");

	t.interval_ns = (uint64_t)(args.interval * NSEC_PER_SEC);
	t.out = common_out(&t.common);
	tui_init(&t.tui, &t.board, &lookup_system);
	t.tui.view_of = (struct list_view){
		.always = &t.filter,
		.sort = (enum column)args.sort,
		.tree = args.tree,
	};
	t.tui.cells.netns = t.out.netns;
	err = open_source(&t);
	if (!err)
		err = top_look_init(&t);
	if (err)
		return fail_tracker(err);
	return run(&t);
}

static const char *const examples[] = {
	"sudo portwatch top\tevery port, live; ? shows the keys",
	"sudo portwatch top --user www-data --tree\twhat one user's processes have",
	"sudo portwatch top --sort conn -i 1\tthe most connected first, every second",
	NULL,
};

const struct command cmd_top = {
	.name = "top",
	.summary = "show a full-screen live view",
	.usage = {
		.examples = examples,
		.synopsis = "portwatch top [FILTER...] [OPTION...] [PORT...]",
		.about = "One line for each port that is listened on or bound. Enter: details, w: TIME-WAIT, "
			 "/: search,\n\\: filter, k: free the port (shows a plan and asks), ?: all keys, "
			 "q: quit.",
	},
	.opts = top_opts,
	.run = top,
};
