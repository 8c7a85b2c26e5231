// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/filter.h"

#include "filter_system.h"

/* The event that every row below asks about. */
static struct pw_event sample(void)
{
	struct pw_event ev = event(PW_EV_STATE, "10.0.0.1", 8080, "10.0.0.5", 5432);

	ev.old_state = PW_SYN_SENT;
	ev.new_state = PW_ESTABLISHED;
	ev.actor = actor(812, "worker");
	ev.actor.cgroup_id = 1;
	return ev;
}

static void test_events(void **state)
{
	static const struct {
		const char *line;
		bool want;
	} rows[] = {
		{ "", true },
		{ "--port 8080", true },
		{ "--port 5432", false }, /* the peer's */
		{ "--port 80 --port 8080", true },
		{ "--port 80,8080/tcp", true },
		{ "--port 8080/udp", false },
		{ "--port http", false },
		{ "--port 10.0.0.1:8080", true },
		{ "--port 10.0.0.2:8080", false },
		{ "--pid 812", true },
		{ "--pid 1,812", true },
		{ "--pid 1", false },
		{ "--comm worker", true },
		{ "--comm work", false },
		{ "--comm workers", false },
		{ "--comm x --comm worker", true },
		{ "--user trac", true },
		{ "--user 1000", true },
		{ "--user 0", false },
		{ "--user 0,1000", true },
		{ "--state ESTABLISHED", true },
		{ "--state SYN_SENT", false }, /* the state it comes from */
		{ "--state listen,estab", true },
		{ "--event state", true },
		{ "--event bind,listen", false },
		{ "--event bind --event state", true },
		{ "--proto tcp", true },
		{ "--proto udp", false },
		{ "--proto udp --proto tcp", true },
		{ "--proto udp,tcp", true },
		{ "-4", true },
		{ "-6", false },
		{ "-46", true },
		{ "--peer 10.0.0.5", true },
		{ "--peer 10.0.0.5:5432", true },
		{ "--peer 10.0.0.5:5433", false },
		{ "--peer 10.0.0.6", false },
		{ "--peer :5432", true },
		{ "--peer ::ffff:10.0.0.5", true },
		{ "--peer [::ffff:10.0.0.5]:5432", true },
		{ "--peer [::1]", false },
		{ "--peer [::ffff:10.0.0.5]", true },
		{ "--peer 10.0.0.1:8080", false }, /* our own side */
		{ "--netns self", true },
		{ "--netns blue", false },
		{ "--netns blue --netns self", true },
		{ "--netns blue,self", true },
		{ "--netns !self", false },
		{ "--netns !blue", true },
		{ "--comm x,worker", true },
		{ "--comm x\\,worker", false }, /* the name "x,worker" */
		{ "--comm !worker", false },
		{ "--comm !x,!y", true },
		{ "--comm \\!worker", false }, /* the name "!worker" */
		{ "--comm worker,!work", true },
		{ "--pid !812", false },
		{ "--pid !1", true },
		{ "--user !trac", false },
		{ "--user !0", true },
		{ "--port !8080", false },
		{ "--port !22", true },
		{ "--port 8000-9000,!8080", false },
		{ "--port 8000-9000,!8081", true },
		{ "--port !8080/udp", true },
		{ "--state !ESTABLISHED", false },
		{ "--state !LISTEN", true },
		{ "--event !state", false },
		{ "--event !bind", true },
		{ "--proto !tcp", false },
		{ "--proto !udp", true },
		{ "--peer !10.0.0.5", false },
		{ "--peer !10.0.0.0/8", false },
		{ "--peer !10.0.0.6", true },
		{ "--peer 10.0.0.0/8", true },
		{ "--peer 10.0.0.4/31", true },
		{ "--peer 10.0.0.4/32", false },
		{ "--peer 10.0.0.6/31", false },
		{ "--peer 0.0.0.0/0", true },
		{ "--peer ::/0", false }, /* no IPv4 address is in it */
		{ "--peer 10.0.0.0/8:5432", true },
		{ "--peer 10.0.0.0/8:5433", false },
		{ "--peer [::ffff:10.0.0.0/104]:5432", true },
		{ "--peer ::ffff:10.0.0.0/104", true },
		{ "--peer fd00::/8,10.0.0.0/8", true },
		{ "--cgroup !/system.slice", false },
		{ "--cgroup !/user.slice", true },
		{ "--unit !nginx", false },
		{ "--unit cron,nginx", true },
		{ "--netns blue --netns all", true },
		{ "--cgroup /", true },
		{ "--cgroup /system.slice", true },
		{ "--cgroup /system.slice/", true },
		{ "--cgroup /system.slice/nginx.service", true },
		{ "--cgroup /system", false },
		{ "--cgroup /system.slice/nginx", false },
		{ "--cgroup /gone", false },
		{ "--unit nginx.service", true },
		{ "--unit nginx", true },
		{ "--unit ngin", false },
		{ "--unit nginx.socket", false },
		{ "--container c0ffee", true },
		{ "--container c0ffee00000000000000000000000000000000000000000000000000000000ab",
		  true },
		{ "--container 0ffee", false },
		{ "--container dead,c0", true },
		{ "--container !c0ffee", false },
		{ "--container !dead", true },
		{ "--container c0ffee --unit other", false },
		{ "--listening", false },
		/* Different filters all must hold. */
		{ "--port 8080 --pid 812 --comm worker --user trac --state estab -4 --proto tcp",
		  true },
		{ "--port 8080 --pid 813", false },
		{ "--port 8080 --proto udp", false },
		{ "--pid 812 --comm other", false },
	};
	struct pw_event ev = sample(), lost = { .kind = PW_EV_LOST, .age_ns = 4 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_(filter_done) struct filter f = {};
		_cleanup_(strbuf_done) struct strbuf why = {};

		if (parse(&f, rows[i].line, &why) < 0)
			fail_msg("%s: %s", rows[i].line, strbuf_str(&why));
		assert_row(i, filter_match_event(&f, &ev) == rows[i].want);
		assert_row(i, filter_match_event(&f, &lost));
	}
}

