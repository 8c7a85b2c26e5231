// SPDX-License-Identifier: GPL-2.0-or-later
#include "track/query_maps.h"

#include <bpf/bpf.h>
#include <errno.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "track/holds.h"
#include "track/internal.h"
#include "track/owners.h"
#include "track/tour.h"

/* With more ports than this a scan beats looking each up. */
#define MAX_LOOKUPS 64
#define MAX_TRIES 3

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

/* Add TIME-WAIT and connections in SYN_RECV, which only the kernel's table shows. */
static int gather_small_sockets(struct gather *g)
{
	struct dump d = { .g = g, .question = gather_question(g->q) };

	d.question.proto = PW_TCP;
	d.question.small = true;
	return tour(g->t, g->q->netns, dump_netns, &d);
}

static int gather_scan(struct gather *g)
{
	struct question q = gather_question(g->q);

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
		/* An entry that is left in a slot must not stand for an entry behind it. */
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

/* A later cgroup program may have refused the bind after our hook saw it succeed, so the entry can
 * be wrong. */
static bool still_holds_port(struct gather *g, const struct socket *s)
{
	return s->s.proto == PW_UDP || holds_port(g->t, s->sk, &s->s) != 0;
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
		still_holds_port(g, s));
}

/* An entry may be out of date, and without fentry and kprobes nothing tells of the end of the
 * kernel's own UDP sockets. The scan compares entries with the kernel's sockets, and mends
 * them. What it does not show counts for nothing here: with the map changing under it, it may pass
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
	q = gather_question(g->q);
	err = fact_get(g->t, FACT_ENTRIES, 0, &q, gather_refresh, g);
	return err ? err : gather_keep(g, is_still_there, g);
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
	/* A socket that came meanwhile may have taken a slot below another's, which was then not
	 * reached. */
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

int query_maps(struct gather *g)
{
	struct question question = gather_question(g->q);
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
		err = owners_resolve(g->t, &question, g->a, &g->by_id);
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
