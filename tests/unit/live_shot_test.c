// SPDX-License-Identifier: GPL-2.0-or-later
/* Tell what happened between two looks at all sockets. */
#include "unit.h"

#include "live/shot_diff.h"
#include "model/names.h"

struct look {
	struct shot before, after;
	struct strbuf said;
};

static struct pw_rec rec(struct pw_sock s, uint64_t cookie)
{
	struct pw_rec r = { .sock = s, .inode = cookie, .has_socket = s.state != PW_TIME_WAIT };

	r.sock.cookie = cookie;
	return r;
}

static void add(struct shot *s, struct pw_rec r)
{
	assert_int_equal(shot_add(s, &r), 0);
}

/* "listen 8000 42;": what, the local port, the process */
static int on_event(void *arg, const struct pw_event *ev)
{
	struct strbuf *said = arg;

	strbuf_addf(said, "%s %u", names_event(ev->kind), ev->lport);
	if (ev->kind == PW_EV_STATE)
		strbuf_addf(said, " %s>%s", names_state(ev->old_state), names_state(ev->new_state));
	if (ev->actor.tgid)
		strbuf_addf(said, " by %u", ev->actor.tgid);
	strbuf_adds(said, ";");
	assert_true(ev->flags & PW_EF_ESTIMATED);
	return 0;
}

static bool holder(void *arg, const struct shot_row *row, struct pw_actor *ret)
{
	(void)arg;
	if (row->inode >= 1000)
		return false;
	*ret = actor(row->inode, "server");
	return true;
}

static int setup(void **state)
{
	struct look *l = calloc(1, sizeof(*l));

	assert_non_null(l);
	shot_init(&l->before);
	shot_init(&l->after);
	*state = l;
	return 0;
}

static int teardown(void **state)
{
	struct look *l = *state;

	shot_done(&l->before);
	shot_done(&l->after);
	strbuf_done(&l->said);
	free(l);
	return 0;
}

static struct shot_diff diff_of(struct look *l)
{
	return (struct shot_diff){
		.before = &l->before,
		.after = &l->after,
		.time_ns = 5000,
		.holder = holder,
		.emit = on_event,
		.emit_arg = &l->said,
	};
}

static void assert_said(struct look *l, const char *what)
{
	struct shot_diff d = diff_of(l);

	strbuf_reset(&l->said);
	assert_int_equal(shot_diff(&d), 0);
	assert_string_equal(strbuf_str(&l->said), what);
}

static void test_listener(void **state)
{
	struct look *l = *state;
	struct pw_sock s = sock(PW_BOUND, "0.0.0.0", 8000, NULL, 0);

	add(&l->after, rec(s, 42));
	assert_said(l, "bind 8000 by 42;");
	add(&l->before, rec(s, 42));
	s.state = PW_LISTEN;
	shot_clear(&l->after);
	add(&l->after, rec(s, 42));
	assert_said(l, "listen 8000 by 42;");
	shot_clear(&l->before);
	shot_clear(&l->after);
	add(&l->after, rec(s, 42));
	assert_said(l, "bind 8000 by 42;listen 8000 by 42;");
	shot_clear(&l->after);
	add(&l->before, rec(s, 42));
	assert_said(l, "close 8000;state 8000 LISTEN>CLOSE;");
}

static void test_connection_by_side(void **state)
{
	struct look *l = *state;
	struct pw_rec listener = rec(sock(PW_LISTEN, "0.0.0.0", 8000, NULL, 0), 42);

	add(&l->before, listener);
	add(&l->after, listener);
	add(&l->after, rec(sock(PW_ESTABLISHED, "127.0.0.1", 8000, "127.0.0.1", 40000), 43));
	assert_said(l, "state 8000 SYN_RECV>ESTABLISHED by 43;accept 8000 by 43;");
	shot_clear(&l->after);
	add(&l->after, listener);
	add(&l->after, rec(sock(PW_ESTABLISHED, "127.0.0.1", 40000, "127.0.0.1", 8000), 44));
	assert_said(l, "connect 40000 by 44;state 40000 SYN_SENT>ESTABLISHED by 44;");
}

