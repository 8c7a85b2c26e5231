// SPDX-License-Identifier: GPL-2.0-or-later
#include "live/shot_diff.h"

#include <string.h>

static void ask_holder(const struct shot_diff *d, struct shot_row *row)
{
	struct pw_actor holder;

	if (row->asked || !row->held || !d->holder)
		return;
	row->asked = true;
	if (d->holder(d->holder_arg, row, &holder))
		row->sock.creator = holder;
}

static int emit(const struct shot_diff *d, const struct shot_row *row, uint8_t kind, uint8_t old,
		uint8_t new)
{
	const struct pw_sock *s = &row->sock;
	struct pw_event ev = {
		.time_ns = d->time_ns,
		.netns = s->netns,
		.lport = s->lport,
		.rport = s->rport,
		.kind = kind,
		.family = s->family,
		.proto = s->proto,
		.old_state = old,
		.new_state = new,
		.flags = PW_EF_ESTIMATED | (s->since_ns ? 0 : PW_EF_SEEDED) |
			 (s->flags & PW_F_V6ONLY ? PW_EF_V6ONLY : 0),
		.actor = s->creator,
		.sk = row->inode,
		.cookie = s->cookie,
		.laddr = s->laddr,
		.raddr = s->raddr,
		.ifindex = s->ifindex,
		.backlog = kind == PW_EV_LISTEN ? s->backlog : 0,
	};

	if (kind == PW_EV_CLOSE && s->since_ns)
		ev.age_ns = d->time_ns - s->since_ns;
	return d->emit(d->emit_arg, &ev);
}

/* ---- ends ---- */

static int tell_close(const struct shot_diff *d, const struct shot_row *row)
{
	return emit(d, row, PW_EV_CLOSE, row->sock.state, row->sock.state);
}

static const struct shot_row *in(const struct shot *s, const struct shot_row *row, bool timewait)
{
	struct shot_key key = row->key;

	key.timewait = timewait;
	return hmap_get(&s->rows, &key);
}

static int tell_end(const struct shot_diff *d, const struct shot_row *row)
{
	int err;

	if (row->key.timewait)
		return emit(d, row, PW_EV_TIMEWAIT_END, PW_TIME_WAIT, PW_CLOSE);
	err = row->held ? tell_close(d, row) : 0;
	/* A connection that is in TIME-WAIT now is told as such. */
	if (err || row->sock.proto != PW_TCP || row->sock.state == PW_BOUND ||
	    in(d->after, row, true))
		return err;
	return emit(d, row, PW_EV_STATE, row->sock.state, PW_CLOSE);
}

/* ---- beginnings ---- */

/* From the state in which a connection begins to the one that was found. */
static int tell_states(const struct shot_diff *d, const struct shot_row *row, uint8_t first)
{
	if (row->sock.state == first)
		return 0;
	return emit(d, row, PW_EV_STATE, first, row->sock.state);
}

static int tell_accepted(const struct shot_diff *d, struct shot_row *row)
{
	int err = emit(d, row, PW_EV_STATE, PW_SYN_RECV, PW_ESTABLISHED);

	row->accepted = true;
	if (!err && row->held)
		err = emit(d, row, PW_EV_ACCEPT, 0, row->sock.state);
	return err ?: tell_states(d, row, PW_ESTABLISHED);
}

static int tell_connected(const struct shot_diff *d, struct shot_row *row)
{
	int err = emit(d, row, PW_EV_CONNECT, PW_CLOSE, PW_SYN_SENT);

	return err ?: tell_states(d, row, PW_SYN_SENT);
}

static int tell_udp(const struct shot_diff *d, const struct shot_row *row)
{
	int err = emit(d, row, PW_EV_BIND, PW_CLOSE, PW_UNCONN);

	if (err || row->sock.state == PW_UNCONN)
		return err;
	return emit(d, row, PW_EV_CONNECT, PW_UNCONN, row->sock.state);
}

