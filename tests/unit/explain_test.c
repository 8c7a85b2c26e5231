// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/explain.h"

#include "unit.h"

#define HOME 4026531840u

/* The sentence about a verdict with this reason; one buffer for all. */
static const char *sentence(enum why why, const struct evidence *e, const struct answer *a,
			    const struct verdict_facts *facts)
{
	static char text[512];
	struct verdict v = { .port = 8000, .proto = PW_TCP, .why = why };

	assert_int_equal(explain(&v, e, a, facts), 0);
	snprintf(text, sizeof(text), "%s", v.hint ? v.hint : "");
	verdict_done(&v);
	return text;
}

static const struct verdict_facts plain = { .netns = HOME, .unprivileged_start = 1024 };

/* A listener with as many holders as there are names. */
static void listener(struct answer *a, size_t nr, const char *const *comms)
{
	struct pw_sock s = sock(PW_LISTEN, "0.0.0.0", 8000, NULL, 0);

	add_socket(a, &s);
	for (size_t i = 0; i < nr; i++)
		add_holder(a, a->nr_sockets - 1, 10 + i, comms[i], 3);
}

static void test_held_by(void **state)
{
	static const char *const comms[] = { "a", "b", "c", "d", "e" };
	static const char *const expected[] = {
		"in use by an unknown process",
		"in use by a (pid 10)",
		"in use by a (pid 10), b (pid 11)",
		"in use by a (pid 10), b (pid 11), c (pid 12)",
		"in use by a (pid 10), b (pid 11), c (pid 12) and 1 more",
		"in use by a (pid 10), b (pid 11), c (pid 12) and 2 more",
	};

	(void)state;
	for (size_t nr = 0; nr < ARRAY_SIZE(expected); nr++) {
		_cleanup_(answer_done) struct answer a = {};
		const struct socket *all[1];

		listener(&a, nr, comms);
		all[0] = &a.sockets[0];
		assert_string_equal(
			sentence(WHY_HELD,
				 &(struct evidence){
					 .held = all[0], .all = all, .nr = 1, .nr_of_port = 1 },
				 &a, &plain),
			expected[nr]);
	}
}