static void test_unknown_process(void **state)
{
	static const char *const lines[] = { "--pid 812",     "--comm worker", "--user trac",
					     "--cgroup /",    "--unit nginx",  "--user 0",
					     "--container c0" };
	struct pw_event ev = sample();

	(void)state;
	memset(&ev.actor, 0, sizeof(ev.actor));
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		_cleanup_(filter_done) struct filter f = {};
		_cleanup_(strbuf_done) struct strbuf why = {};

		assert_int_equal(parse(&f, lines[i], &why), 0);
		assert_true(filter_needs_holders(&f));
		assert_row(i, !filter_match_event(&f, &ev));
		/* A cgroup nobody can name does not match either, but its id does. */
		ev.actor = actor(812, "other");
		ev.actor.uid = 5;
		ev.actor.tgid = 813;
		ev.actor.cgroup_id = 77;
		assert_row(i, !filter_match_event(&f, &ev));
		memset(&ev.actor, 0, sizeof(ev.actor));
	}
	{
		_cleanup_(filter_done) struct filter f = {};
		_cleanup_(strbuf_done) struct strbuf why = {};

		assert_int_equal(parse(&f, "--cgroup /gone", &why), 0);
		ev.actor = actor(1, "x");
		ev.actor.cgroup_id = 99;
		assert_true(filter_match_event(&f, &ev));
	}
}

static void test_unknown_is_not_excluded(void **state)
{
	_cleanup_(filter_done) struct filter f = {};
	_cleanup_(strbuf_done) struct strbuf why = {};
	struct pw_event ev = sample();

	(void)state;
	assert_int_equal(parse(&f, "--comm !worker --pid !0812", &why), 0);
	assert_true(filter_needs_holders(&f));
	assert_false(filter_match_event(&f, &ev));
	memset(&ev.actor, 0, sizeof(ev.actor));
	assert_true(filter_match_event(&f, &ev));
}

