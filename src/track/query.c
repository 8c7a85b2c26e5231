// SPDX-License-Identifier: GPL-2.0-or-later
#include "track/query.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "tables/diag.h"
#include "track/byhand.h"
#include "track/gather.h"
#include "track/hz.h"
#include "track/internal.h"
#include "track/owners.h"
#include "track/recover.h"
#include "track/tour.h"

/* With more ports than this a scan beats looking each up. */
#define MAX_LOOKUPS 64
#define MAX_TRIES 3

/* Who left a TIME-WAIT socket, if we saw it. */
static void tw_owner(struct gather *g, struct socket *s)
{
	struct pw_tw_key key = {
		.laddr = s->s.laddr,
		.raddr = s->s.raddr,
		.netns = s->s.netns,
		.lport = s->s.lport,
		.rport = s->s.rport,
	};
	struct pw_tw tw;
	int fd;

	if (g->t->kind == TRACKER_SNAPSHOT)
		return;
	fd = tracker_map(g->t, MAP_TIMEWAIT);
	if (fd < 0 || bpf_map_lookup_elem(fd, &key, &tw))
		return;
	s->s.creator = tw.actor;
	s->s.since_ns = tw.since_ns;
	s->s.cookie = tw.cookie;
}

static void tw_expiry(struct socket *s, const struct pw_rec *rec)
{
	unsigned int hz = rec->hz ?: hz_detect(rec->jiffies, clock_monotonic_ns() / 1000000);

	s->reusable = s->s.flags & PW_F_REUSEADDR;
	if (!hz)
		return;
	s->has_expires = true;
	s->expires_ms = rec->expires > 0 ? rec->expires * 1000 / hz : 0;
}

static bool is_wanted(const struct query *q, const struct pw_sock *s)
{
	return !q->listening || s->state == PW_LISTEN || s->state == PW_BOUND ||
	       s->state == PW_UNCONN;
}

/* A TIME-WAIT socket has the cookie of the socket that it was, and no other identity. */
static struct identity identity_of(const struct pw_rec *rec)
{
	static const struct identity none;

	return rec->timewait ? none : owners_identity(rec);
}

int gather_socket(void *arg, const struct pw_rec *rec)
{
	struct identity id = identity_of(rec);
	struct gather *g = arg;
	struct socket *s;
	size_t known;

	if (!rec->sock.lport || rec->sock.state == PW_CLOSE ||
	    (g->q->no_small && (rec->timewait || rec->sock.state == PW_SYN_RECV)) ||
	    !is_wanted(g->q, &rec->sock))
		return 0;
	known = sockmap_get(&g->by_id, &id);
	if (known != SIZE_MAX) {
		if (rec->bind.known)
			socket_set_bind(&g->a->sockets[known], rec);
		return 0;
	}
	s = answer_add_socket(g->a);
	if (!s || sockmap_put(&g->by_id, &id, g->a->nr_sockets - 1))
		return -ENOMEM;
	s->sk = rec->sk;
	s->inode = rec->inode;
	s->s = rec->sock;
	socket_set_bind(s, rec);
	if (rec->timewait) {
		s->timewait = true;
		tw_expiry(s, rec);
		tw_owner(g, s);
	}
	if (!rec->has_socket) {
		s->s.flags |= PW_F_RELEASED; /* an orphan, or not accepted yet: no fd */
		s->resolved = RESOLVED_VERIFIED;
	}
	return 0;
}

struct question query_question(const struct query *q)
{
	return (struct question){ .ports = q->ports, .proto = q->proto };
}

struct dump {
	struct gather *g;
	struct question question;
};

static int dump_netns(void *arg, uint32_t netns)
{
	const struct dump *d = arg;

	(void)netns;
	return fact_get(d->g->t, FACT_SOCKETS, KNOWS_BIND, &d->question, gather_socket, d->g);
}

/* What only the kernel's table shows: TIME-WAIT and connections in SYN_RECV. */
static int gather_small_sockets(struct gather *g)
{
	struct dump d = { .g = g, .question = query_question(g->q) };

	d.question.proto = PW_TCP;
	d.question.small = true;
	return tour(g->t, g->q->netns, dump_netns, &d);
}

static int gather_scan(struct gather *g)
{
	struct question q = query_question(g->q);

	return fact_get(g->t, FACT_ENTRIES, KNOWS_BIND, &q, gather_socket, g);
}

