// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/explain_facts.h"

#include "unit.h"

#define HOME 4026531840u
#define MOST 4

#define NETNS_UNKNOWN UINT32_MAX

/* A socket of the port, as evidence. */
struct seen {
	uint8_t state;
	const char *laddr, *raddr;
	uint32_t flags, netns; /* 0: HOME */
	uint32_t ifindex;
	uint32_t tgid; /* of who made it */
	bool unbound;  /* how it was bound is not known */
};

/* Put into words what follows from a verdict and its evidence, a fact a line, each behind its kind:
 * '!' matters, '#' a count, '-' a detail. The text is good until the next call. */
static const char *told(struct verdict *v, struct evidence *e, struct answer *a,
			const struct verdict_facts *facts)
{
	static char text[2048];
	const struct socket *all[MOST];
	struct writer w = { .v = v, .e = e, .a = a, .facts = facts };

	for (size_t i = 0; i < a->nr_sockets; i++)
		all[i] = &a->sockets[i];
	e->all = all;
	e->nr = a->nr_sockets;
	v->port = 8000;
	explain_facts(&w);
	assert_int_equal(w.err, 0);
	assert_int_equal(w.text.len, 0);
	strbuf_done(&w.text);
	*text = '\0';
	for (size_t i = 0; i < v->nr_facts; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "%c %s\n",
			 v->facts[i].kind == REMARK_MATTERS ? '!' :
			 v->facts[i].kind == REMARK_COUNT   ? '#' :
							      '-',
			 v->facts[i].text);
	verdict_done(v);
	return text;
}

static void see(struct answer *a, const struct seen *seen, size_t nr)
{
	for (size_t i = 0; i < nr && seen[i].laddr; i++) {
		struct pw_sock s = sock(seen[i].state, seen[i].laddr, 8000, seen[i].raddr,
					seen[i].raddr ? 40000 : 0);
		struct socket *new;

		s.flags = seen[i].flags;
		s.netns = seen[i].netns == NETNS_UNKNOWN ? 0 : seen[i].netns ?: HOME;
		s.ifindex = seen[i].ifindex;
		if (seen[i].tgid)
			s.creator = actor(seen[i].tgid, "maker");
		new = add_socket(a, &s);
		new->bind.known = !seen[i].unbound;
		new->bind.uid = 33;
		new->timewait = s.state == PW_TIME_WAIT;
		snprintf(new->device, sizeof(new->device), "eth%u", s.ifindex);
	}
}

static const struct verdict_facts home = { .netns = HOME, .uid = 33 };

#define WONT "- SO_REUSEADDR won't help: it is listening\n"
#define NOT_SET "- SO_REUSEADDR won't help: not every socket there has set it\n"
#define DUAL "- dual-stack: [::] also covers IPv4\n"
#define JOIN "! a SO_REUSEPORT group of user 33: sockets of that user that set it can join\n"

/* ---- a port that is held -------------------------------------------------------------------- */

