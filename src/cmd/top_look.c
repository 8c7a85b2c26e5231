// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/text.h"
#include "cmd/top.h"
#include "flow/churn_query.h"
#include "sys/proc.h"
#include "track/query.h"
#include "track/status.h"

#define CMDLINE_KEPT 4096
#define EVENT_PAUSE_NS (100 * NSEC_PER_MSEC)
#define ALL_NS (10 * NSEC_PER_SEC)    /* what no event ever told is found by then */
#define SHARE 800		      /* an eighth of a percent for each kind of look */
#define TIMEWAIT_SHARE 200	      /* there is none on a machine that does nothing */
#define WATCHED_SHARE 50	      /* while somebody looks at nothing else */
#define WATCHED_NS (2 * NSEC_PER_SEC) /* and no later, whatever it takes */

bool pace_is_due(const struct pace *p, uint64_t now_ns)
{
	return now_ns >= p->next_ns;
}

void pace_begin(struct pace *p)
{
	p->began_ns = clock_boot_ns();
	p->began_cpu_ns = clock_cpu_ns();
}

void pace_end(struct pace *p, uint64_t least_ns, unsigned int share)
{
	uint64_t cost = (clock_cpu_ns() - p->began_cpu_ns) * share;

	p->next_ns = p->began_ns + (cost > least_ns ? cost : least_ns);
}

/* Come no later than `most_ns` after the last beginning, or than the interval that was asked for.
 */
static void pace_at_most(struct pace *p, uint64_t most_ns, uint64_t interval_ns)
{
	uint64_t last = p->began_ns + (most_ns > interval_ns ? most_ns : interval_ns);

	p->next_ns = p->next_ns < last ? p->next_ns : last;
}

/* A socket that has its own line, or had it until this event. */
static bool has_port(const struct pw_event *ev)
{
	return ev->new_state == PW_LISTEN || ev->new_state == PW_BOUND ||
	       ev->new_state == PW_UNCONN;
}

static int on_event(void *arg, const struct pw_event *ev)
{
	struct top *t = arg;

	switch (ev->kind) {
	case PW_EV_LOST:
		t->tui.lost += ev->age_ns;
		t->all_dirty = true;
		break;
	case PW_EV_STATE:
		if (ev->new_state == PW_ESTABLISHED && ev->old_state != PW_SYN_SENT)
			board_accepted(&t->board, ev);
		__attribute__((fallthrough));
	default:
		if (!has_port(ev))
			break;
		/* An event does not always tell which port the kernel chose. */
		t->all_dirty = t->all_dirty || !ev->lport;
		port_set(t->dirty, ev->lport);
		t->any_dirty = true;
	}
	return 0;
}

/* Two kinds of events: who gets and loses a port, and one for each connection that is made. */
int top_look_init(struct top *t)
{
	struct pw_filter f;
	struct reader_opts opts = { .filter = &f, .no_calls = true };

	/* Only the places: whose a port is may change. */
	t->places = (struct filter){
		.ports = t->filter.ports,
		.netns = t->filter.netns,
		.nr_netns = t->filter.nr_netns,
		.netns_all = t->filter.netns_all,
		.protos = t->filter.protos,
		.families = t->filter.families,
	};
	filter_to_kernel(&t->places, &f);
	f.events = 1u << PW_EV_BIND | 1u << PW_EV_LISTEN | 1u << PW_EV_CLOSE | 1u << PW_EV_STATE;
	f.states = 1u << PW_LISTEN | 1u << PW_BOUND | 1u << PW_UNCONN | 1u << PW_ESTABLISHED;
	board_init(&t->board);
	churn_init(&t->churn);
	t->all_dirty = true;
	t->tick_ns = clock_boot_ns();
	/* Without a tracker nothing tells: what there is is looked at again and again. */
	return top_hears(t) ? reader_new(t->tracker, &opts, &t->reader) : 0;
}

int top_look_drain(struct top *t)
{
	int n;

	if (!t->reader)
		return 0;
	n = reader_drain(t->reader, on_event, t);

	if (n > 0)
		t->next_drain_ns = clock_boot_ns() + EVENT_PAUSE_NS;
	return n < 0 ? n : 0;
}