static int gather_slots(struct gather *g, uint8_t proto, uint16_t port, uint32_t indexed)
{
	int slots = tracker_map(g->t, MAP_PORT_SLOTS), sockets = tracker_map(g->t, MAP_SOCKETS);
	struct pw_slot_key key = { .port = port, .proto = proto };
	struct pw_rec rec = { .kind = PW_REC_ENTRY, .has_socket = 1 };
	int err;

	if (slots < 0 || sockets < 0)
		return slots < 0 ? slots : sockets;
	for (key.slot = 0; indexed && key.slot < PW_MAX_SLOTS; key.slot++) {
		if (bpf_map_lookup_elem(slots, &key, &rec.sk) ||
		    bpf_map_lookup_elem(sockets, &rec.sk, &rec.sock))
			continue;
		/* What nobody took from its slot must not stand for one that is behind it. */
		if (!(rec.sock.flags & PW_F_INDEXED) || rec.sock.slot != key.slot)
			continue;
		indexed--;
		err = gather_socket(g, &rec);
		if (err)
			return err;
	}
	return 0;
}

/* No descriptor has shown that it is there: nobody has one (in flight), the kernel needs none,
 * or it is gone. */
static bool is_in_doubt(const struct socket *s)
{
	return s->sk && !(s->s.flags & PW_F_RELEASED) && !s->nr_holders;
}

/* Its hooks may not have told: another program has refused a bind() that had gone well until then.
 */
static bool holds_port(struct gather *g, const struct socket *s)
{
	struct pw_event ev = { .sk = s->sk, .lport = s->s.lport, .cookie = s->s.cookie };

	return s->s.proto == PW_UDP || query_holds_port(g->t, &ev) != 0;
}

/* UDP's ports the scan has mended. Of a TCP socket's an entry may never have heard (listen()
 * without bind()): what the scan showed of it stands as long as there is an entry. */
static bool is_still_there(void *arg, const struct answer *a, const struct socket *s)
{
	struct gather *g = arg;
	struct pw_sock entry;

	(void)a;
	return !is_in_doubt(s) ||
	       (!bpf_map_lookup_elem(tracker_map(g->t, MAP_SOCKETS), &s->sk, &entry) &&
		(!entry.cookie || !s->s.cookie || entry.cookie == s->s.cookie) &&
		(entry.lport == s->s.lport || (!entry.lport && entry.proto == PW_TCP)) &&
		holds_port(g, s));
}

/* An entry may be out of date, and without fentry and kprobes nothing tells of the end of the
 * kernel's own UDP sockets. The scan compares entries with the kernel's sockets, and mends
 * them. What it shows counts for nothing here: with the map changing under it, it may pass
 * an entry over. */
static int confirm(struct gather *g)
{
	struct question q;
	bool doubt = false;
	int err;

	for (size_t i = 0; i < g->a->nr_sockets; i++)
		doubt = doubt || is_in_doubt(&g->a->sockets[i]);
	if (!doubt)
		return 0;
	q = query_question(g->q);
	err = fact_get(g->t, FACT_ENTRIES, 0, &q, NULL, NULL);
	if (!err)
		answer_keep(g->a, is_still_there, g);
	return err;
}

struct plan {
	bool scan;
	bool scan_udp; /* one whose port the kernel chose has no slot, without a peer either */
	bool small;
};

int query_port(struct tracker *t, uint8_t proto, uint16_t port, struct pw_port *ret)
{
	uint32_t index = PW_PORT_INDEX(proto, port);
	int fd = tracker_map(t, MAP_PORTS);

	if (fd < 0)
		return fd;
	return bpf_map_lookup_elem(fd, &index, ret) ? -errno : 0;
}

static int gather_port(struct gather *g, uint8_t proto, uint16_t port, struct plan *p)
{
	struct pw_port rec, again;
	int err = query_port(g->t, proto, port, &rec), tries = 0;

	if (err)
		return err;
	if (rec.live)
		p->scan = true;
	if (rec.live && proto == PW_UDP && port)
		p->scan_udp = true;
	if (!port)
		return 0;
	if (rec.last_tw_ns && clock_boot_ns() - rec.last_tw_ns < PW_TW_GONE_NS)
		p->small = true;
	/* Who came meanwhile may have taken a slot below another's: then this one was not reached.
	 */
	again = rec;
	do {
		rec = again;
		if (rec.indexed)
			err = gather_slots(g, proto, port, rec.indexed);
		if (!err)
			err = query_port(g->t, proto, port, &again);
	} while (!err && again.indexed > rec.indexed && ++tries < MAX_TRIES);
	return err;
}

static unsigned int count_ports(const uint64_t *ports)
{
	unsigned int n = 0;

	for (size_t i = 0; i < 1024; i++)
		n += __builtin_popcountll(ports[i]);
	return n;
}

