// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/reach.h"

#include "model/portspec.h"
#include "model/verdict.h"
#include "unit.h"

#define SHARES PW_F_REUSEPORT
#define V6 PW_F_V6ONLY

/* Servers by address and options, and their holders; on a device; of unknown IPV6_V6ONLY. */
#define S(at, options, ...)                                                                        \
	{                                                                                          \
		.addr = at, .flags = options, .pids = { __VA_ARGS__ }                              \
	}
#define D(at, options, device, pid)                                                                \
	{                                                                                          \
		.addr = at, .flags = options, .pids = { pid }, .ifindex = device                   \
	}
#define L(at, pid)                                                                                 \
	{                                                                                          \
		.addr = at, .pids = { pid }, .lacks = PW_LACKS_V6ONLY                              \
	}

/* A server: its holders by PID, which is also their age. */
struct server {
	const char *addr;
	uint32_t flags;
	uint32_t pids[5];
	uint32_t ifindex;
	uint8_t lacks;
	bool connected; /* a connection of theirs instead */
};

static void serve(struct answer *a, const struct server *s, uint8_t proto)
{
	struct pw_sock sk = s->connected ? sock(PW_ESTABLISHED, s->addr, 8000, "10.0.0.9", 40000) :
					   sock(proto == PW_UDP ? PW_UNCONN : PW_LISTEN, s->addr,
						8000, NULL, 0);
	size_t at = a->nr_sockets;
	struct socket *new;

	sk.proto = proto;
	sk.flags = s->flags | PW_F_EXPLICIT;
	sk.ifindex = s->ifindex;
	new = add_socket(a, &sk);
	new->lacks = s->lacks;
	for (size_t i = 0; i < ARRAY_SIZE(s->pids) && s->pids[i]; i++)
		add_holder(a, at, s->pids[i], "server", 3);
}

/* Compare both sentences, with "; " between. */
static void assert_told(size_t row, const struct server *servers, size_t nr, const char *ports,
			uint8_t proto, const char *want)
{
	const struct verdict_facts facts = { .netns = 4026531840, .unprivileged_start = 1024 };
	_cleanup_(strbuf_done) struct strbuf why = {}, text = {};
	_cleanup_(portspec_done) struct portspec asked = {};
	_cleanup_(answer_done) struct answer a = {};
	size_t shared;

	for (size_t i = 0; i < nr && servers[i].addr; i++)
		serve(&a, &servers[i], proto);
	assert_int_equal(portspec_parse(&asked, ports, NULL, NULL, &why), 0);
	assert_int_equal(verdict_fill(&a, &asked, &facts), 0);
	assert_int_equal(a.nr_verdicts, 1);
	reach_add_shared(&text, &a.verdicts[0].reach);
	shared = text.len;
	strbuf_adds(&text, shared ? "; " : "");
	reach_add_local(&text, &a.verdicts[0].reach);
	if (strcmp(strbuf_str(&text), want) != 0)
		fail_msg("row %zu: '%s', not '%s'", row, strbuf_str(&text), want);
}

#define A "server (pid 10)"
#define B "server (pid 20)"
#define C "server (pid 30)"
#define SHARED(a, b) "connections are shared out between " a " and " b "; "

