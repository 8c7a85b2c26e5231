// SPDX-License-Identifier: GPL-2.0-or-later
#include "print/card_sockets.h"

#include <inttypes.h>

#include "base/cleanup.h"
#include "model/names.h"
#include "print/answer_entry.h"
#include "print/text_parts.h"

#define ADDRESSES_SHOWN 4

/* The sockets of an answer that a verdict is about. */
struct counted {
	const struct answer *a;
	const struct verdict *v;
	const struct out_opts *opts;
};

bool card_is_of(const struct verdict *v, const struct socket *s)
{
	return s->s.lport == v->port && s->s.proto == v->proto;
}

bool card_is_here(const struct verdict *v, const struct out_opts *opts, const struct socket *s)
{
	return v->why == WHY_OTHER_NETNS || !opts->netns || !s->s.netns ||
	       s->s.netns == opts->netns;
}

static bool is_of(const struct counted *c, const struct socket *s)
{
	return card_is_of(c->v, s);
}

static const char *what_it_does(uint8_t state)
{
	return state == PW_LISTEN ? "listening on " : state == PW_BOUND ? "bound on " : "open on ";
}

static bool twin_came_before(const struct counted *c, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (is_of(c, &c->a->sockets[k]) &&
		    answer_entry_twins(&c->a->sockets[k], &c->a->sockets[i]))
			return true;
	return false;
}

static const struct socket *twin_behind(const struct counted *c, size_t i)
{
	for (size_t k = i + 1; k < c->a->nr_sockets; k++)
		if (answer_entry_twins(&c->a->sockets[i], &c->a->sockets[k]))
			return &c->a->sockets[k];
	return NULL;
}

/* "listening on *:8000, 10.0.0.1:8000". Workers with a socket each have one address. */
static void add_addresses(struct strbuf *out, const struct counted *c, uint8_t state)
{
	_cleanup_(strbuf_done) struct strbuf last = {}, next = {};
	size_t nr = 0;

	for (size_t i = 0; i < c->a->nr_sockets; i++) {
		const struct socket *s = &c->a->sockets[i];

		if (!is_of(c, s) || s->s.state != state || twin_came_before(c, i))
			continue;
		strbuf_reset(&next);
		text_parts_served(&next, c->opts->names, s, twin_behind(c, i));
		if (last.len == next.len && !memcmp(last.s, next.s, next.len))
			continue;
		strbuf_reset(&last);
		strbuf_add(&last, next.s, next.len);
		if (nr++ >= ADDRESSES_SHOWN)
			continue;
		if (nr == 1)
			text_parts_semicolon(out);
		strbuf_adds(out, nr == 1 ? what_it_does(state) : ", ");
		strbuf_add(out, next.s, next.len);
		if (!card_is_here(c->v, c->opts, s)) {
			strbuf_adds(out, " in network namespace ");
			text_parts_netns(out, c->opts->netns_name, s->s.netns);
		}
	}
	if (nr > ADDRESSES_SHOWN)
		strbuf_addf(out, " and %zu more", nr - ADDRESSES_SHOWN);
	out->failed |= last.failed | next.failed;
}

static void add_timewait(struct strbuf *out, const struct counted *c)
{
	uint64_t last = 0;
	size_t nr = 0;

	for (size_t i = 0; i < c->a->nr_sockets; i++) {
		const struct socket *s = &c->a->sockets[i];

		if (!is_of(c, s) || s->s.state != PW_TIME_WAIT)
			continue;
		nr++;
		last = s->has_expires && s->expires_ms > last ? s->expires_ms : last;
	}
	if (!nr)
		return;
	text_parts_semicolon(out);
	strbuf_addf(out, "%zu in TIME-WAIT", nr);
	if (last)
		strbuf_addf(out, " (%s in %" PRIu64 " s)", nr == 1 ? "expires" : "last expires",
			    (last + 999) / 1000);
}

/* "12 ESTABLISHED; 1 CLOSE_WAIT". */
static void add_connections(struct strbuf *out, const struct counted *c)
{
	size_t counts[PW_STATE_MAX] = {};

	for (size_t i = 0; i < c->a->nr_sockets; i++) {
		const struct socket *s = &c->a->sockets[i];

		if (is_of(c, s) && !answer_entry_serves(s) && s->s.state != PW_TIME_WAIT &&
		    s->s.state < PW_STATE_MAX)
			counts[s->s.state]++;
	}
	for (size_t state = 0; state < PW_STATE_MAX; state++) {
		if (!counts[state])
			continue;
		text_parts_semicolon(out);
		strbuf_addf(out, "%zu %s", counts[state], names_state((uint8_t)state));
	}
}

void card_sockets_add(struct strbuf *out, const struct answer *a, const struct verdict *v,
		      const struct out_opts *opts)
{
	const struct counted c = { a, v, opts };

	add_addresses(out, &c, PW_LISTEN);
	add_addresses(out, &c, PW_UNCONN);
	add_addresses(out, &c, PW_BOUND);
	add_connections(out, &c);
	add_timewait(out, &c);
}
