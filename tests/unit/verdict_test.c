// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/verdict.h"

#include "unit.h"

#define HOME 4026531840u

static const struct verdict_facts normal = {
	.netns = HOME,
	.unprivileged_start = 1024,
};

static void judge(struct answer *a, const char *ports, const struct verdict_facts *facts)
{
	_cleanup_(strbuf_done) struct strbuf why = {};
	_cleanup_(portspec_done) struct portspec asked = {};

	assert_int_equal(portspec_parse(&asked, ports, NULL, NULL, &why), 0);
	assert_int_equal(verdict_fill(a, &asked, facts), 0);
}

struct given {
	uint8_t state;
	const char *laddr, *raddr;
	uint32_t flags;
	uint32_t holder; /* pid, 0: none */
	uint32_t netns;	 /* 0: home */
	uint64_t expires_ms;
	bool reusable;
	enum resolved resolved;
};

static void test_reasons(void **state)
{
	static const struct {
		struct given sockets[3];
		enum why why;
		bool bindable;
		const char *hint;
	} rows[] = {
		{ {}, WHY_FREE, true, NULL },
		{ { { PW_LISTEN, "0.0.0.0", .holder = 20 } },
		  WHY_HELD,
		  false,
		  "in use by tracd (pid 20)" },
		/* The listener speaks for the port, its connections do not. */
		{ { { PW_ESTABLISHED, "10.0.0.1", "10.0.0.2", .holder = 21 },
		    { PW_LISTEN, "::", .holder = 20 },
		    { PW_TIME_WAIT, "10.0.0.1", "10.0.0.3", .expires_ms = 5000,
		      .reusable = true } },
		  WHY_HELD,
		  false,
		  "in use by tracd (pid 20)" },
		{ { { PW_ESTABLISHED, "10.0.0.1", "10.0.0.2", .holder = 21 } },
		  WHY_HELD,
		  false,
		  "in use by tracd (pid 21), only by a connection (ESTABLISHED)" },
		{ { { PW_BOUND, "0.0.0.0", .holder = 20 } },
		  WHY_BOUND,
		  false,
		  "bound, but not listening, by tracd (pid 20)" },
		{ { { PW_BOUND, "0.0.0.0", .holder = 20 }, { PW_LISTEN, "::1", .holder = 30 } },
		  WHY_HELD,
		  false,
		  "in use by tracd (pid 30)" },
		{ { { PW_LISTEN, "0.0.0.0", .flags = PW_F_KERNEL } },
		  WHY_KERNEL,
		  false,
		  "in use by the kernel itself (such as NFS or a tunnel), not by a process" },
		{ { { PW_LISTEN, "0.0.0.0", .flags = 0 } },
		  WHY_INFLIGHT,
		  false,
		  "open, but no visible process holds it; it may be in the queue "
		  "of a Unix socket, in an io_uring or in a system call" },
		{ { { PW_BOUND, "0.0.0.0", .resolved = RESOLVED_WALK } },
		  WHY_INFLIGHT,
		  false,
		  "open, but no visible process holds it; it may be in the queue "
		  "of a Unix socket, in an io_uring or in a system call" },
		/* Candidates that were not proven to be all: no such claim. */
		{ { { PW_LISTEN, "0.0.0.0", .resolved = RESOLVED_PROC } },
		  WHY_HELD,
		  false,
		  "in use by an unknown process" },
		{ { { PW_FIN_WAIT1, "10.0.0.1", "10.0.0.2", .flags = 0 } },
		  WHY_ORPHAN,
		  false,
		  "a connection is still closing (FIN_WAIT1), and no process holds the port any more" },
		{ { { PW_LAST_ACK, "10.0.0.1", "10.0.0.2", .flags = PW_F_RELEASED,
		      .resolved = RESOLVED_PROC } },
		  WHY_ORPHAN,
		  false,
		  "a connection is still closing (LAST_ACK), and no process holds the port any more" },
		{ { { PW_FIN_WAIT1, "10.0.0.1", "10.0.0.2", .resolved = RESOLVED_PROC } },
		  WHY_HELD,
		  false,
		  "in use by an unknown process, only by a connection (FIN_WAIT1)" },
		{ { { PW_CLOSE_WAIT, "10.0.0.1", "10.0.0.2", .holder = 20 } },
		  WHY_HELD,
		  false,
		  "in use by tracd (pid 20), only by a connection (CLOSE_WAIT)" },
		{ { { PW_TIME_WAIT, "10.0.0.1", "10.0.0.2", .expires_ms = 41200,
		      .reusable = true } },
		  WHY_TIMEWAIT,
		  false,
		  "1 closed connection is in TIME-WAIT, and no process holds the port; a server that sets "
		  "SO_REUSEADDR can bind it now" },
		{ { { PW_TIME_WAIT, "10.0.0.1", "10.0.0.2", .expires_ms = 41200, .reusable = true },
		    { PW_TIME_WAIT, "10.0.0.1", "10.0.0.3", .expires_ms = 100 } },
		  WHY_TIMEWAIT,
		  false,
		  "2 closed connections are in TIME-WAIT, and no process holds the port; SO_REUSEADDR won't "
		  "help: the closed socket did not set it" },
		{ { { PW_LISTEN, "0.0.0.0", .holder = 20, .netns = 99 } },
		  WHY_OTHER_NETNS,
		  true,
		  "free here; in another network namespace it is in use by tracd (pid 20)" },
		{ { { PW_ESTABLISHED, "10.0.0.1", "10.0.0.2", .holder = 21, .netns = 99 },
		    { PW_LISTEN, "0.0.0.0", .holder = 20, .netns = 99 },
		    { PW_TIME_WAIT, "10.0.0.1", "10.0.0.3", .netns = 99 } },
		  WHY_OTHER_NETNS,
		  true,
		  "free here; in another network namespace it is in use by tracd (pid 20)" },
		{ { { PW_TIME_WAIT, "10.0.0.1", "10.0.0.2", .netns = 99 },
		    { PW_FIN_WAIT2, "10.0.0.1", "10.0.0.3", .netns = 99 } },
		  WHY_FREE,
		  true,
		  NULL },
		{ { { PW_LISTEN, "0.0.0.0", .holder = 20, .netns = 99 },
		    { PW_BOUND, "::", .holder = 21 } },
		  WHY_BOUND,
		  false,
		  "bound, but not listening, by tracd (pid 21)" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_(answer_done) struct answer a = {};

		for (size_t k = 0; k < 3 && rows[i].sockets[k].laddr; k++) {
			const struct given *g = &rows[i].sockets[k];
			struct pw_sock s = sock(g->state, g->laddr, 8000, g->raddr, 9);
			struct socket *new;

			s.flags = g->flags | (g->reusable ? PW_F_REUSEADDR : 0);
			if (g->netns)
				s.netns = g->netns;
			new = add_socket(&a, &s);
			new->has_expires = g->expires_ms != 0;
			new->expires_ms = g->expires_ms;
			if (g->resolved)
				new->resolved = g->resolved;
			if (g->holder)
				add_holder(&a, k, g->holder, "tracd", 3);
		}
		judge(&a, "8000/tcp", &normal);
		assert_row(i, a.nr_verdicts == 1);
		if (a.verdicts[0].why != rows[i].why)
			fail_msg("row %zu: why %d", i, a.verdicts[0].why);
		assert_row(i, a.verdicts[0].bindable == rows[i].bindable);
		if (rows[i].hint)
			assert_string_equal(a.verdicts[0].hint, rows[i].hint);
		else
			assert_null(a.verdicts[0].hint);
		assert_row(i, a.verdicts[0].has_frees_in == (rows[i].why == WHY_TIMEWAIT));
		if (rows[i].why == WHY_TIMEWAIT)
			assert_int_equal(a.verdicts[0].frees_in_ms, 41200);
		assert_row(i, verdict_is_busy(&a.verdicts[0]) == (rows[i].why != WHY_FREE));
	}
}

static void test_nothing_in_the_way(void **state)
{
	uint64_t reserved[PORTSPEC_WORDS] = {};
	struct verdict_facts facts = normal;
	_cleanup_(answer_done) struct answer a = {};

	(void)state;
	port_set(reserved, 9000);
	port_set(reserved, 80);
	facts.reserved = reserved;
	judge(&a, "80/tcp,1023/tcp,1024/tcp,9000/tcp,9001/tcp", &facts);
	assert_int_equal(a.nr_verdicts, 5);
	assert_int_equal(a.verdicts[0].why, WHY_PRIVILEGED);
	assert_false(a.verdicts[0].bindable);
	assert_string_equal(a.verdicts[0].hint,
			    "free, but ports below 1024 need CAP_NET_BIND_SERVICE");
	assert_int_equal(a.verdicts[1].why, WHY_PRIVILEGED);
	assert_int_equal(a.verdicts[2].why, WHY_FREE);
	assert_int_equal(a.verdicts[3].why, WHY_RESERVED);
	assert_true(a.verdicts[3].bindable);
	assert_int_equal(a.verdicts[4].why, WHY_FREE);
	for (size_t i = 0; i < 5; i++)
		assert_false(verdict_is_busy(&a.verdicts[i]));

	answer_done(&a);
	facts.may_bind_low = true;
	judge(&a, "80/tcp", &facts);
	assert_int_equal(a.verdicts[0].why, WHY_RESERVED);
	answer_done(&a);
	facts.may_bind_low = false;
	facts.unprivileged_start = 80;
	facts.reserved = NULL;
	judge(&a, "80/tcp", &facts);
	assert_int_equal(a.verdicts[0].why, WHY_FREE);
}

/* Only sockets of the family, address and protocol asked for are in the way. */
static void test_scope(void **state)
{
	static const struct {
		const char *laddr, *asked;
		uint32_t flags;
		uint8_t family;
		bool busy;
	} rows[] = {
		{ "0.0.0.0", "80/tcp", 0, 0, true },
		{ "0.0.0.0", "80/udp", 0, 0, false },
		{ "0.0.0.0", "81/tcp", 0, 0, false },
		{ "127.0.0.1", "80/tcp", 0, 0, true },
		{ "127.0.0.1", "80/tcp", 0, PW_INET, true },
		/* The kernel gives a socket bound to an IPv6 address the flag; a connection
		 * that a dual-stack listener accepted has it not. */
		{ "::1", "80/tcp", PW_F_V6ONLY, PW_INET, false },
		{ "::1", "80/tcp", 0, PW_INET, true },
		{ "::", "80/tcp", 0, PW_INET, true },
		{ "::", "80/tcp", PW_F_V6ONLY, PW_INET, false },
		{ "::", "80/tcp", PW_F_V6ONLY, PW_INET6, true },
		{ "::", "80/tcp", PW_F_V6ONLY, 0, true },
		{ "127.0.0.1", "127.0.0.1:80/tcp", 0, 0, true },
		{ "127.0.0.1", "127.0.0.2:80/tcp", 0, 0, false },
		{ "0.0.0.0", "127.0.0.2:80/tcp", 0, 0, true },
		{ "::", "127.0.0.2:80/tcp", 0, 0, true },
		{ "::", "127.0.0.2:80/tcp", PW_F_V6ONLY, 0, false },
	};
	struct verdict_facts facts = normal;

	(void)state;
	facts.may_bind_low = true;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_(answer_done) struct answer a = {};
		struct pw_sock s = sock(PW_LISTEN, rows[i].laddr, 80, NULL, 0);

		s.flags = rows[i].flags;
		add_socket(&a, &s);
		add_holder(&a, 0, 20, "nginx", 3);
		facts.family = rows[i].family;
		judge(&a, rows[i].asked, &facts);
		assert_row(i, a.nr_verdicts == 1);
		assert_row(i, verdict_is_busy(&a.verdicts[0]) == rows[i].busy);
		assert_row(i, a.verdicts[0].bindable == !rows[i].busy);
	}
	/* A namespace nobody could tell: everything counts. */
	{
		_cleanup_(answer_done) struct answer a = {};
		struct pw_sock s = sock(PW_LISTEN, "::", 80, NULL, 0);

		facts = (struct verdict_facts){};
		s.netns = 99;
		add_socket(&a, &s);
		add_holder(&a, 0, 20, "nginx", 3);
		judge(&a, "80/tcp", &facts);
		assert_int_equal(a.verdicts[0].why, WHY_HELD);
	}
}

