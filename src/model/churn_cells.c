// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/churn_cells.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/addr.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "model/churn_half.h"
#include "model/churn_netns.h"
#include "model/portspec.h"

static uint64_t count_id(const struct pw_churn_key *key, uint64_t since_ns)
{
	struct {
		struct pw_churn_key key;
		uint64_t since_ns;
	} whole;

	memset(&whole, 0, sizeof(whole));
	whole.key = *key;
	whole.since_ns = since_ns;
	return hmap_hash(&whole, sizeof(whole));
}

/* Make the key of a cell: an address is written alike for IPv4 and IPv6 sockets, and a port that
 * the kernel chose is left out. */
static void key_of(struct pw_churn_key *key, const struct pw_churn_rec *r, enum pw_side side)
{
	uint8_t family = r->family;

	*key = (struct pw_churn_key){
		.laddr = r->pair.laddr,
		.raddr = r->pair.raddr,
		.start_ns = r->start_ns,
		.tgid = r->tgid,
		.netns = r->pair.netns,
		.lport = side == PW_SIDE_ACCEPTED ? r->pair.lport : 0,
		.rport = side == PW_SIDE_ACCEPTED ? 0 : r->pair.rport,
		.family = r->family,
	};
	addr_unmap(&key->family, &key->laddr);
	addr_unmap(&family, &key->raddr);
}

int churn_add_count(struct churn *c, const struct pw_churn_key *from, const struct pw_churn *now,
		    bool wanted)
{
	uint64_t id = count_id(from, now->since_ns);
	const struct churn_count *before = hmap_get(&c->counts_before, &id);
	struct churn_count *count = hmap_put(&c->counts, &id);
	struct churn_cell *cell;
	struct pw_churn_key key = *from;
	uint64_t grown = now->entered;
	uint8_t family = from->family;

	if (!count)
		return -ENOMEM;
	count->entered = now->entered;
	/* Without an earlier count, this key's counter was pushed out in between, or is new. */
	if (before)
		grown = now->entered - before->entered;
	if (c->again)
		c->counted += grown;
	if (!churn_is_counted(c) || !grown)
		return 0;
	addr_unmap(&key.family, &key.laddr);
	addr_unmap(&family, &key.raddr);
	cell = hmap_put(&c->cells, &key);
	if (!cell)
		return -ENOMEM;
	cell->entered_all += grown;
	cell->entered += wanted ? grown : 0;
	return now->actor.tgid ? churn_add_process(c, &now->actor) : 0;
}

/*
 * Compute how many were counted for nobody: the total less the sum of the counters. The total is
 * read before the counters, so the difference is never too great. If it is too small, the next
 * look makes up for it.
 */
void churn_counted(struct churn *c, uint64_t entered)
{
	uint64_t all = c->query.stats[PW_STAT_TW_ENTERED] - c->base, dropped;

	if (!c->again) {
		c->base = entered;
		return;
	}
	dropped = all > c->counted && all < 1ull << 63 ? all - c->counted : 0;
	if (dropped > c->dropped) {
		c->total.unattributed = dropped - c->dropped;
		c->dropped = dropped;
	}
}

static void add_timewait(struct churn *c, struct churn_cell *cell, const struct churn_socket *s,
			 enum pw_side side, bool wanted)
{
	bool began = s->age_ms >= 0 && (uint64_t)s->age_ms < c->query.interval_ns / NSEC_PER_MSEC;
	bool chosen = side == PW_SIDE_CONNECTED ? c->query.lports : c->query.rports;

	cell->entered_all += began && !churn_is_counted(c);
	cell->all++;
	if (!wanted)
		return;
	cell->entered += began && (!churn_is_counted(c) || chosen);
	cell->current++;
	c->total.current++;
	c->total.fin_wait2 += s->rec->state == PW_FIN_WAIT2;
}

static size_t bucket_of(const struct churn_socket *s)
{
	int64_t bucket = s->left_ms / FORECAST_BUCKET_MS;

	return s->left_ms < 0 || bucket >= FORECAST_BUCKETS ? FORECAST_BUCKETS - 1 : (size_t)bucket;
}

/* Count a socket that takes one of the ports that connect() chooses from, whatever the filter. */
static void add_taken(struct churn_cell *cell, const struct churn_netns *n,
		      const struct churn_socket *s)
{
	if (!s->rec->timewait) {
		cell->live++;
		return;
	}
	cell->timewait++;
	/* tcp_twsk_unique() leaves FIN_WAIT2 alone since 6.12 (0d9e5df4a257), and for ever what has
	 * no timestamp of its peer. */
	if (s->rec->state == PW_FIN_WAIT2 || s->rec->stamps == PW_STAMPS_NONE)
		cell->held++;
	else
		cell->young += s->age_ms >= 0 && s->age_ms < n->reuse_delay_ms;
	cell->ends[bucket_of(s)]++;
}