static int tell_begin(const struct shot_diff *d, struct shot_row *row)
{
	const struct shot_row *was;
	int err;

	row->sock.since_ns = d->time_ns;
	if (row->key.timewait) {
		was = in(d->before, row, false);
		if (was)
			row->sock.creator = was->sock.creator;
		return emit(d, row, PW_EV_TIMEWAIT, was ? was->sock.state : 0, PW_TIME_WAIT);
	}
	ask_holder(d, row);
	if (row->sock.proto == PW_UDP)
		return tell_udp(d, row);
	if (row->sock.state == PW_LISTEN || row->sock.state == PW_BOUND) {
		err = emit(d, row, PW_EV_BIND, PW_CLOSE, PW_BOUND);
		if (err || row->sock.state == PW_BOUND)
			return err;
		return emit(d, row, PW_EV_LISTEN, PW_CLOSE, PW_LISTEN);
	}
	if (shot_is_listening(d->after, &row->sock) || shot_is_listening(d->before, &row->sock))
		return tell_accepted(d, row);
	return tell_connected(d, row);
}

/* ---- changes ---- */

static int tell_change(const struct shot_diff *d, struct shot_row *row, uint8_t old)
{
	uint8_t new = row->sock.state;

	if (old == new)
		return 0;
	if (row->sock.proto == PW_UDP)
		return new == PW_UNCONN ? 0 : emit(d, row, PW_EV_CONNECT, old, new);
	if (new == PW_LISTEN)
		return emit(d, row, PW_EV_LISTEN, PW_CLOSE, PW_LISTEN);
	if (old == PW_BOUND)
		return tell_connected(d, row);
	return emit(d, row, PW_EV_STATE, old, new == PW_BOUND ? PW_CLOSE : new);
}

static int tell_more(const struct shot_diff *d, struct shot_row *row, const struct shot_row *was)
{
	int err = 0;

	row->sock.since_ns = was->sock.since_ns;
	row->sock.creator = was->sock.creator;
	row->asked = was->asked;
	row->accepted = was->accepted;
	ask_holder(d, row);
	if (was->held && !row->held)
		err = tell_close(d, was);
	else if (!was->held && row->held)
		err = emit(d, row, PW_EV_ACCEPT, 0, row->sock.state);
	return err ?: tell_change(d, row, was->sock.state);
}

int shot_diff(const struct shot_diff *d)
{
	int err = 0;

	for (size_t i = 0; i < d->before->rows.nr && !err; i++) {
		const struct shot_row *row = hmap_row(&d->before->rows, i);

		if (!hmap_get(&d->after->rows, &row->key))
			err = tell_end(d, row);
	}
	for (size_t i = 0; i < d->after->rows.nr && !err; i++) {
		struct shot_row *row = hmap_row(&d->after->rows, i);
		const struct shot_row *was = hmap_get(&d->before->rows, &row->key);

		err = was ? tell_more(d, row, was) : tell_begin(d, row);
	}
	return err;
}

/* ---- holders ---- */

static bool stays(const struct shot_row *row)
{
	return row->sock.state == PW_LISTEN || row->sock.state == PW_BOUND ||
	       row->sock.state == PW_UNCONN;
}

int shot_diff_each_wanted(const struct shot_diff *d,
			  int (*fn)(void *arg, const struct shot_row *row), void *arg)
{
	int err = 0;

	for (size_t i = 0; i < d->after->rows.nr && !err; i++) {
		const struct shot_row *row = hmap_row(&d->after->rows, i);
		const struct shot_row *was = hmap_get(&d->before->rows, &row->key);

		if (row->held && (was ? !was->asked : d->before->rows.nr || stays(row)))
			err = fn(arg, row);
	}
	return err;
}

void shot_diff_begin(const struct shot_diff *d)
{
	for (size_t i = 0; i < d->after->rows.nr; i++) {
		struct shot_row *row = hmap_row(&d->after->rows, i);

		if (stays(row))
			ask_holder(d, row);
		row->asked = row->held;
	}
}