/* Workers stand behind their leader, and count among those that are not named. */
static void test_workers(void **state)
{
	static const struct {
		const char *comms[7];
		size_t nr;
		const char *expected;
	} rows[] = {
		{ { "a", "a" }, 2, "in use by a (pid 10) +1" },
		{ { "a", "a", "b" }, 3, "in use by a (pid 10) +1, b (pid 12)" },
		{ { "a", "b", "a", "b", "b" }, 5, "in use by a (pid 10) +1, b (pid 11) +2" },
		{ { "a", "b", "c", "d", "d", "d", "c" },
		  7,
		  "in use by a (pid 10), b (pid 11), c (pid 12) +1 and 3 more" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_(answer_done) struct answer a = {};
		const struct socket *all[1];

		listener(&a, rows[i].nr, rows[i].comms);
		all[0] = &a.sockets[0];
		const struct evidence e = { .held = all[0], .all = all, .nr = 1, .nr_of_port = 1 };

		assert_string_equal(sentence(WHY_HELD, &e, &a, &plain), rows[i].expected);
	}
}

/* A process is named once, and those of connections not at all where somebody listens. */
static void test_named_once(void **state)
{
	_cleanup_(answer_done) struct answer a = {};
	static const char *const server[] = { "server" };
	struct pw_sock connection = sock(PW_ESTABLISHED, "10.0.0.1", 8000, "10.0.0.2", 40000);
	const struct socket *all[3];

	(void)state;
	listener(&a, 1, server);
	listener(&a, 1, server);
	add_socket(&a, &connection);
	add_holder(&a, 2, 99, "worker", 3);
	for (size_t i = 0; i < 3; i++)
		all[i] = &a.sockets[i];
	const struct evidence e = { .held = all[0], .all = all, .nr = 3, .nr_of_port = 3 };

	assert_string_equal(sentence(WHY_HELD, &e, &a, &plain), "in use by server (pid 10)");
	const struct evidence connected = { .held = all[2], .all = all, .nr = 3, .nr_of_port = 3 };

	assert_string_equal(sentence(WHY_HELD, &connected, &a, &plain),
			    "in use by worker (pid 99), only by a connection (ESTABLISHED)");
}

/* A holder in another network namespace is not in the way here. */
static void test_other_namespace(void **state)
{
	_cleanup_(answer_done) struct answer a = {};
	static const char *const here[] = { "here" }, *const there[] = { "here", "there" };
	const struct socket *all[2];

	(void)state;
	listener(&a, 1, here);
	listener(&a, 2, there);
	a.sockets[1].s.netns = HOME + 1;
	all[0] = &a.sockets[0], all[1] = &a.sockets[1];
	const struct evidence e = {
		.held = all[0], .elsewhere = all[1], .all = all, .nr = 2, .nr_of_port = 2
	};

	assert_string_equal(sentence(WHY_HELD, &e, &a, &plain), "in use by here (pid 10)");
	assert_string_equal(sentence(WHY_OTHER_NETNS, &e, &a, &plain),
			    "free here; in another network namespace it is in use by "
			    "here (pid 10), there (pid 11)");
}

static const char *name_of(uint32_t uid)
{
	return uid == 33 ? "www-data" : NULL;
}

/* Nobody is named who was not seen. */
static void test_unseen(void **state)
{
	_cleanup_(answer_done) struct answer a = {};
	struct verdict_facts facts = plain;
	const struct socket *all[1];

	(void)state;
	listener(&a, 0, NULL);
	all[0] = &a.sockets[0];
	const struct evidence e = { .held = all[0], .all = all, .nr = 1, .nr_of_port = 1 };

	a.sockets[0].has_uid = true, a.sockets[0].uid = 33;
	assert_string_equal(sentence(WHY_HELD, &e, &a, &facts), "in use by an unknown process");
	a.unknown = UNKNOWN_HOLDERS;
	assert_string_equal(sentence(WHY_HELD, &e, &a, &facts),
			    "in use by a process of user 33 that you may not inspect");
	facts.user_name = name_of;
	assert_string_equal(sentence(WHY_HELD, &e, &a, &facts),
			    "in use by a process of www-data that you may not inspect");
	facts.partial_view = true;
	assert_string_equal(sentence(WHY_HELD, &e, &a, &facts),
			    "in use by a process outside of this PID namespace");
}

static void test_privileged(void **state)
{
	struct verdict_facts facts = plain;
	const struct evidence e = {};
	const struct answer a = {};

	(void)state;
	assert_string_equal(sentence(WHY_PRIVILEGED, &e, &a, &facts),
			    "free, but ports below 1024 need CAP_NET_BIND_SERVICE");
	facts.by_sudo = true, facts.uid = 1000;
	assert_string_equal(sentence(WHY_PRIVILEGED, &e, &a, &facts),
			    "free, but ports below 1024 need CAP_NET_BIND_SERVICE: user 1000 "
			    "needs sudo to start the server as well");
}

/* No descriptor leads to the socket: what was found is said, and no process blamed for the rest. */
static void test_inflight(void **state)
{
	_cleanup_(answer_done) struct answer a = {};
	struct socket *s;

	(void)state;
	listener(&a, 0, NULL);
	s = &a.sockets[0];
	const struct evidence e = { .inflight = s };

	assert_non_null(strstr(sentence(WHY_INFLIGHT, &e, &a, &plain), "queue of a Unix socket"));
	s->s.creator = actor(50, "giver");
	s->creator_alive = true;
	assert_non_null(strstr(sentence(WHY_INFLIGHT, &e, &a, &plain),
			       "giver (pid 50) opened it and is still running; ending it may free "
			       "the port: kill 50"));
	/* Somebody else has used it since: the maker's end proves nothing. */
	s->s.user = actor(60, "user");
	assert_null(strstr(sentence(WHY_INFLIGHT, &e, &a, &plain), "kill"));
	s->kept_pid = 70, s->kept_call = "accept()";
	memcpy(s->kept_comm, "worker", 7);
	assert_non_null(
		strstr(sentence(WHY_INFLIGHT, &e, &a, &plain),
		       "a thread of worker (pid 70) is inside accept() on a descriptor that "
		       "was closed; ending it frees the port: kill 70"));
	s->kept_call = NULL;
	assert_string_equal(sentence(WHY_INFLIGHT, &e, &a, &plain),
			    "open without a descriptor: worker (pid 70) has it in an io_uring; "
			    "ending it frees the port: kill 70");
	s->kept_others = true;
	assert_string_equal(
		sentence(WHY_INFLIGHT, &e, &a, &plain),
		"open without a descriptor: worker (pid 70) and others have it in an io_uring");
}

static void test_nothing_to_say_of_a_free_port(void **state)
{
	const struct evidence e = {};
	const struct answer a = {};

	(void)state;
	assert_string_equal(sentence(WHY_FREE, &e, &a, &plain), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_held_by),
		cmocka_unit_test(test_workers),
		cmocka_unit_test(test_named_once),
		cmocka_unit_test(test_other_namespace),
		cmocka_unit_test(test_unseen),
		cmocka_unit_test(test_privileged),
		cmocka_unit_test(test_inflight),
		cmocka_unit_test(test_nothing_to_say_of_a_free_port),
	};

	return cmocka_run_group_tests_name("explain", tests, NULL, NULL);
}