static const struct {
	struct seen sockets[MOST];
	bool wildcard, free_v4, free_v6, with_both;
	const char *expected;
} held[] = {
	{ .sockets = { { .state = PW_LISTEN, .laddr = "0.0.0.0" } }, .expected = WONT },
	{ .sockets = { { .state = PW_LISTEN, .laddr = "::" } }, .expected = DUAL WONT },
	{ .sockets = { { .state = PW_LISTEN, .laddr = "0.0.0.0" },
		       { .state = PW_BOUND, .laddr = "::" } },
	  .expected = DUAL WONT },
	{ .sockets = { { .state = PW_LISTEN, .laddr = "::", .flags = PW_F_V6ONLY } },
	  .expected = WONT },
	{ .sockets = { { .state = PW_LISTEN, .laddr = "0.0.0.0" },
		       { .state = PW_LISTEN, .laddr = "::", .netns = 7 } },
	  .expected = WONT },
	{ .sockets = { { .state = PW_LISTEN, .laddr = "0.0.0.0" },
		       { .state = PW_ESTABLISHED, .laddr = "::", .raddr = "::1" } },
	  .expected = WONT },
	/* Only an address that all of them have is told, and only to whom names none. */
	{ .sockets = { { .state = PW_LISTEN, .laddr = "127.0.0.1" } }, .expected = WONT },
	{ .sockets = { { .state = PW_LISTEN, .laddr = "127.0.0.1" },
		       { .state = PW_LISTEN, .laddr = "::ffff:127.0.0.1" },
		       { .state = PW_LISTEN, .laddr = "0.0.0.0", .netns = 7 } },
	  .wildcard = true,
	  .expected = WONT "! only 127.0.0.1 is in use; other addresses are free\n" },
	{ .sockets = { { .state = PW_LISTEN, .laddr = "127.0.0.1" },
		       { .state = PW_LISTEN, .laddr = "127.0.0.2" } },
	  .wildcard = true,
	  .expected = WONT },
	{ .sockets = { { .state = PW_LISTEN, .laddr = "127.0.0.1" },
		       { .state = PW_LISTEN, .laddr = "0.0.0.0" } },
	  .wildcard = true,
	  .expected = WONT },
	{ .sockets = { { .state = PW_LISTEN, .laddr = "::", .flags = PW_F_V6ONLY } },
	  .wildcard = true,
	  .free_v4 = true,
	  .expected = WONT "! only IPv6 is in use; 0.0.0.0 and every IPv4 address are free\n" },
	{ .sockets = { { .state = PW_LISTEN, .laddr = "::", .flags = PW_F_V6ONLY } },
	  .free_v4 = true,
	  .free_v6 = true,
	  .expected = WONT },
	/* The device is told if all have it. */
	{ .sockets = { { .state = PW_LISTEN, .laddr = "0.0.0.0", .ifindex = 2 },
		       { .state = PW_LISTEN, .laddr = "0.0.0.0", .ifindex = 2 },
		       { .state = PW_LISTEN, .laddr = "0.0.0.0", .netns = 7 } },
	  .expected = WONT "! only device eth2 is in use: a socket that is bound to another can "
			   "have it too\n" },
	{ .sockets = { { .state = PW_LISTEN, .laddr = "0.0.0.0", .ifindex = 2 },
		       { .state = PW_LISTEN, .laddr = "0.0.0.0", .ifindex = 3 } },
	  .expected = WONT },
	{ .sockets = { { .state = PW_LISTEN, .laddr = "0.0.0.0", .ifindex = 2 },
		       { .state = PW_LISTEN, .laddr = "0.0.0.0" } },
	  .expected = WONT },
	/* A group is one if all in it set the option. */
	{ .sockets = { { .state = PW_LISTEN, .laddr = "0.0.0.0", .flags = PW_F_REUSEPORT } },
	  .expected = JOIN WONT },
	{ .sockets = { { .state = PW_LISTEN,
			 .laddr = "0.0.0.0",
			 .flags = PW_F_REUSEPORT,
			 .unbound = true },
		       { .state = PW_LISTEN, .laddr = "0.0.0.0", .flags = PW_F_REUSEPORT },
		       { .state = PW_LISTEN, .laddr = "0.0.0.0", .netns = 7 } },
	  .expected = JOIN WONT },
	{ .sockets = { { .state = PW_LISTEN, .laddr = "0.0.0.0", .flags = PW_F_REUSEPORT },
		       { .state = PW_LISTEN, .laddr = "0.0.0.0" } },
	  .expected = WONT },
	{ .sockets = { { .state = PW_LISTEN,
			 .laddr = "0.0.0.0",
			 .flags = PW_F_REUSEPORT,
			 .unbound = true },
		       { .state = PW_TIME_WAIT, .laddr = "0.0.0.0", .flags = PW_F_REUSEPORT } },
	  .expected = WONT },
	{ .sockets = { { .state = PW_LISTEN, .laddr = "0.0.0.0" } },
	  .with_both = true,
	  .expected = "! a socket that sets both SO_REUSEADDR and SO_REUSEPORT can bind it now\n" },
	{ .sockets = { { .state = PW_UNCONN, .laddr = "0.0.0.0" },
		       { .state = PW_LISTEN, .laddr = "0.0.0.0", .netns = 7 } },
	  .expected = NOT_SET },
};

static void test_held(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(held); i++) {
		_cleanup_(answer_done) struct answer a = {};
		struct verdict v = { .why = WHY_HELD, .wildcard = held[i].wildcard };
		struct evidence e = { .free_v4 = held[i].free_v4,
				      .free_v6 = held[i].free_v6,
				      .with_both = held[i].with_both };
		const char *text;

		see(&a, held[i].sockets, MOST);
		e.held = &a.sockets[0];
		text = told(&v, &e, &a, &home);
		if (strcmp(text, held[i].expected))
			fail_msg("row %zu: %s", i, text);
	}
}