static void test_which_ports(void **state)
{
	_cleanup_(answer_done) struct answer a = {};
	struct pw_sock s = sock(PW_LISTEN, "0.0.0.0", 3005, NULL, 0);

	(void)state;
	add_socket(&a, &s);
	add_holder(&a, 0, 20, "node", 3);
	s.proto = PW_UDP;
	s.state = PW_UNCONN;
	s.lport = 40000;
	add_socket(&a, &s);
	add_holder(&a, 1, 21, "node", 3);
	/* Next to what is asked for, and not asked for. */
	s.lport = 3004;
	add_socket(&a, &s);

	/* Both protocols, by port, and nothing twice. */
	judge(&a, "3006 3005/tcp,3005", &normal);
	assert_int_equal(a.nr_verdicts, 4);
	assert_int_equal(a.verdicts[0].port, 3005);
	assert_int_equal(a.verdicts[0].proto, PW_TCP);
	assert_int_equal(a.verdicts[0].why, WHY_HELD);
	assert_int_equal(a.verdicts[1].port, 3005);
	assert_int_equal(a.verdicts[1].proto, PW_UDP);
	assert_int_equal(a.verdicts[1].why, WHY_FREE);
	assert_int_equal(a.verdicts[2].port, 3006);
	assert_int_equal(a.verdicts[3].proto, PW_UDP);

	/* 64 ports are all judged; of more only those in use. */
	for (size_t i = 0; i < a.nr_verdicts; i++)
		verdict_done(&a.verdicts[i]);
	a.nr_verdicts = 0;
	judge(&a, "3000-3063/tcp", &normal);
	assert_int_equal(a.nr_verdicts, 64);
	for (size_t i = 0; i < a.nr_verdicts; i++)
		verdict_done(&a.verdicts[i]);
	a.nr_verdicts = 0;
	judge(&a, "3005-65535", &normal);
	assert_int_equal(a.nr_verdicts, 2);
	assert_int_equal(a.verdicts[0].port, 3005);
	assert_int_equal(a.verdicts[1].port, 40000);
	assert_int_equal(a.verdicts[1].proto, PW_UDP);
}