static const struct {
	struct server servers[4];
	const char *ports, *want;
} rows[] = {
	/* one server */
	{ { S("0.0.0.0", 0, 10) }, "8000/tcp", "" },
	{ { S("127.0.0.1", 0, 10) }, "8000/tcp", "" },
	{ { S("0.0.0.0", 0, 10), S("::", V6, 10) }, "8000/tcp", "" },
	/* workers of one, and the same among several sockets */
	{ { S("0.0.0.0", 0, 20, 10), S("::", V6, 10, 20) }, "8000/tcp", "" },
	{ { S("0.0.0.0", SHARES, 20, 10), S("0.0.0.0", SHARES, 10, 30) }, "8000/tcp", "" },
	/* a group */
	{ { S("0.0.0.0", SHARES, 20), S("0.0.0.0", SHARES, 10) }, "8000/tcp", SHARED(A, B) },
	{ { S("0.0.0.0", SHARES, 20, 21), S("0.0.0.0", SHARES, 10, 20) }, "8000/tcp", "" },
	{ { S("0.0.0.0", SHARES, 10), S("127.0.0.1", SHARES, 20) },
	  "8000/tcp",
	  "localhost reaches " B " over 127.0.0.1 only" },
	{ { S("0.0.0.0", SHARES, 10), S("0.0.0.0", SHARES) }, "8000/tcp", "" },
	{ { S("0.0.0.0", SHARES, 10), D("0.0.0.0", SHARES, 7, 20) },
	  "8000/tcp",
	  "localhost reaches " A " over 127.0.0.1 only" },
	/* only what is in the way of what was asked for is shared */
	{ { S("127.0.0.1", SHARES, 10), S("127.0.0.1", SHARES, 20) }, "127.0.0.2:8000/tcp", "" },
	/* localhost */
	{ { S("127.0.0.1", 0, 10), S("::1", 0, 20) },
	  "8000/tcp",
	  "localhost reaches " B " over ::1, " A " over 127.0.0.1" },
	{ { S("127.0.0.1", 0, 10), S("::1", 0, 20) }, "127.0.0.2:8000/tcp", "" },
	{ { S("127.0.0.1", 0, 10), S("::1", 0, 20) },
	  "[::1]:8000/tcp",
	  "localhost reaches " B " over ::1, " A " over 127.0.0.1" },
	{ { S("127.0.0.1", 0, 10), S("::", 0, 20) },
	  "8000/tcp",
	  "localhost reaches " B " over ::1, " A " over 127.0.0.1" },
	{ { S("::ffff:127.0.0.1", 0, 10), S("::", 0, 20) },
	  "8000/tcp",
	  "localhost reaches " B " over ::1, " A " over 127.0.0.1" },
	{ { S("0.0.0.0", SHARES, 10), S("::", SHARES, 20) },
	  "8000/tcp",
	  "localhost reaches " B " over ::1, " A " over 127.0.0.1" },
	{ { S("::1", 0, 10), S("::", 0, 20) },
	  "8000/tcp",
	  "localhost reaches " A " over ::1, " B " over 127.0.0.1" },
	{ { S("10.0.0.1", 0, 10), S("::", V6, 20) },
	  "8000/tcp",
	  "localhost reaches " B " over ::1 only" },
	{ { S("10.0.0.1", 0, 10), S("10.0.0.2", 0, 20) }, "8000/tcp", "" },
	{ { S("10.0.0.1", 0, 10), S("127.0.0.1", 0, 20), S("::1", 0, 20) },
	  "8000/tcp",
	  "localhost reaches " B },
	{ { S("0.0.0.0", SHARES, 10), S("0.0.0.0", SHARES, 20), S("::1", 0, 30) },
	  "8000/tcp",
	  SHARED(A, B) "localhost reaches " C " over ::1, " A " or " B " over 127.0.0.1" },
	/* a device: that of loopback is better than none, another is none */
	{ { D("0.0.0.0", 0, 1, 10), S("0.0.0.0", 0, 20) },
	  "8000/tcp",
	  "localhost reaches " A " over 127.0.0.1 only" },
	{ { D("0.0.0.0", 0, 2, 10), S("0.0.0.0", 0, 20) },
	  "8000/tcp",
	  "localhost reaches " B " over 127.0.0.1 only" },
	/* not known: who has one, whether it takes IPv4, the order of two that are equal */
	{ { S("127.0.0.1", 0, 10), S("::1", 0) }, "8000/tcp", "" },
	{ { S("10.0.0.1", 0, 10), L("::", 20) }, "8000/tcp", "" },
	{ { S("127.0.0.1", 0, 10), L("::", 20) },
	  "8000/tcp",
	  "localhost reaches " B " over ::1, " A " over 127.0.0.1" },
	{ { S("::", SHARES, 10), S("::", SHARES | V6, 20) }, "8000/tcp", "" },
};

static void test_told(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		assert_told(i, rows[i].servers, ARRAY_SIZE(rows[i].servers), rows[i].ports, PW_TCP,
			    rows[i].want);
}

static void test_udp(void **state)
{
	static const struct server two[] = { S("0.0.0.0", SHARES, 10), S("0.0.0.0", SHARES, 20) };

	(void)state;
	assert_told(0, two, 2, "8000/udp", PW_UDP,
		    "datagrams are shared out between " A " and " B "; ");
}

/* Three are named, eight are kept, all are counted. */
static void test_many(void **state)
{
	struct server many[12] = {};

	(void)state;
	for (uint32_t i = 0; i < ARRAY_SIZE(many); i++)
		many[i] = (struct server)S("0.0.0.0", SHARES, 10 * (i + 1));
	assert_told(0, many, 3, "8000/tcp", PW_TCP,
		    "connections are shared out between " A ", " B " and " C "; ");
	assert_told(1, many, 12, "8000/tcp", PW_TCP,
		    "connections are shared out between " A ", " B ", " C " and 9 more; ");
}

/* A connection has its listener's address and option, and is not of the group. */
static void test_connection(void **state)
{
	static const struct server met_first[] = {
		{ .addr = "127.0.0.1", .flags = SHARES, .pids = { 10 }, .connected = true },
		S("127.0.0.1", SHARES, 10),
		S("127.0.0.1", SHARES, 20),
	};

	(void)state;
	assert_told(0, met_first, 3, "8000/tcp", PW_TCP,
		    "connections are shared out between " A " and " B "; ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_told),
		cmocka_unit_test(test_udp),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_connection),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