static void test_nobody_has_accepted_yet(void **state)
{
	struct look *l = *state;
	struct pw_rec r = rec(sock(PW_ESTABLISHED, "127.0.0.1", 8000, "127.0.0.1", 40000), 43);

	add(&l->after, rec(sock(PW_LISTEN, "0.0.0.0", 8000, NULL, 0), 1042));
	add(&l->before, rec(sock(PW_LISTEN, "0.0.0.0", 8000, NULL, 0), 1042));
	r.has_socket = 0;
	add(&l->after, r);
	assert_said(l, "state 8000 SYN_RECV>ESTABLISHED;");
	add(&l->before, r);
	r.has_socket = 1;
	shot_clear(&l->after);
	add(&l->after, rec(sock(PW_LISTEN, "0.0.0.0", 8000, NULL, 0), 1042));
	add(&l->after, r);
	assert_said(l, "accept 8000 by 43;");
}

static void test_timewait(void **state)
{
	struct look *l = *state;
	struct pw_sock s = sock(PW_ESTABLISHED, "127.0.0.1", 40000, "127.0.0.1", 8000);

	add(&l->before, rec(s, 43));
	s.state = PW_TIME_WAIT;
	add(&l->after, rec(s, 43));
	/* The socket was closed, and its state was no CLOSE. */
	assert_said(l, "close 40000;timewait 40000;");
	shot_clear(&l->before);
	shot_clear(&l->after);
	add(&l->before, rec(s, 43));
	assert_said(l, "timewait-end 40000;");
}

static void test_closed_by_its_process(void **state)
{
	struct look *l = *state;
	struct pw_rec r = rec(sock(PW_ESTABLISHED, "127.0.0.1", 40000, "127.0.0.1", 8000), 43);

	add(&l->before, r);
	r.sock.state = PW_FIN_WAIT1;
	r.has_socket = 0;
	r.inode = 0;
	add(&l->after, r);
	assert_said(l, "close 40000;state 40000 ESTABLISHED>FIN_WAIT1;");
}

static void test_another_with_its_address(void **state)
{
	struct look *l = *state;
	struct pw_sock s = sock(PW_LISTEN, "0.0.0.0", 8000, NULL, 0);

	add(&l->before, rec(s, 42));
	add(&l->after, rec(s, 50));
	assert_said(l, "close 8000;state 8000 LISTEN>CLOSE;bind 8000 by 50;listen 8000 by 50;");
	/* Without cookies the socket is taken for the old one. */
	shot_clear(&l->before);
	shot_clear(&l->after);
	add(&l->before, rec(s, 0));
	add(&l->after, rec(s, 0));
	assert_said(l, "");
}

static void test_udp(void **state)
{
	struct look *l = *state;
	struct pw_sock s = sock(PW_UNCONN, "0.0.0.0", 53, NULL, 0);

	s.proto = PW_UDP;
	add(&l->after, rec(s, 42));
	assert_said(l, "bind 53 by 42;");
	add(&l->before, rec(s, 42));
	s.state = PW_ESTABLISHED;
	shot_clear(&l->after);
	add(&l->after, rec(s, 42));
	assert_said(l, "connect 53 by 42;");
	shot_clear(&l->after);
	assert_said(l, "close 53;");
}

static void test_begin_asks_what_stays(void **state)
{
	struct look *l = *state;
	struct shot_diff d = diff_of(l);
	struct pw_rec server = rec(sock(PW_LISTEN, "0.0.0.0", 8000, NULL, 0), 42);
	struct pw_rec client = rec(sock(PW_ESTABLISHED, "127.0.0.1", 40000, "127.0.0.1", 8000), 43);

	add(&l->after, server);
	add(&l->after, client);
	shot_diff_begin(&d);
	d.before = &l->after;
	d.after = &l->before;
	assert_int_equal(shot_diff(&d), 0);
	assert_string_equal(strbuf_str(&l->said), "close 8000 by 42;state 8000 LISTEN>CLOSE by 42;"
						  "close 40000;state 40000 ESTABLISHED>CLOSE;");
}

static void test_find(void **state)
{
	struct look *l = *state;
	struct pw_sock s = sock(PW_LISTEN, "0.0.0.0", 8000, NULL, 0), other;

	add(&l->after, rec(s, 42));
	other = s;
	other.netns = 0; /* not known */
	assert_non_null(shot_find(&l->after, &other));
	other.lport = 8001;
	assert_null(shot_find(&l->after, &other));
	/* In two namespaces: which is meant, nobody can say. */
	other = s;
	other.netns++;
	add(&l->after, rec(other, 43));
	assert_null(shot_find(&l->after, &s));
}

#define T(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_listener), T(test_connection_by_side),	 T(test_nobody_has_accepted_yet),
		T(test_timewait), T(test_closed_by_its_process), T(test_another_with_its_address),
		T(test_udp),	  T(test_begin_asks_what_stays), T(test_find),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
