// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/portuse.h"

#include "model/portspec.h"
#include "unit.h"

#define FIRST 40000
#define LAST 40009

static const uint64_t none[PORTSPEC_WORDS];

/* connect() to 10.0.0.5:5432 that found no port. */
static struct pw_event refused(void)
{
	struct pw_event ev = event(PW_EV_BIND_FAILED, "0.0.0.0", 0, "10.0.0.5", 5432);

	ev.call = PW_CALL_CONNECT;
	ev.error = EADDRNOTAVAIL;
	return ev;
}

static struct socket *add(struct answer *a, struct pw_sock s, uint32_t tgid, uint32_t flags)
{
	s.netns = refused().netns;
	s.flags |= flags;
	s.creator = actor(tgid, "worker");
	return add_socket(a, &s);
}

static struct portuse count(const struct answer *a, const struct pw_event *ev,
			    const uint64_t *reserved)
{
	struct portuse u = { .first = FIRST, .last = LAST };

	assert_int_equal(portuse_count(a, ev, reserved, &u), 0);
	return u;
}

static void test_applies(void **state)
{
	struct pw_event ev = refused();

	(void)state;
	assert_true(portuse_applies(&ev));
	ev.lport = 7777;
	assert_false(portuse_applies(&ev));
	/* bind() to an address that is not here. */
	ev.lport = 0;
	ev.call = PW_CALL_BIND;
	assert_false(portuse_applies(&ev));
	ev.error = EADDRINUSE;
	assert_true(portuse_applies(&ev));
	ev.kind = PW_EV_BIND;
	assert_false(portuse_applies(&ev));
}

/* connect() shares what connect() has chosen, unless it goes to one place. */
static void test_connect(void **state)
{
	_cleanup_(answer_done) struct answer a = {};
	struct pw_event ev = refused();
	struct portuse u;

	(void)state;
	answer_init(&a);
	add(&a, sock(PW_LISTEN, "0.0.0.0", FIRST, NULL, 0), 1, PW_F_EXPLICIT);
	add(&a, sock(PW_BOUND, "10.0.0.1", FIRST + 1, NULL, 0), 1, PW_F_EXPLICIT);
	add(&a, sock(PW_ESTABLISHED, "10.0.0.1", FIRST + 2, "10.0.0.5", 5432), 2, 0);
	add(&a, sock(PW_TIME_WAIT, "10.0.0.1", FIRST + 3, "10.0.0.5", 5432), 2, 0);
	add(&a, sock(PW_ESTABLISHED, "10.0.0.1", FIRST + 4, "10.0.0.6", 5432), 3, 0);
	add(&a, sock(PW_ESTABLISHED, "10.0.0.1", FIRST + 5, "10.0.0.5", 5433), 3, 0);
	/* Bound first, connected then: no connect() chooses this port. */
	add(&a, sock(PW_ESTABLISHED, "10.0.0.1", FIRST + 6, "10.0.0.6", 80), 3, PW_F_EXPLICIT);
	/* Of the listener's port, which counts once. */
	add(&a, sock(PW_ESTABLISHED, "10.0.0.1", FIRST, "10.0.0.5", 5432), 4, PW_F_ACCEPTED);
	add(&a, sock(PW_LISTEN, "0.0.0.0", LAST + 1, NULL, 0), 5, PW_F_EXPLICIT);
	u = count(&a, &ev, none);
	assert_int_equal(u.total, 10);
	assert_int_equal(u.used, 5);
	assert_int_equal(u.by[PORTUSE_LISTENING], 1);
	assert_int_equal(u.by[PORTUSE_BOUND], 1);
	assert_int_equal(u.by[PORTUSE_CONNECTED], 2);
	assert_int_equal(u.by[PORTUSE_TIMEWAIT], 1);
	assert_int_equal(u.nr_most, 3);
	assert_int_equal(u.most[0].ports, 2);
	assert_int_equal(u.most[2].actor.tgid, 3);
	assert_int_equal(u.most[2].ports, 1);
	assert_false(portuse_is_exhausted(&u));
}

static void test_devices(void **state)
{
	_cleanup_(answer_done) struct answer a = {};
	struct pw_event ev = refused();

	(void)state;
	answer_init(&a);
	add(&a, sock(PW_ESTABLISHED, "10.0.0.1", FIRST, "10.0.0.5", 5432), 2, 0)->s.ifindex = 3;
	add(&a, sock(PW_LISTEN, "0.0.0.0", FIRST + 1, NULL, 0), 2, PW_F_EXPLICIT)->s.ifindex = 3;
	assert_int_equal(count(&a, &ev, none).used, 2);
	ev.ifindex = 3;
	assert_int_equal(count(&a, &ev, none).used, 2);
	/* Another connection, but no other bucket. */
	ev.ifindex = 4;
	assert_int_equal(count(&a, &ev, none).used, 1);
}

static void test_bind(void **state)
{
	_cleanup_(answer_done) struct answer a = {};
	uint64_t reserved[PORTSPEC_WORDS] = {};
	struct pw_event ev = refused();
	struct portuse u;

	(void)state;
	ev.call = PW_CALL_BIND;
	ev.error = EADDRINUSE;
	ev.rport = 0;
	ev.raddr = (struct pw_addr){};
	answer_init(&a);
	for (uint16_t port = FIRST; port <= LAST; port++) {
		if (port < LAST - 1)
			add(&a, sock(PW_ESTABLISHED, "10.0.0.1", port, "10.0.0.9", 80), port, 0);
		else
			port_set(reserved, port);
	}
	u = count(&a, &ev, reserved);
	assert_int_equal(u.total, 8);
	assert_int_equal(u.used, 8);
	assert_int_equal(u.by[PORTUSE_CONNECTED], 8);
	assert_int_equal(u.nr_most, PORTUSE_MOST);
	assert_true(portuse_is_exhausted(&u));
	/* An address that has none of them. */
	ev.laddr = address("10.0.0.2", &ev.family);
	assert_int_equal(count(&a, &ev, reserved).used, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_applies),
		cmocka_unit_test(test_connect),
		cmocka_unit_test(test_devices),
		cmocka_unit_test(test_bind),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
