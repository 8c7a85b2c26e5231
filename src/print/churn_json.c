// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdlib.h>

#include "base/addr.h"
#include "base/cleanup.h"
#include "model/churn_half.h"
#include "model/churn_sort.h"
#include "model/names.h"
#include "print/churn_print.h"
#include "print/json.h"
#include "print/json_parts.h"
#include "print/when.h"

static void add_total(struct json *j, const struct churn *c)
{
	const struct churn_total *t = &c->total;

	json_object(j, "total");
	json_u64(j, "current", t->current);
	json_u64(j, "fin_wait2", t->fin_wait2);
	json_double(j, "entered_per_s", t->entered_per_s, 1);
	if (t->ended_known)
		json_double(j, "ended_per_s", t->ended_per_s, 1);
	if (t->max)
		json_u64(j, "max", t->max);
	json_u64(j, "overflowed", t->overflowed);
	json_end(j);
}

/* Add the tracker's counts since it was loaded, whatever the filter. */
static void add_tracker(struct json *j, const struct churn *c)
{
	const uint64_t *stats = c->query.stats;

	if (!c->query.counted)
		return;
	json_object(j, "tracker");
	json_u64(j, "entered", stats[PW_STAT_TW_ENTERED]);
	json_u64(j, "fin_wait2", stats[PW_STAT_TW_FIN_WAIT2]);
	json_u64(j, "ended", stats[PW_STAT_TW_LEFT]);
	json_u64(j, "reused", stats[PW_STAT_TW_REUSED]);
	json_u64(j, "unattributed", c->total.unattributed);
	json_end(j);
}

/* 0: of the kernel's choice. */
static void add_port(struct json *j, uint16_t port)
{
	if (port)
		json_u64(j, "port", port);
	else
		json_bool(j, "ephemeral", true);
}

static int add_ports(struct json *j, const struct churn *c, enum churn_order order,
		     const struct out_opts *opts)
{
	size_t nr;
	_cleanup_free_ struct churn_port **v = churn_sort_ports(c, order, &nr);

	json_array(j, "by_port");
	for (size_t i = 0; v && i < nr; i++) {
		json_object(j, NULL);
		json_parts_netns(j, opts->netns_name, v[i]->key.netns);
		add_port(j, v[i]->key.port);
		json_u64(j, "current", v[i]->current);
		json_double(j, "entered_per_s", v[i]->rate, 1);
		json_end(j);
	}
	json_end(j);
	return v ? 0 : -ENOMEM;
}

/* A count has the start of a process, but not always its name. */
static void add_actor(struct json *j, const struct pw_actor *actor)
{
	if (actor->tgid)
		json_u64(j, "pid", actor->tgid);
	if (actor->comm[0])
		json_comm(j, "comm", actor->comm);
}

/* Processes of one name have a number each: only a single process is told by its own. */
static void add_user(struct json *j, const struct churn *c, const struct churn_user *u)
{
	const struct churn_process *p = churn_process_of(c, u->tgid, u->start_ns);

	if (!u->uses || !p)
		return;
	json_object(j, "process");
	if (u->processes == 1)
		json_u64(j, "pid", p->actor.tgid);
	if (p->actor.comm[0])
		json_comm(j, "comm", p->actor.comm);
	if (u->processes > 1)
		json_u64(j, "processes", u->processes);
	json_u64(j, "sockets", u->uses);
	json_end(j);
}

static void add_netns(struct json *j, const struct churn *c, const struct out_opts *opts)
{
	json_array(j, "by_netns");
	for (size_t i = 0; i < c->nr_netns; i++) {
		const struct churn_netns *n = &c->netns[i];

		json_object(j, NULL);
		json_parts_netns(j, opts->netns_name, n->inode);
		json_u64(j, "current", n->current);
		if (n->max)
			json_u64(j, "max", n->max);
		json_u64(j, "overflowed", n->overflowed);
		json_u64(j, "ephemeral_total", n->nr_ports);
		json_u64(j, "ephemeral_bound", n->taken.live + n->taken.timewait);
		json_u64(j, "ephemeral_listening", n->nr_listening);
		add_user(j, c, &n->user);
		json_end(j);
	}
	json_end(j);
}