/* Tell the counts, and who made the socket. */
static void test_besides(void **state)
{
	_cleanup_(answer_done) struct answer a = {};
	struct verdict v = { .why = WHY_HELD, .with_reuseport = true };
	struct evidence e = { .nr_connections = 1, .nr_timewait = 1 };
	struct verdict_facts facts = home;

	(void)state;
	see(&a, &(struct seen){ .state = PW_LISTEN, .laddr = "0.0.0.0", .tgid = 50 }, 1);
	e.held = e.timewait = &a.sockets[0];
	assert_string_equal(told(&v, &e, &a, &facts), "# plus 1 open connection\n"
						      "# plus 1 closed connection in TIME-WAIT\n");
	a.sockets[0].creator_gone = a.sockets[0].has_expires = true;
	a.sockets[0].expires_ms = 41001;
	a.sockets[0].s.flags = PW_F_REUSEPORT;
	facts.uid = 1000;
	v = (struct verdict){ .why = WHY_HELD, .with_reuseport = true };
	e.nr_connections = 2, e.nr_close_wait = 1;
	assert_string_equal(told(&v, &e, &a, &facts),
			    "! opened by maker (pid 50), which has exited\n"
			    "# plus 2 open connections, 1 of them closed by the peer alone "
			    "(CLOSE_WAIT)\n"
			    "# plus 1 closed connection in TIME-WAIT (expires in 42 s)\n"
			    "! a SO_REUSEPORT group of user 33: sockets of user 1000 cannot join "
			    "it\n");
	a.sockets[0].s.creator.tgid = 0;
	a.sockets[0].s.flags = 0;
	a.sockets[0].expires_ms = 41000;
	e.nr_timewait = 2, e.nr_connections = 0;
	v = (struct verdict){ .why = WHY_HELD, .with_reuseaddr = true };
	assert_string_equal(told(&v, &e, &a, &facts),
			    "# plus 2 closed connections in TIME-WAIT (last expires in 41 s)\n"
			    "! a socket that sets SO_REUSEADDR can bind it now, since those there "
			    "set it as well\n");
}

/* ---- a connection in a server's way ---------------------------------------------------------- */