/* Count a port that bind() has taken, once: several sockets may share it. */
static void add_bound(struct churn_netns *n, const struct churn_socket *s)
{
	uint16_t port = s->rec->pair.lport;

	if (port_bit(n->bound, port) || port_bit(n->listening, port))
		return;
	port_set(n->bound, port);
	if (!s->rec->timewait) {
		n->taken.live++;
		return;
	}
	n->taken.timewait++;
	n->taken.held++;
	n->taken.ends[bucket_of(s)]++;
}

static int add_socket(struct churn *c, struct churn_netns *n, const struct churn_socket *s,
		      enum pw_side side, bool wanted)
{
	bool in_range = churn_in_range(n, s->rec->pair.lport);
	struct pw_churn_key key;
	struct churn_cell *cell;

	if (in_range && s->rec->own_port)
		add_bound(n, s);
	if (wanted && churn_note_half(c, s->rec, side))
		return -ENOMEM;
	if (!s->rec->timewait && side == PW_SIDE_ACCEPTED)
		return 0; /* shares its listener's port */
	key_of(&key, s->rec, side);
	cell = hmap_put(&c->cells, &key);
	if (!cell)
		return -ENOMEM;
	cell->wanted |= wanted;
	if (s->rec->timewait)
		add_timewait(c, cell, s, side, wanted);
	if (side != PW_SIDE_CONNECTED || !in_range)
		return 0;
	if (s->rec->own_port)
		cell->bound++;
	else
		add_taken(cell, n, s);
	return 0;
}

static int add_unsure(struct churn *c, const struct churn_socket *s, bool wanted)
{
	if (c->nr_unsure == c->cap_unsure) {
		size_t cap = c->cap_unsure ? c->cap_unsure * 2 : 64;
		struct churn_unsure *v = reallocarray(c->unsure, cap, sizeof(*v));

		if (!v)
			return -ENOMEM;
		c->unsure = v;
		c->cap_unsure = cap;
	}
	c->unsure[c->nr_unsure++] = (struct churn_unsure){
		.rec = *s->rec,
		.age_ms = s->age_ms,
		.left_ms = s->left_ms,
		.wanted = wanted,
	};
	return 0;
}

int churn_add_socket(struct churn *c, const struct churn_socket *s, bool wanted)
{
	const struct pw_churn_rec *r = s->rec;
	struct churn_netns *n = churn_netns_of(c, r->pair.netns);
	enum pw_side side = r->side;

	/* A namespace that only an earlier look knew is forgotten in churn_finish(). */
	if (!n || !n->again)
		return 0;
	if (r->state == PW_LISTEN && !r->timewait) {
		churn_note_listener(n, r->pair.lport);
		return 0;
	}
	n->current += r->timewait;
	n->wanted += r->timewait && wanted;
	if (side == PW_SIDE_UNKNOWN && port_bit(n->listening, r->pair.lport))
		side = PW_SIDE_ACCEPTED;
	return side == PW_SIDE_UNKNOWN ? add_unsure(c, s, wanted) :
					 add_socket(c, n, s, side, wanted);
}

/* A server's port is met again and again, the ports of its clients are all different. If neither
 * port is met again, the port that the kernel could have chosen is the client's. */
int churn_settle(struct churn *c)
{
	_cleanup_free_ uint32_t *local = NULL, *remote = NULL;
	int err = 0;

	if (!c->nr_unsure)
		return 0;
	local = calloc(65536, sizeof(*local));
	remote = calloc(65536, sizeof(*remote));
	if (!local || !remote)
		return -ENOMEM;
	for (size_t i = 0; i < c->nr_unsure; i++) {
		local[c->unsure[i].rec.pair.lport]++;
		remote[c->unsure[i].rec.pair.rport]++;
	}
	for (size_t i = 0; i < c->nr_unsure && !err; i++) {
		const struct churn_unsure *u = &c->unsure[i];
		struct churn_netns *n = churn_netns_of(c, u->rec.pair.netns);
		uint32_t mine = local[u->rec.pair.lport], others = remote[u->rec.pair.rport];
		bool accepted = mine != others ? mine > others :
						 !churn_in_range(n, u->rec.pair.lport) &&
							 churn_in_range(n, u->rec.pair.rport);

		err = add_socket(c, n, &(struct churn_socket){ &u->rec, u->age_ms, u->left_ms },
				 accepted ? PW_SIDE_ACCEPTED : PW_SIDE_CONNECTED, u->wanted);
	}
	c->nr_unsure = 0;
	return err;
}