/* Names and units, once for each process that is new or runs another program. */
/* Thousands of processes may have a megabyte of arguments each. */
static void keep_little(struct process *p)
{
	char *kept;

	if (p->cmdline_len <= CMDLINE_KEPT)
		return;
	p->cmdline_len = text_cut(p->cmdline, p->cmdline_len, CMDLINE_KEPT);
	p->cmdline[p->cmdline_len] = '\0';
	kept = realloc(p->cmdline, p->cmdline_len + 1);
	p->cmdline = kept ? kept : p->cmdline;
}

static int describe(struct board *b)
{
	for (size_t i = 0; i < b->a.nr_processes; i++) {
		struct process *p = &b->a.processes[i];
		pid_t parent;
		char state;

		if (b->info[i].described)
			continue;
		b->info[i].described = true;
		if (proc_describe(p, PROC_ALL | PROC_PLACE) == -ENOMEM)
			return -ENOMEM;
		keep_little(p);
		if (p->pid && !proc_parent((pid_t)p->pid, &parent, &state))
			b->info[i].parent = (uint32_t)parent;
	}
	return 0;
}

/* ports NULL: all of them. */
static int look(struct top *t, const uint64_t *ports)
{
	_cleanup_(answer_done) struct answer a = {};
	struct query q = { .ports = ports, .holders = true, .listening = true };
	int err;

	if (t->places.nr_netns == 1 && !t->places.netns_all)
		q.netns = t->places.netns[0];
	answer_init(&a);
	err = query_run(t->tracker, &q, &a);
	filter_apply(&t->places, &a);
	if (!err)
		err = board_update(&t->board, &a, ports);
	return err ? err : describe(&t->board);
}

static void clean(struct top *t)
{
	memset(t->dirty, 0, sizeof(t->dirty));
	t->any_dirty = t->all_dirty = false;
}

static int look_at_all(struct top *t)
{
	int err;

	clean(t); /* first, for what happens meanwhile */
	pace_begin(&t->all);
	err = look(t, NULL);
	pace_end(&t->all, top_hears(t) ? ALL_NS : t->interval_ns, SHARE);
	return err;
}

int top_look_changed(struct top *t)
{
	uint64_t ports[PORTSPEC_WORDS];

	if (t->all_dirty)
		return look_at_all(t);
	if (!t->any_dirty)
		return 0;
	memcpy(ports, t->dirty, sizeof(ports));
	clean(t);
	return look(t, ports);
}

static bool is_visible(const struct top *t, size_t line)
{
	return line >= t->tui.list.top && line < t->tui.list.top + tui_room(&t->tui);
}

/* Ask who holds the ports on the screen: a fork or a passed descriptor makes no event. */
static int look_at_visible(struct top *t)
{
	uint64_t ports[PORTSPEC_WORDS] = {};
	bool any = false;
	int err;

	for (size_t i = 0; i < t->tui.list.lines.nr; i++) {
		if (!is_visible(t, i))
			continue;
		port_set(ports, t->board.rows.v[t->tui.list.lines.v[i].row].key.port);
		any = true;
	}
	if (!any)
		return 0;
	pace_begin(&t->visible);
	err = look(t, ports);
	pace_end(&t->visible, t->interval_ns, SHARE);
	return err;
}

/* The tracker's count of a port is the row's. Of UDP it has sockets without a peer, too. */
static bool counts_alone(const struct top *t, const struct board_row *r)
{
	return top_hears(t) && r->alone && r->key.proto == PW_TCP;
}

