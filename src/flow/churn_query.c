// SPDX-License-Identifier: GPL-2.0-or-later
#include "flow/churn_query.h"

#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "sys/host.h"
#include "sys/netns.h"
#include "sys/nettcp.h"
#include "sys/proc.h"
#include "track/churn.h"
#include "track/hz.h"
#include "track/facts.h"
#include "track/tour.h"

#define TW_MS 60000 /* TCP_TIMEWAIT_LEN */

struct view {
	struct tracker *t;
	const struct filter *f;
	struct churn *c;
	uint64_t now_ns;
	unsigned int hz; /* of jiffies; 0: not known yet */
	/* The process of the last socket: runs of one process are the rule. */
	struct pw_actor last;
	bool last_known;
};

static bool is_wanted(const struct view *v, uint8_t family, const struct pw_addr *laddr,
		      uint16_t lport, const struct pw_addr *raddr, uint16_t rport, uint32_t netns,
		      const struct pw_actor *actor)
{
	struct pw_event ev = {
		.kind = PW_EV_TIMEWAIT,
		.proto = PW_TCP,
		.new_state = PW_TIME_WAIT,
		.family = family,
		.laddr = *laddr,
		.raddr = *raddr,
		.lport = lport,
		.rport = rport,
		.netns = netns,
		.actor = *actor,
	};

	return !v->c->query.filtered || filter_match_event(v->f, &ev);
}

static int on_count(void *arg, const struct pw_churn_key *key, const struct pw_churn *count)
{
	struct view *v = arg;

	return churn_add_count(v->c, key, count,
			       is_wanted(v, key->family, &key->laddr, key->lport, &key->raddr,
					 key->rport, key->netns, &count->actor));
}

/* Name a process that has a live socket and has left none: the tracker keeps names with TIME-WAIT.
 * It is the right process if it is still alive after its name was read. */
static bool name_living(struct pw_actor *a)
{
	struct pw_actor now;

	if (!proc_pidns_is_initial() || proc_actor(a->tgid, &now) ||
	    !proc_alive(a->tgid, a->start_ns))
		return false;
	memcpy(a->comm, now.comm, sizeof(a->comm));
	return true;
}

/* Note in `last` the process that left the socket, or has it, with its name. The tracker is asked
 * once for each process. */
static int know_process(struct view *v, const struct pw_churn_rec *rec)
{
	const struct churn_process *p;
	int err;

	if (v->last.tgid == rec->tgid && v->last.start_ns == rec->start_ns)
		return 0;
	v->last = (struct pw_actor){ .tgid = rec->tgid, .start_ns = rec->start_ns };
	if (!rec->tgid)
		return 0;
	p = churn_process_of(v->c, rec->tgid, rec->start_ns);
	if (p) {
		v->last = p->actor;
		return 0;
	}
	err = churn_process(v->t, rec, &v->last);
	if (err && err != -ENOENT)
		return err;
	if (err && !rec->timewait && name_living(&v->last))
		err = 0;
	return err ? 0 : churn_add_process(v->c, &v->last);
}

static void measure(struct view *v, struct churn_socket *s)
{
	const struct pw_churn_rec *rec = s->rec;

	if (!rec->jiffies)
		v->hz = 1000;
	if (!v->hz)
		v->hz = hz_detect(rec->jiffies, clock_monotonic_ns() / NSEC_PER_MSEC);
	if (v->hz)
		s->left_ms = rec->ends > 0 ? rec->ends * 1000ll / v->hz : 0;
	if (rec->since_ns && rec->since_ns <= v->now_ns)
		s->age_ms = (v->now_ns - rec->since_ns) / NSEC_PER_MSEC;
	else if (v->hz && rec->state == PW_TIME_WAIT)
		s->age_ms = TW_MS - rec->expires * 1000ll / v->hz;
}