static void test_sockets(void **state)
{
	static const struct {
		const char *line;
		const char *want; /* names of the sockets */
	} rows[] = {
		{ "", "listen udp conn timewait" },
		{ "--listening", "listen udp" },
		{ "--state LISTEN", "listen" },
		{ "--state TIME_WAIT,ESTABLISHED", "conn timewait" },
		{ "--proto udp", "udp" },
		{ "--pid 20", "listen" },
		{ "--pid 21", "listen conn" },
		/* Nobody holds it, so its creator counts. */
		{ "--pid 30", "timewait" },
		{ "--pid 99", "" },
		{ "--comm nginx", "listen conn" },
		/* A single holder must satisfy all of the filter. */
		{ "--pid 20 --comm nginx", "" },
		{ "--pid 21 --comm nginx", "listen conn" },
		{ "--user 0", "" },
		{ "--unit nginx", "listen conn" },
		{ "--cgroup /system.slice", "listen conn" },
		{ "--peer 10.0.0.9", "conn" },
		{ "--port 80", "listen conn timewait" },
		{ "--port 127.0.0.1:80", "listen" },
		{ "-6", "listen" },
		{ "--comm nginx,dnsmasq", "listen udp conn" },
		/* A single excluded holder is enough. A socket without holders is not excluded. */
		{ "--comm !master", "udp conn timewait" },
		{ "--comm !nginx", "udp timewait" },
		{ "--pid !30", "listen udp conn" },
		{ "--unit !nginx", "udp timewait" },
		{ "--comm !master --state LISTEN,ESTABLISHED", "conn" },
		{ "--port !80", "udp" },
		{ "--port !53,!80", "" },
		{ "--peer !10.0.0.0/24", "listen udp" },
		{ "--peer 10.0.0.0/24,!10.0.0.9", "timewait" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		static const char *const names[] = { "listen", "udp", "conn", "timewait" };
		_cleanup_(filter_done) struct filter f = {};
		_cleanup_(strbuf_done) struct strbuf why = {}, got = {};
		_cleanup_(answer_done) struct answer a = {};
		struct pw_sock s;

		s = sock(PW_LISTEN, "::", 80, NULL, 0);
		add_socket(&a, &s)->sk = 0;
		s = sock(PW_UNCONN, "0.0.0.0", 53, NULL, 0);
		s.proto = PW_UDP;
		add_socket(&a, &s)->sk = 1;
		s = sock(PW_ESTABLISHED, "10.0.0.1", 80, "10.0.0.9", 40000);
		add_socket(&a, &s)->sk = 2;
		s = sock(PW_TIME_WAIT, "10.0.0.1", 80, "10.0.0.8", 40000);
		s.creator = actor(30, "gone");
		add_socket(&a, &s)->sk = 3;
		add_holder(&a, 0, 20, "master", 6);
		add_holder(&a, 0, 21, "nginx", 6);
		add_holder(&a, 1, 40, "dnsmasq", 4);
		add_holder(&a, 2, 21, "nginx", 7);
		a.processes[1].unit = strdup("nginx.service");
		a.processes[1].cgroup = strdup("/system.slice/nginx.service");

		if (parse(&f, rows[i].line, &why) < 0)
			fail_msg("%s: %s", rows[i].line, strbuf_str(&why));
		filter_apply(&f, &a);
		for (size_t k = 0; k < a.nr_sockets; k++)
			strbuf_addf(&got, "%s%s", k ? " " : "", names[a.sockets[k].sk]);
		if (strcmp(strbuf_str(&got), rows[i].want) != 0)
			fail_msg("%s: %s", rows[i].line, strbuf_str(&got));
	}
}

static void test_without_lookup(void **state)
{
	static const struct {
		enum filter_key key;
		const char *value;
	} rows[] = { { FILTER_PORT, "http" },
		     { FILTER_USER, "root" },
		     { FILTER_NETNS, "self" },
		     { FILTER_CGROUP, "/" } };
	_cleanup_(filter_done) struct filter f = {};
	_cleanup_(strbuf_done) struct strbuf why = {};
	struct pw_event ev = sample();

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		assert_row(i, filter_add(&f, rows[i].key, rows[i].value, &why) == -EINVAL);
	assert_int_equal(filter_add(&f, FILTER_USER, "1000", &why), 0);
	assert_true(filter_match_event(&f, &ev));
	assert_int_equal(filter_add(&f, FILTER_UNIT, "nginx", &why), 0);
	assert_false(filter_match_event(&f, &ev));
	assert_false(f.netns_all);
	assert_int_equal(filter_add(&f, FILTER_NETNS, "all", &why), 0);
	assert_true(f.netns_all && f.netns_given);
}

static void test_long_comm(void **state)
{
	_cleanup_(filter_done) struct filter f = {};
	_cleanup_(strbuf_done) struct strbuf why = {};
	struct pw_event ev = sample();

	(void)state;
	assert_int_equal(parse(&f, "--comm systemd-resolved", &why), 0);
	ev.actor = actor(1, "systemd-resolve");
	assert_true(filter_match_event(&f, &ev));
	ev.actor = actor(1, "systemd-resolv");
	assert_false(filter_match_event(&f, &ev));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_events),
		cmocka_unit_test(test_unknown_process),
		cmocka_unit_test(test_unknown_is_not_excluded),
		cmocka_unit_test(test_sockets),
		cmocka_unit_test(test_without_lookup),
		cmocka_unit_test(test_long_comm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