static void test_ephemeral(void **state)
{
	static const struct {
		uint16_t first, last;
		uint32_t flags;
		uint8_t state;
		bool told;
	} rows[] = {
		{ 8000, 8000, 0, PW_ESTABLISHED, true },
		{ 7999, 8001, 0, PW_ESTABLISHED, true },
		{ 8001, 9000, 0, PW_ESTABLISHED, false },
		{ 7000, 7999, 0, PW_ESTABLISHED, false },
		{ 0, 0, 0, PW_ESTABLISHED, false },
		{ 8000, 8000, PW_F_EXPLICIT, PW_ESTABLISHED, false },
		{ 8000, 8000, 0, PW_LISTEN, false },
		{ 8000, 8000, 0, PW_BOUND, false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		for (int peer = 0; peer < 2; peer++) {
			_cleanup_(answer_done) struct answer a = {};
			struct verdict_facts facts = home;
			struct verdict v = { .why = WHY_HELD };
			struct evidence e = {};
			const struct seen s = { rows[i].state, "10.0.0.1", peer ? "10.0.0.2" : NULL,
						.flags = rows[i].flags };
			const char *text;

			facts.range_first = rows[i].first, facts.range_last = rows[i].last;
			see(&a, &s, 1);
			e.held = &a.sockets[0];
			text = strstr(told(&v, &e, &a, &facts),
				      "for a connection to 10.0.0.2:40000;");
			assert_row(i, !text == !(rows[i].told && peer));
		}
}

/* ---- the other reasons ----------------------------------------------------------------------- */

/* Tell who left the connections: three by name, the rest as a number. */
static void test_leavers(void **state)
{
	static const struct {
		uint32_t tgids[MOST];
		const char *expected;
	} rows[] = {
		{ { 0, 0 }, "" },
		{ { 1 }, "! left by maker (pid 1)\n" },
		{ { 2, 1, 2 }, "! left by maker (pid 2) (2), maker (pid 1)\n" },
		{ { 1, 2, 2 }, "! left by maker (pid 1), maker (pid 2) (2)\n" },
		{ { 1, 2, 3 }, "! left by maker (pid 1), maker (pid 2), maker (pid 3)\n" },
		{ { 1, 2, 3, 4 },
		  "! left by maker (pid 1), maker (pid 2), maker (pid 3) and others (1)\n" },
		{ { 0, 2 }, "! left by maker (pid 2) and others (1)\n" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_(answer_done) struct answer a = {};
		struct verdict v = { .why = WHY_TIMEWAIT };
		struct evidence e = {};
		size_t nr = MOST;

		while (nr && !rows[i].tgids[nr - 1])
			nr--;
		for (size_t k = 0; k < nr; k++)
			see(&a,
			    &(struct seen){ PW_TIME_WAIT, "0.0.0.0", "10.0.0.2",
					    .tgid = rows[i].tgids[k] },
			    1);
		assert_string_equal(told(&v, &e, &a, &home), rows[i].expected);
	}
}

/* Count only those in TIME-WAIT here, and tell processes of one number apart. */
static void test_not_all_left(void **state)
{
	static const struct seen seen[MOST] = {
		{ PW_TIME_WAIT, "0.0.0.0", "10.0.0.2", .tgid = 1 },
		{ PW_ESTABLISHED, "0.0.0.0", "10.0.0.2", .tgid = 2 },
		{ PW_TIME_WAIT, "0.0.0.0", "10.0.0.2", .netns = 7, .tgid = 3 },
		{ PW_TIME_WAIT, "0.0.0.0", "10.0.0.2", .tgid = 1 }
	};

	(void)state;
	for (size_t nr = 0; nr < 3; nr++) {
		_cleanup_(answer_done) struct answer a = {};
		struct verdict v = { .why = WHY_TIMEWAIT };
		struct evidence e = { .nr_timewait = 2, .nr_not_reusable = nr };

		see(&a, seen, MOST);
		a.sockets[3].s.creator.start_ns++;
		assert_string_equal(told(&v, &e, &a, &home),
				    nr == 1 ? "! left by maker (pid 1), maker (pid 1)\n"
					      "! 1 of them without SO_REUSEADDR\n" :
					      "! left by maker (pid 1), maker (pid 1)\n");
	}
}

static const char *name_of(uint32_t inode)
{
	return inode == 7 ? "blue" : NULL;
}

static void test_other_reasons(void **state)
{
	static const struct {
		enum why why;
		uint8_t proto, state;
		uint32_t netns;
		const char *expected;
	} rows[] = {
		{ WHY_FREE, PW_TCP, PW_LISTEN, 0, "" },
		{ WHY_RESERVED, PW_TCP, PW_LISTEN, 0, "! a bind() that names the port succeeds\n" },
		{ WHY_PRIVILEGED, PW_TCP, PW_LISTEN, 0,
		  "! net.ipv4.ip_unprivileged_port_start=8000 would let every user bind it\n" },
		{ WHY_OTHER_NETNS, PW_TCP, PW_LISTEN, 7,
		  "! network namespace blue: what is bound there does not block it here\n" },
		{ WHY_OTHER_NETNS, PW_TCP, PW_LISTEN, 8,
		  "! network namespace 8: what is bound there does not block it here\n" },
		{ WHY_OTHER_NETNS, PW_TCP, PW_LISTEN, NETNS_UNKNOWN,
		  "! what is bound there does not block it here\n" },
		{ WHY_KERNEL, PW_TCP, PW_LISTEN, 0, WONT },
		{ WHY_BOUND, PW_TCP, PW_BOUND, 0,
		  "! it accepts no connections before listen(), and ss does not show it\n" NOT_SET },
		{ WHY_BOUND, PW_UDP, PW_BOUND, 0, NOT_SET },
		{ WHY_INFLIGHT, PW_TCP, PW_LISTEN, 0, "! last used by maker (pid 50)\n" WONT },
		{ WHY_ORPHAN, PW_TCP, PW_FIN_WAIT1, 0,
		  "! closed by maker (pid 50)\n! its peer is 10.0.0.2:40000\n" NOT_SET },
	};
	struct verdict_facts facts = home;

	(void)state;
	facts.netns_name = name_of;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_(answer_done) struct answer a = {};
		struct verdict v = { .why = rows[i].why, .proto = rows[i].proto };
		struct evidence e = {};

		see(&a,
		    &(struct seen){ rows[i].state, "0.0.0.0",
				    rows[i].state == PW_FIN_WAIT1 ? "10.0.0.2" : NULL,
				    .netns = rows[i].netns, .tgid = 50 },
		    1);
		e.bound = e.inflight = e.orphan = e.elsewhere = &a.sockets[0];
		assert_string_equal(told(&v, &e, &a, &facts), rows[i].expected);
	}
}

/* A name of 16 bytes ends without a NUL; an empty name is told as such. */
static void test_names(void **state)
{
	static const struct {
		const char *comm, *expected;
	} rows[] = {
		{ "0123456789abcdef", "! last used by 0123456789abcdef (pid 50)\n" WONT },
		{ "", "! last used by a nameless process (pid 50)\n" WONT },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_(answer_done) struct answer a = {};
		struct verdict v = { .why = WHY_INFLIGHT };
		struct evidence e = {};

		see(&a, &(struct seen){ .state = PW_LISTEN, .laddr = "0.0.0.0" }, 1);
		a.sockets[0].s.creator = actor(50, rows[i].comm);
		e.inflight = &a.sockets[0];
		assert_string_equal(told(&v, &e, &a, &home), rows[i].expected);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_held),	      cmocka_unit_test(test_besides),
		cmocka_unit_test(test_ephemeral),     cmocka_unit_test(test_leavers),
		cmocka_unit_test(test_not_all_left),  cmocka_unit_test(test_names),
		cmocka_unit_test(test_other_reasons),
	};

	return cmocka_run_group_tests_name("explain_facts", tests, NULL, NULL);
}