/* In a container, whoever is outside of it cannot be seen: no claim about nobody. */
static void test_partial_view(void **state)
{
	_cleanup_(answer_done) struct answer a = {};
	struct pw_sock s = sock(PW_LISTEN, "0.0.0.0", 8000, NULL, 0);
	struct verdict_facts facts = normal;

	(void)state;
	facts.partial_view = true;
	add_socket(&a, &s)->resolved = RESOLVED_WALK;
	s.lport = 8001;
	s.flags = PW_F_RELEASED;
	s.state = PW_FIN_WAIT1;
	add_socket(&a, &s);
	judge(&a, "8000/tcp,8001/tcp", &facts);
	assert_int_equal(a.verdicts[0].why, WHY_HELD);
	assert_string_equal(a.verdicts[0].hint,
			    "in use by a process outside of this PID namespace");
	/* This one is known to be closed for good. */
	assert_int_equal(a.verdicts[1].why, WHY_ORPHAN);
}

/* Call nothing free that cannot be seen. */
static void test_unseen(void **state)
{
	_cleanup_(answer_done) struct answer a = {}, b = {}, c = {};
	struct verdict_facts facts = normal;

	(void)state;
	facts.bound_elsewhere = true;
	judge(&a, "8000", &facts);
	assert_int_equal(a.verdicts[0].why, WHY_UNKNOWN);
	assert_false(a.verdicts[0].bindable);
	assert_non_null(strstr(a.verdicts[0].hint, "merely bound"));
	assert_int_equal(a.verdicts[1].proto, PW_UDP);
	assert_int_equal(a.verdicts[1].why, WHY_FREE);
	facts.netns_unknown = true;
	judge(&b, "8000", &facts);
	assert_int_equal(b.verdicts[0].why, WHY_UNKNOWN);
	assert_int_equal(b.verdicts[1].why, WHY_UNKNOWN);
	assert_non_null(strstr(b.verdicts[1].hint, "neither entered nor read"));
	facts = normal;
	facts.bound_unknown = true;
	judge(&c, "8000", &facts);
	assert_int_equal(c.verdicts[0].why, WHY_UNKNOWN);
	assert_non_null(strstr(c.verdicts[0].hint, "both are refused"));
}

static void test_many_holders(void **state)
{
	_cleanup_(answer_done) struct answer a = {};
	struct pw_sock s = sock(PW_LISTEN, "0.0.0.0", 8000, NULL, 0);

	(void)state;
	add_socket(&a, &s);
	for (uint32_t pid = 20; pid < 30; pid++)
		add_holder(&a, 0, pid, "0123456789abcdefgh", 3);
	a.processes[0].pid = 0; /* not in our PID namespace: its other number */
	judge(&a, "8000/tcp", &normal);
	assert_string_equal(a.verdicts[0].hint, "in use by 0123456789abcdef (pid 20) +9");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reasons),	     cmocka_unit_test(test_nothing_in_the_way),
		cmocka_unit_test(test_scope),	     cmocka_unit_test(test_which_ports),
		cmocka_unit_test(test_partial_view), cmocka_unit_test(test_many_holders),
		cmocka_unit_test(test_unseen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