static int gather_lookups(struct gather *g, struct plan *p)
{
	static const uint8_t protos[] = { PW_TCP, PW_UDP };
	int err = 0;

	for (size_t k = 0; k < ARRAY_SIZE(protos); k++) {
		if (g->q->proto && g->q->proto != protos[k])
			continue;
		err = gather_port(g, protos[k], 0, p); /* ports the kernel has not told us yet */
		for (size_t i = 0; i < 1024 && !err; i++)
			for (uint64_t bits = g->q->ports[i]; bits && !err; bits &= bits - 1)
				err = gather_port(g, protos[k], i * 64 + __builtin_ctzll(bits), p);
		if (err)
			return err;
	}
	return 0;
}

static bool any_syn_recv(const struct answer *a)
{
	for (size_t i = 0; i < a->nr_sockets; i++)
		if (a->sockets[i].qlen)
			return true;
	return false;
}

static bool any_unseen(const struct answer *a)
{
	for (size_t i = 0; i < a->nr_sockets; i++)
		if (!a->sockets[i].bind.known)
			return true;
	return false;
}

/* Listeners beyond PW_MAX_SLOTS of a port are counted like connections. */
static bool any_without_slot(struct tracker *t)
{
	uint64_t stats[PW_STAT_MAX];

	return tracker_stats(t, stats) || stats[PW_STAT_INDEX_FULL];
}

static int gather_maps(struct gather *g)
{
	struct plan p = {};
	bool all = false;
	int err = 0;

	if (g->q->ports && count_ports(g->q->ports) <= MAX_LOOKUPS)
		err = gather_lookups(g, &p);
	else
		p.scan = p.small = all = true;
	if (g->q->listening) {
		p.small = false;
		p.scan = all || p.scan_udp || (p.scan && any_without_slot(g->t));
	}
	if (!err && p.scan)
		err = gather_scan(g);
	if (!err && g->q->holders)
		err = owners_resolve(g->t, g->q, g->a, &g->by_id);
	if (!err && g->q->holders)
		err = confirm(g);
	/* Sockets that nobody has an fd for were not looked at: whether they are in the way of a
	 * bind() depends on options that may have changed since we heard of them. */
	if (!err && g->q->holders && !g->q->listening && !p.scan && any_unseen(g->a))
		err = gather_scan(g);
	if (!err && !g->q->no_small && !g->q->listening && g->q->proto != PW_UDP &&
	    (p.small || any_syn_recv(g->a)))
		err = gather_small_sockets(g);
	return err;
}

/* Which ways were taken, for whoever wants to know how far to trust them. */
static void note_sources(const struct tracker *t, struct answer *a)
{
	static const enum fact told[] = { FACT_SOCKETS, FACT_HOLDERS, FACT_TASKS, FACT_ENTRIES };

	for (size_t i = 0; i < ARRAY_SIZE(told); i++)
		if (t->source[told[i]] && a->nr_sources < ANSWER_SOURCES)
			a->sources[a->nr_sources++] =
				(struct answer_source){ fact_name(told[i]),
							t->source[told[i]]->name };
}

int query_run(struct tracker *t, const struct query *q, struct answer *a)
{
	struct gather g = { .t = t, .q = q, .a = a };
	int err;

	a->time_ns = clock_boot_ns();
	a->from_tracker = t->kind != TRACKER_SNAPSHOT;
	recover(t);
	a->is_root = !geteuid();
	err = tracker_degraded(t, &a->degraded);
	if (err)
		return err;
	memset(t->source, 0, sizeof(t->source));
	if (!a->from_tracker || a->degraded)
		a->unknown |= UNKNOWN_CREATOR;
	err = !a->from_tracker || a->degraded ? gather_kernel(&g) : gather_maps(&g);
	sockmap_done(&g.by_id);
	note_sources(t, a);
	return err;
}

/* Where no program may be run by hand: is it in sock_diag's tables still? It leaves them a moment
 * before it gives the port back; the look that follows tells. */
static int holds_by_diag(const struct pw_event *ev)
{
	const struct pw_sock s = {
		.proto = ev->proto,
		.family = ev->family,
		.state = ev->new_state,
		.laddr = ev->laddr,
		.raddr = ev->raddr,
		.lport = ev->lport,
		.rport = ev->rport,
		.cookie = ev->cookie,
	};
	int r = ev->cookie ? diag_alive(ev->cookie, &s) : 0;

	return r == -ENOMEM ? r : r > 0;
}

int query_holds_port(struct tracker *t, const struct pw_event *ev)
{
	const uint64_t args[] = { ev->sk, ev->lport, ev->cookie };
	int r;

	if (!ev->sk || !ev->lport)
		return 0;
	r = byhand_run(t, PROG_HOLDS_PORT, args, ARRAY_SIZE(args));
	return r < 0 ? holds_by_diag(ev) : r != 0;
}