static void add_peer(struct json *j, const struct churn *c, const struct churn_peer *p,
		     const struct out_opts *opts)
{
	char buf[ADDR_LEN];

	json_object(j, NULL);
	json_parts_netns(j, opts->netns_name, p->key.netns);
	json_strn(j, "local_addr", buf, addr_format(p->key.family, &p->key.laddr, buf));
	json_parts_address(j, "remote", p->key.family, &p->key.raddr, p->key.rport);
	json_u64(j, "current", p->current);
	json_double(j, "entered_per_s", p->rate, 1);
	if (p->nr_ports) {
		json_u64(j, "ephemeral_used", p->used);
		json_u64(j, "ephemeral_total", p->nr_ports);
		json_u64(j, "ephemeral_levels_at", p->levels);
	}
	add_user(j, c, &p->user);
	if (p->exhausted_in >= 0)
		json_double(j, "exhausted_in_s", p->exhausted_in, 1);
	json_str(j, "cure", p->cure);
	json_end(j);
}

static int add_peers(struct json *j, const struct churn *c, enum churn_order order,
		     const struct out_opts *opts)
{
	size_t nr;
	_cleanup_free_ struct churn_peer **v = churn_sort_peers(c, order, &nr);

	json_array(j, "by_peer");
	for (size_t i = 0; v && i < nr; i++)
		add_peer(j, c, v[i], opts);
	json_end(j);
	return v ? 0 : -ENOMEM;
}

static int add_processes(struct json *j, const struct churn *c, enum churn_order order)
{
	size_t nr;
	_cleanup_free_ struct churn_process **v = churn_sort_processes(c, order, &nr);

	json_array(j, "by_process");
	for (size_t i = 0; v && i < nr; i++) {
		json_object(j, NULL);
		add_actor(j, &v[i]->actor);
		json_u64(j, "current", v[i]->current);
		json_double(j, "entered_per_s", v[i]->rate, 1);
		json_end(j);
	}
	json_end(j);
	return v ? 0 : -ENOMEM;
}

static int add_half(struct json *j, const struct churn *c, const struct out_opts *opts)
{
	size_t nr;
	_cleanup_free_ struct churn_half **v = churn_sort_half(c, &nr);

	json_array(j, "half_closed");
	for (size_t i = 0; v && i < nr; i++) {
		json_object(j, NULL);
		json_parts_netns(j, opts->netns_name, v[i]->key.netns);
		add_port(j, v[i]->key.port);
		json_str(j, "state", names_state(v[i]->key.state));
		json_u64(j, "current", v[i]->current);
		if (v[i]->key.comm[0])
			json_comm(j, "comm", v[i]->key.comm);
		if (v[i]->tgid && !v[i]->several)
			json_u64(j, "pid", v[i]->tgid);
		json_end(j);
	}
	json_end(j);
	return v ? 0 : -ENOMEM;
}

int churn_json(const struct churn *c, const struct churn_print_opts *how,
	       const struct out_opts *opts, FILE *out)
{
	_cleanup_(json_done) struct json j;
	struct when when;
	int err;

	json_init(&j, out);
	when_init(&when, opts->boot_to_real);
	json_object(&j, NULL);
	json_parts_time(&j, "time", &when, c->query.time_ns);
	json_double(&j, "interval_s", c->query.interval_ns / 1e9, 3);
	json_bool(&j, "exact", c->query.exact);
	add_total(&j, c);
	add_tracker(&j, c);
	add_netns(&j, c, opts);
	err = add_ports(&j, c, how->order, opts);
	if (!err)
		err = add_peers(&j, c, how->order, opts);
	if (!err)
		err = add_processes(&j, c, how->order);
	if (!err)
		err = add_half(&j, c, opts);
	json_array(&j, "warnings");
	for (size_t i = 0; i < c->nr_warnings; i++)
		json_str(&j, NULL, c->warnings[i]);
	json_end(&j);
	json_end(&j);
	json_line(&j);
	return err ? err : json_flush(&j);
}