static int on_socket(void *arg, const struct pw_churn_rec *rec)
{
	struct churn_socket s = { .rec = rec, .age_ms = -1, .left_ms = -1 };
	struct view *v = arg;
	int err;

	if (rec->timewait)
		measure(v, &s);
	err = know_process(v, rec);
	if (err)
		return err;
	return churn_add_socket(v->c, &s,
				is_wanted(v, rec->family, &rec->pair.laddr, rec->pair.lport,
					  &rec->pair.raddr, rec->pair.rport, rec->pair.netns,
					  &v->last));
}

static bool is_visited(const struct filter *f, uint32_t netns)
{
	if (f->netns_all || !f->nr_netns)
		return true;
	for (size_t i = 0; i < f->nr_netns; i++)
		if (f->netns[i] == netns)
			return true;
	return false;
}

static int visit(void *arg, uint32_t netns)
{
	struct churn_netns n = { .inode = netns };
	struct view *v = arg;
	struct nettcp limits;
	int err;

	if (!is_visited(v->f, netns))
		return 0;
	nettcp_read(&limits);
	n.max = limits.max_tw_buckets;
	n.overflowed = limits.overflowed;
	n.tw_reuse = limits.tw_reuse;
	n.reuse_delay_ms = limits.reuse_delay_ms;
	n.timestamps = limits.timestamps;
	/* Without these there is no forecast. */
	if (host_local_range(&n.first, &n.last) || host_reserved_ports(n.reserved))
		n.first = n.last = 0;
	err = churn_add_netns(v->c, &n);
	return err ? err : facts_churn(v->t, on_socket, v);
}

static bool hides_something(const struct filter *f)
{
	return (f->nr_netns && !f->netns_all) || !portspec_empty(&f->ports) || f->nr_pids ||
	       f->nr_comms || f->nr_uids || f->nr_peers || f->nr_cgroups || f->nr_units ||
	       f->nr_containers || f->states || f->protos || f->families || f->listening || f->not ;
}

static bool asks_for_remote_ports(const struct filter *f)
{
	for (size_t i = 0; i < f->nr_peers; i++)
		if (f->peers[i].port)
			return true;
	return false;
}

int churn_query(struct tracker *t, const struct filter *f, uint64_t interval_ns, struct churn *c)
{
	const uint8_t *variant = tracker_meta(t)->variant;
	struct churn_query query = {
		.time_ns = clock_boot_ns(),
		.interval_ns = interval_ns,
		.counted = tracker_kind(t) != TRACKER_SNAPSHOT,
		.filtered = hides_something(f),
		.lports = !portspec_empty(&f->ports),
		.rports = asks_for_remote_ports(f),
	};
	struct view v = { .t = t, .f = f, .c = c, .now_ns = query.time_ns };
	bool one = f->nr_netns == 1 && !f->netns_all;
	uint64_t stats[PW_STAT_MAX] = { 0 };
	int err = 0;

	/* A kprobe that is hit while another one runs on its CPU is skipped. */
	query.exact = query.counted && variant[PW_NEED_TW_ENTER] == PW_VAR_FENTRY &&
		      variant[PW_NEED_TW_LEAVE] == PW_VAR_FENTRY;
	if (c->query.time_ns && query.counted)
		query.interval_ns = query.time_ns - c->query.time_ns;
	else if (query.interval_ns > TW_MS * NSEC_PER_MSEC)
		query.interval_ns = TW_MS * NSEC_PER_MSEC; /* there are none older */
	if (query.counted)
		err = tracker_stats(t, query.stats);
	if (err)
		return err;
	churn_begin(c, &query);
	c->netns_name = netns_name;
	if (!c->self)
		netns_self(&c->self); /* 0: all are called by their names */
	err = churn_counts(t, on_count, &v);
	if (!err && query.counted)
		err = tracker_stats(t, stats);
	if (!err)
		churn_counted(c, stats[PW_STAT_TW_ENTERED]);
	if (!err)
		err = tour(t, one ? f->netns[0] : 0, visit, &v);
	return err ? err : churn_finish(c);
}
