// SPDX-License-Identifier: GPL-2.0-or-later
#include "live/shot.h"

#include <errno.h>
#include <string.h>

struct place {
	struct shot_key key;
	uint64_t row; /* AMBIGUOUS: of several, in different network namespaces */
};

#define AMBIGUOUS UINT64_MAX

struct listening {
	uint64_t port; /* and network namespace */
};

void shot_init(struct shot *s)
{
	*s = (struct shot){
		.rows = HMAP(struct shot_row, key),
		.places = HMAP(struct place, key),
		.listening = HMAP(struct listening, port),
	};
}

void shot_done(struct shot *s)
{
	hmap_done(&s->rows);
	hmap_done(&s->places);
	hmap_done(&s->listening);
}

void shot_clear(struct shot *s)
{
	hmap_clear(&s->rows);
	hmap_clear(&s->places);
	hmap_clear(&s->listening);
}

static struct shot_key place_key(const struct pw_sock *sock)
{
	struct shot_key key;

	memset(&key, 0, sizeof(key));
	key.laddr = sock->laddr;
	key.raddr = sock->raddr;
	key.lport = sock->lport;
	key.rport = sock->rport;
	key.family = sock->family;
	key.proto = sock->proto;
	key.timewait = sock->state == PW_TIME_WAIT;
	return key;
}

static struct shot_key row_key(const struct pw_sock *sock)
{
	struct shot_key key = place_key(sock);

	key.netns = sock->netns;
	if (!sock->cookie)
		return key;
	memset(&key, 0, sizeof(key));
	key.cookie = sock->cookie;
	key.timewait = sock->state == PW_TIME_WAIT;
	return key;
}

static uint64_t listening_key(const struct pw_sock *sock)
{
	return (uint64_t)sock->netns << 16 | sock->lport;
}

/* A peer without a connection is a leftover. */
static bool has_peer(const struct pw_sock *sock)
{
	return sock->state != PW_LISTEN && sock->state != PW_BOUND && sock->state != PW_UNCONN;
}

static int add_place(struct shot *s, const struct shot_row *row)
{
	struct shot_key key = place_key(&row->sock);
	uint64_t number = (size_t)((const char *)row - s->rows.rows) / s->rows.row_size;
	size_t nr = s->places.nr;
	struct place *place = hmap_put(&s->places, &key);

	if (!place)
		return -ENOMEM;
	place->row = s->places.nr > nr || place->row == number ? number : AMBIGUOUS;
	return 0;
}

int shot_add(struct shot *s, const struct pw_rec *rec)
{
	struct pw_sock sock = rec->sock;
	struct shot_row *row;
	struct shot_key key;

	if (!sock.lport || sock.state == PW_SYN_RECV || sock.state == PW_NEW_SYN_RECV)
		return 0;
	if (!has_peer(&sock)) {
		sock.rport = 0;
		memset(&sock.raddr, 0, sizeof(sock.raddr));
	}
	key = row_key(&sock);
	row = hmap_put(&s->rows, &key);
	if (!row)
		return -ENOMEM;
	row->sock = sock;
	row->inode = rec->inode;
	row->held = rec->has_socket;
	if (add_place(s, row))
		return -ENOMEM;
	if (sock.state == PW_LISTEN &&
	    !hmap_put(&s->listening, &(uint64_t){ listening_key(&sock) }))
		return -ENOMEM;
	return 0;
}

const struct shot_row *shot_find(const struct shot *s, const struct pw_sock *sock)
{
	struct shot_key key = place_key(sock);
	const struct place *place = hmap_get(&s->places, &key);

	return place && place->row != AMBIGUOUS ? hmap_row(&s->rows, place->row) : NULL;
}

bool shot_is_listening(const struct shot *s, const struct pw_sock *sock)
{
	return sock->proto == PW_TCP && hmap_get(&s->listening, &(uint64_t){ listening_key(sock) });
}
