// SPDX-License-Identifier: GPL-2.0-or-later
#include "track/gather.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "track/hz.h"
#include "track/internal.h"

struct question gather_question(const struct query *q)
{
	return (struct question){ .ports = q->ports, .proto = q->proto };
}

struct identity gather_identity(const struct pw_rec *rec)
{
	return (struct identity){ rec->sk, rec->sock.cookie, rec->inode };
}

void socket_set_bind(struct socket *s, const struct pw_rec *rec)
{
	static const uint32_t options =
		PW_F_REUSEADDR | PW_F_REUSEPORT | PW_F_V6ONLY | PW_F_EXPLICIT | PW_F_KERNEL;

	if (rec->bind.known || !s->bind.known)
		s->bind = rec->bind;
	if (rec->bind.known || rec->has_uid) {
		s->has_uid = true;
		s->uid = rec->bind.uid;
	}
	if (!rec->bind.known)
		return;
	s->s.flags = (s->s.flags & ~options) | (rec->sock.flags & options);
	s->s.ifindex = rec->sock.ifindex;
	s->s.backlog = rec->sock.backlog;
	s->lacks = 0;
}

void socket_set_queue(struct socket *s, const struct pw_rec *rec)
{
	s->qlen = rec->qlen;
	s->waiting = rec->waiting;
	s->drops = rec->drops;
	s->has_drops = rec->has_drops;
}

/* Name the process that left a TIME-WAIT socket, if we saw it. */
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

	return rec->timewait ? none : gather_identity(rec);
}

/* Another source tells of a socket again: one that knows its options may know more. */
static void know_better(struct socket *s, const struct pw_rec *rec)
{
	if (!rec->bind.known)
		return;
	if (rec->has_drops)
		socket_set_queue(s, rec);
	if (!s->s.cookie && rec->has_socket) {
		s->sk = rec->sk;
		s->s = rec->sock;
	}
	socket_set_bind(s, rec);
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
		know_better(&g->a->sockets[known], rec);
		return 0;
	}
	s = answer_add_socket(g->a);
	if (!s || sockmap_put(&g->by_id, &id, g->a->nr_sockets - 1))
		return -ENOMEM;
	s->sk = rec->sk;
	s->inode = rec->inode;
	s->s = rec->sock;
	s->lacks = rec->lacks;
	socket_set_bind(s, rec);
	socket_set_queue(s, rec);
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

int gather_refresh(void *arg, const struct pw_rec *rec)
{
	struct identity id = identity_of(rec);
	struct gather *g = arg;
	size_t known = sockmap_get(&g->by_id, &id);
	struct pw_sock *s;

	if (known == SIZE_MAX || rec->sock.proto != PW_UDP || rec->sock.state == PW_CLOSE)
		return 0;
	s = &g->a->sockets[known].s;
	s->state = rec->sock.state;
	s->family = rec->sock.family;
	s->laddr = rec->sock.laddr;
	s->raddr = rec->sock.raddr;
	s->rport = rec->sock.rport;
	return 0;
}

struct keeping {
	bool (*keep)(void *arg, const struct answer *a, const struct socket *s);
	void *arg;
	size_t *to; /* index before -> index after, or SIZE_MAX */
	size_t kept;
};

static bool note_index(void *arg, const struct answer *a, const struct socket *s)
{
	struct keeping *k = arg;
	bool is_kept = k->keep(k->arg, a, s);

	k->to[s - a->sockets] = is_kept ? k->kept++ : SIZE_MAX;
	return is_kept;
}

int gather_keep(struct gather *g,
		bool (*keep)(void *arg, const struct answer *a, const struct socket *s), void *arg)
{
	_cleanup_free_ size_t *to = calloc(g->a->nr_sockets + 1, sizeof(*to));
	struct keeping k = { .keep = keep, .arg = arg, .to = to };

	if (!to)
		return -ENOMEM;
	answer_keep(g->a, note_index, &k);
	sockmap_renumber(&g->by_id, to);
	return 0;
}