/* Count the connections of each of several rows of a port, by a look at each connection. */
static int count_apart(struct top *t, const uint64_t *ports)
{
	_cleanup_(answer_done) struct answer a = {};
	struct query q = { .ports = ports, .no_small = true };
	int err;

	answer_init(&a);
	pace_begin(&t->apart);
	err = query_run(t->tracker, &q, &a);
	for (size_t i = 0; i < t->board.rows.nr && !err; i++)
		if (!counts_alone(t, &t->board.rows.v[i]) &&
		    port_bit(ports, t->board.rows.v[i].key.port))
			t->board.rows.v[i].conns = 0;
	for (size_t i = 0; i < a.nr_sockets && !err; i++) {
		const struct pw_sock *s = &a.sockets[i].s;
		struct board_key to = { s->netns, s->lport, s->proto, s->family, s->laddr };
		struct board_row *r = board_taker(&t->board, &to);

		if (r && !counts_alone(t, r) && s->rport && !a.sockets[i].timewait)
			r->conns++;
	}
	pace_end(&t->apart, t->interval_ns, SHARE);
	return err;
}

static int count_connections(struct top *t)
{
	uint64_t shared[PORTSPEC_WORDS] = {};
	bool any = false, all = t->tui.view_of.sort == COLUMN_CONNS;

	for (size_t i = 0; i < t->tui.list.lines.nr; i++) {
		struct board_row *r = &t->board.rows.v[t->tui.list.lines.v[i].row];
		struct pw_port port = { .live = 1 }; /* some, for all that is known */
		int err = 0;

		if (!all && !is_visible(t, i))
			continue;
		if (top_hears(t))
			err = query_port(t->tracker, r->key.proto, r->key.port, &port);
		if (err)
			return err;
		if (!port.live || counts_alone(t, r)) {
			r->conns = port.live;
			continue;
		}
		port_set(shared, r->key.port);
		any = true;
	}
	return any && pace_is_due(&t->apart, clock_boot_ns()) ? count_apart(t, shared) : 0;
}

static void take_timewait(struct top *t)
{
	t->tui.timewait = t->churn.total.current;
	for (size_t i = 0; i < t->board.rows.nr; i++) {
		struct board_row *r = &t->board.rows.v[i];
		struct churn_port_key key = { .netns = r->key.netns, .port = r->key.port };
		const struct churn_port *p =
			r->key.proto == PW_TCP ? hmap_get(&t->churn.ports, &key) : NULL;

		r->timewait = p ? p->current : 0;
		r->timewait_rate = p ? p->rate : 0;
	}
}

/* Only while there is any, or some has come. */
static int look_at_timewait(struct top *t)
{
	uint64_t stats[PW_STAT_MAX] = { [PW_STAT_TW_ENTERED] = t->tw_entered + 1 };
	int err = top_hears(t) ? tracker_stats(t->tracker, stats) : 0;

	if (err)
		return err;
	if (stats[PW_STAT_TW_ENTERED] == t->tw_entered && !t->churn.total.current &&
	    t->tui.view != TUI_TIMEWAIT && t->churn.query.time_ns)
		return 0;
	/* The pace may be that of when nobody watched. */
	if (t->tui.view == TUI_TIMEWAIT)
		pace_at_most(&t->timewait, WATCHED_NS, t->interval_ns);
	if (!pace_is_due(&t->timewait, clock_boot_ns()))
		return 0;
	t->tw_entered = stats[PW_STAT_TW_ENTERED];
	pace_begin(&t->timewait);
	err = churn_query(t->tracker, &t->filter, t->interval_ns, &t->churn);
	pace_end(&t->timewait, t->interval_ns,
		 t->tui.view == TUI_TIMEWAIT ? WATCHED_SHARE : TIMEWAIT_SHARE);
	if (t->tui.view == TUI_TIMEWAIT)
		pace_at_most(&t->timewait, WATCHED_NS, t->interval_ns);
	if (!err)
		take_timewait(t);
	return err;
}

int top_look_tick(struct top *t)
{
	uint64_t now = clock_boot_ns();
	int err = 0;

	if (t->all_dirty || pace_is_due(&t->all, now))
		err = look_at_all(t);
	else if (t->any_dirty)
		err = top_look_changed(t);
	else if (t->tui.view == TUI_TABLE && pace_is_due(&t->visible, now))
		err = look_at_visible(t);
	if (!err)
		err = look_at_timewait(t);
	if (!err)
		err = tui_rebuild(&t->tui) ?: count_connections(t);
	board_tick(&t->board, now - t->tick_ns);
	t->tick_ns = now;
	return err ? err : tui_rebuild(&t->tui);
}
