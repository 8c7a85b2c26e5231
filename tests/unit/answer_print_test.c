// SPDX-License-Identifier: GPL-2.0-or-later
/* The answers of `who` and `list` as text and as JSON (portwatch.json(5)). */
#include "print/sink.h"

#include "print/color.h"
#include "print/table.h"
#include "show.h"

#define SECOND UINT64_C(1000000000)

static char *words(const char *s, size_t len)
{
	char *copy = malloc(len);

	assert_non_null(copy);
	memcpy(copy, s, len);
	return copy;
}

/* Fill in an answer that has one of everything. */
static void fill_example(struct answer *a)
{
	struct pw_sock s = sock(PW_LISTEN, "::", 8000, NULL, 0);
	struct process *p;
	struct socket *tw;
	struct verdict *v;

	*a = (struct answer){ .from_tracker = true, .time_ns = 100 * SECOND };
	s.cookie = 77;
	s.backlog = 128;
	s.since_ns = 40 * SECOND;
	s.creator = actor(1400, "tracd");
	add_socket(a, &s)->creator_gone = true;
	add_holder(a, 0, 1479, "tracd", 3);
	p = &a->processes[0];
	p->id.start_ns = 50 * SECOND;
	p->user = strdup("trac");
	p->cmdline = words("tracd\0-p\0008000", 14);
	p->cmdline_len = 14;
	p->cgroup = strdup("/system.slice/tracd.service");
	p->unit = strdup("tracd.service");
	p->container = strdup("c0ffee");

	s = sock(PW_TIME_WAIT, "127.0.0.1", 8000, "127.0.0.1", 43670);
	s.creator = actor(1479, "tracd");
	tw = add_socket(a, &s);
	tw->creator_gone = true;
	tw->resolved = RESOLVED_UNKNOWN;
	tw->has_expires = true;
	tw->expires_ms = 41200;

	v = answer_add_verdict(a);
	v->port = 8000;
	v->proto = PW_TCP;
	v->why = WHY_HELD;
	v->hint = strdup("in use by tracd (pid 1479)");
	v = answer_add_verdict(a);
	v->port = 8000;
	v->proto = PW_UDP;
	v->bindable = v->wildcard = true;
	v = answer_add_verdict(a);
	v->port = 8001;
	v->proto = PW_TCP;
	v->why = WHY_TIMEWAIT;
	v->has_frees_in = true;
	v->frees_in_ms = 41200;
}

static void test_json(void **state)
{
	const struct out_opts opts = { .json = true, .boot_to_real = NEW_YEAR, .netns = HOME };
	_cleanup_(answer_done) struct answer a, empty = {};

	(void)state;
	fill_example(&a);
	assert_shown(
		&opts, &a, VIEW_WHO,
		"{\"schema\":1,\"time\":\"2026-01-01T00:01:40.000000Z\",\"source\":\"tracker\","
		"\"degraded\":false,\"sockets\":["
		"{\"proto\":\"tcp\",\"family\":\"inet6\",\"state\":\"LISTEN\",\"local\":{\"addr\":\"::\","
		"\"port\":8000},\"netns\":4026531840,\"cookie\":77,\"v6only\":false,\"reuseport\":false,"
		"\"backlog\":128,\"since\":\"2026-01-01T00:00:40.000000Z\",\"resolved\":\"verified\","
		"\"creator\":{\"pid\":1400,\"comm\":\"tracd\",\"alive\":false},"
		"\"owners\":[{\"pid\":1479,\"comm\":\"tracd\",\"uid\":1000,\"user\":\"trac\",\"start\":"
		"\"2026-01-01T00:00:50.000000Z\",\"fds\":[3],\"cmdline\":[\"tracd\",\"-p\",\"8000\"],"
		"\"cgroup\":\"/system.slice/tracd.service\",\"unit\":\"tracd.service\",\"container\":"
		"\"c0ffee\"}]},"
		"{\"proto\":\"tcp\",\"family\":\"inet\",\"state\":\"TIME_WAIT\",\"local\":{\"addr\":"
		"\"127.0.0.1\",\"port\":8000},\"remote\":{\"addr\":\"127.0.0.1\",\"port\":43670},"
		"\"netns\":4026531840,\"expires_ms\":41200,\"reusable\":false,\"creator\":{\"pid\":1479,"
		"\"comm\":\"tracd\",\"alive\":false},\"owners\":[]}],"
		"\"ports\":[{\"port\":8000,\"proto\":\"tcp\",\"bindable\":false,\"why\":\"held\","
		"\"frees_in_ms\":null,\"hint\":\"in use by tracd (pid 1479)\"},{\"port\":8000,\"proto\":\"udp\","
		"\"bindable\":true,\"why\":\"free\",\"frees_in_ms\":null},{\"port\":8001,\"proto\":"
		"\"tcp\",\"bindable\":false,\"why\":\"timewait\",\"frees_in_ms\":41200}],"
		"\"history\":[]}\n");
	assert_shown(&opts, &empty, VIEW_LIST,
		     "{\"schema\":1,\"source\":\"snapshot\",\"degraded\":false,\"sockets\":[],"
		     "\"ports\":[],\"states\":{}}\n");
}

static void test_json_rest(void **state)
{
	const struct out_opts opts = { .json = true, .boot_to_real = NEW_YEAR, .netns = HOME };
	_cleanup_(answer_done) struct answer a = { .degraded = true };
	struct pw_sock s = sock(PW_UNCONN, "0.0.0.0", 53, NULL, 0);

	(void)state;
	s.proto = PW_UDP;
	s.netns = 0;
	s.flags = PW_F_REUSEPORT;
	add_socket(&a, &s)->resolved = RESOLVED_WALK;
	/* In another PID namespace; an empty argument; no end on the last one. */
	add_holder(&a, 0, 9, "\xff\n", 4);
	add_holder(&a, 0, 9, "\xff\n", 5);
	a.processes[0].pid = 0;
	a.processes[0].id.start_ns = 0;
	a.processes[0].cmdline = words("a\0\0\xff", 4);
	a.processes[0].cmdline_len = 4;
	s = sock(PW_NEW_SYN_RECV, "10.0.0.1", 80, "10.0.0.2", 5);
	s.creator = actor(7, "nginx");
	s.flags = PW_F_INFERRED;
	add_socket(&a, &s)->creator_alive = true;
	assert_shown(
		&opts, &a, VIEW_LIST,
		"{\"schema\":1,\"source\":\"snapshot\",\"degraded\":true,\"sockets\":["
		"{\"proto\":\"udp\",\"family\":\"inet\",\"state\":\"UNCONN\",\"local\":{\"addr\":"
		"\"0.0.0.0\",\"port\":53},\"reuseport\":true,\"resolved\":\"walk\",\"owners\":["
		"{\"comm\":\"\xef\xbf\xbd\\n\",\"uid\":1000,\"fds\":[4,5],\"cmdline\":[\"a\",\"\","
		"\"\xef\xbf\xbd\"]}]},"
		"{\"proto\":\"tcp\",\"family\":\"inet\",\"state\":\"SYN_RECV\",\"local\":{\"addr\":"
		"\"10.0.0.1\",\"port\":80},\"remote\":{\"addr\":\"10.0.0.2\",\"port\":5},\"netns\":"
		"4026531840,\"reuseport\":false,\"resolved\":\"verified\",\"creator\":{\"pid\":7,"
		"\"comm\":\"nginx\",\"alive\":true,\"inferred\":true},\"owners\":[]}],\"ports\":[],"
		"\"states\":{\"UNCONN\":1,\"SYN_RECV\":1}}\n");
}

static void test_text(void **state)
{
	struct out_opts opts = { .header = true, .boot_to_real = NEW_YEAR, .netns = HOME };
	_cleanup_(answer_done) struct answer a;

	(void)state;
	fill_example(&a);
	assert_shown(
		&opts, &a, VIEW_WHO,
		"PROTO  STATE      LOCAL           REMOTE           PROCESS      FD  USER   AGE  "
		"DETAILS                                                            "
		"COMMAND\n"
		"tcp    LISTEN     [::]:8000       -                tracd[1479]  3   trac  60 s  "
		"backlog 128, created by tracd[1400] (gone), tracd.service, c0ffee  "
		"tracd -p 8000\n"
		"tcp    TIME_WAIT  127.0.0.1:8000  127.0.0.1:43670  -            -   -        -  "
		"expires in 41 s, no SO_REUSEADDR, left by tracd[1479] (gone)       -\n"
		"8000/tcp: in use by tracd (pid 1479)\n"
		"8000/udp: free\n"
		"8001/tcp: timewait; free in 41 s\n");
	opts.header = false;
	a.nr_verdicts = 0;
	assert_shown(&opts, &a, VIEW_LIST,
		     "tcp  LISTEN     [::]:8000       -                tracd[1479]  trac  60 s  "
		     "backlog 128, created by tracd[1400] (gone), tracd.service, c0ffee  "
		     "tracd -p 8000\n"
		     "tcp  TIME_WAIT  127.0.0.1:8000  127.0.0.1:43670  -            -        -  "
		     "expires in 41 s, no SO_REUSEADDR, left by tracd[1479] (gone)       -\n");
	a.nr_verdicts = 3;
}

static void test_text_empty(void **state)
{
	const struct out_opts opts = { .header = true };
	_cleanup_(answer_done) struct answer a = { .degraded = true };
	struct verdict *v = answer_add_verdict(&a);

	(void)state;
	v->port = 80;
	v->proto = PW_TCP;
	v->hint = strdup("hostile \033[31m\nhint");
	assert_shown(&opts, &a, VIEW_WHO,
		     "80/tcp: hostile \\x1b[31m\\x0ahint\n"
		     "degraded: the tracker has missed something, so the kernel's own tables "
		     "answered; see portwatch status\n");
	a.degraded = false;
	assert_shown(&opts, &a, VIEW_LIST, "");
}

/* A pre-forking server: a line per process in `who`, a cell in `list`. */
static void test_many_holders(void **state)
{
	struct out_opts opts = { .netns = HOME };
	_cleanup_(answer_done) struct answer a = {};
	struct pw_sock s = sock(PW_LISTEN, "0.0.0.0", 80, NULL, 0);

	(void)state;
	s.flags = PW_F_V6ONLY | PW_F_REUSEPORT; /* the former means nothing here */
	s.netns = 99;
	add_socket(&a, &s)->qlen = 3;
	for (uint32_t pid = 20; pid < 25; pid++)
		add_holder(&a, 0, pid, "ng\033nx", pid - 14);
	add_holder(&a, 0, 21, "ng\033nx", 30);
	a.sockets[0].resolved = RESOLVED_PROC;
	assert_shown(
		&opts, &a, VIEW_WHO,
		"tcp  LISTEN  0.0.0.0:80  ng\\x1bnx[20]  6     1000  99  backlog 0, 3 half open, "
		"reuseport\n"
		"                         ng\\x1bnx[21]  7,30  1000\n"
		"                         ng\\x1bnx[22]  8     1000\n"
		"                         ng\\x1bnx[23]  9     1000\n"
		"                         ng\\x1bnx[24]  10    1000\n");
	assert_shown(
		&opts, &a, VIEW_LIST,
		"tcp  LISTEN  0.0.0.0:80  ng\\x1bnx[20],ng\\x1bnx[21],ng\\x1bnx[22],ng\\x1bnx[23],"
		"ng\\x1bnx[24]  1000  99  backlog 0, 3 half open, reuseport\n");
	/* For a person one server and its workers, unless all is asked for. */
	opts.width = 80;
	assert_shown(
		&opts, &a, VIEW_LIST,
		"tcp  LISTEN  0.0.0.0:80  ng\\x1bnx[20] +4  1000  99  3 half open, reuseport\n");
	assert_shown(
		&opts, &a, VIEW_WHO,
		"tcp  LISTEN  0.0.0.0:80  ng\\x1bnx[20] +4  6  1000  99  3 half open, reuseport\n");
	opts.detailed = true;
	assert_shown(
		&opts, &a, VIEW_LIST,
		"tcp  LISTEN  0.0.0.0:80  ng\\x1bnx[20],+4              1000  99  backlog 0, 3 ha…\n");
	opts.detailed = false;
	opts.width = 40;
	assert_shown(&opts, &a, VIEW_LIST, "LISTEN  0.0.0.0:80  ng\\x1bnx[20] +4  99\n");
}

/* IPv4 and IPv6 of one server are one row for a person, and two for a program. */
static void test_twins(void **state)
{
	struct out_opts opts = { .netns = HOME };
	_cleanup_(answer_done) struct answer a = {};
	struct pw_sock v4 = sock(PW_LISTEN, "0.0.0.0", 80, NULL, 0);
	struct pw_sock v6 = sock(PW_LISTEN, "::", 80, NULL, 0);

	(void)state;
	v6.flags = PW_F_V6ONLY;
	add_socket(&a, &v4);
	add_socket(&a, &v6);
	add_holder(&a, 0, 20, "nginx", 6);
	add_holder(&a, 1, 20, "nginx", 7);
	assert_shown(&opts, &a, VIEW_LIST,
		     "tcp  LISTEN  0.0.0.0:80  nginx[20]  1000  backlog 0\n"
		     "tcp  LISTEN  [::]:80     nginx[20]  1000  backlog 0, v6only\n");
	opts.width = 80;
	assert_shown(&opts, &a, VIEW_LIST, "tcp  LISTEN  *:80  nginx[20]  1000\n");
	/* Not of another process, nor with one more. */
	add_holder(&a, 1, 21, "nginx", 7);
	assert_shown(&opts, &a, VIEW_LIST,
		     "tcp  LISTEN  0.0.0.0:80  nginx[20]     1000  -\n"
		     "tcp  LISTEN  [::]:80     nginx[20] +1  1000  v6only\n");
}

/* A number that was used again is another process. */
static void test_reused_pid(void **state)
{
	const struct out_opts opts = {};
	_cleanup_(answer_done) struct answer a = {};
	struct pw_sock s = sock(PW_LISTEN, "0.0.0.0", 80, NULL, 0);

	(void)state;
	s.creator = actor(20, "nginx");
	add_socket(&a, &s)->creator_alive = true;
	add_holder(&a, 0, 20, "nginx", 6);
	assert_shown(&opts, &a, VIEW_LIST, "tcp  LISTEN  0.0.0.0:80  nginx[20]  1000  backlog 0\n");
	a.sockets[0].s.creator.start_ns++;
	assert_shown(&opts, &a, VIEW_LIST,
		     "tcp  LISTEN  0.0.0.0:80  nginx[20]  1000  backlog 0, created by nginx[20]\n");
}

static size_t lines(const char *text)
{
	size_t n = 0;

	for (; *text; text++)
		n += *text == '\n';
	return n;
}

static void test_folding(void **state)
{
	struct out_opts opts = { .width = 200, .color = true };
	_cleanup_(answer_done) struct answer a = {};
	struct capture c;
	struct pw_sock s;

	(void)state;
	for (uint16_t i = 0; i < 1000; i++) {
		s = sock(i < 12 ? PW_LISTEN : PW_ESTABLISHED, "10.0.0.1", 80, "10.0.0.2",
			 (uint16_t)(1000 + i));
		add_socket(&a, &s);
		add_holder(&a, i, i < 500 ? 20 : 21, "nginx", i + 3u);
	}
	show_answer(&c, &opts, &a, VIEW_LIST);
	assert_int_equal(lines(c.text), 12 + 2 * 11);
	assert_non_null(strstr(c.text, "… and 478 more\n"));
	assert_non_null(strstr(c.text, "… and 490 more\n"));
	capture_done(&c);
	/* Nothing is left out in a pipe. */
	opts.width = 0;
	show_answer(&c, &opts, &a, VIEW_LIST);
	assert_int_equal(lines(c.text), 1000);
	capture_done(&c);
}

static void test_table(void **state)
{
	static const struct table_column columns[] = {
		{ .title = "NAME" },
		{ .title = "RUNS", .right = true },
		{ .title = "NEVER", .optional = true },
		{ .title = "WHY" },
	};
	struct out_opts opts = { .header = true };
	struct capture c;
	struct table t;

	(void)state;
	table_init(&t, columns, ARRAY_SIZE(columns));
	table_cell(&t, "日本", COLOR_RED);
	table_cell_u64(&t, UINT64_MAX);
	table_cell(&t, NULL, NULL);
	table_cell(&t, "a\tb and much, much more", COLOR_RED);
	table_cell(&t, "x", NULL);
	table_cell_u64(&t, 5);
	table_cell(&t, "", NULL);
	table_cell(&t, NULL, COLOR_RED);
	/* A row that was not finished is not printed. */
	table_cell(&t, "half", NULL);

	capture_init(&c);
	assert_int_equal(table_print(&t, c.f, &opts), 0);
	assert_string_equal(capture_text(&c),
			    "NAME                  RUNS  WHY\n"
			    "日本  18446744073709551615  a\\x09b and much, much more\n"
			    "x                        5  -\n");
	capture_done(&c);

	opts = (struct out_opts){ .color = true, .width = 28 + 17 };
	capture_init(&c);
	assert_int_equal(table_print(&t, c.f, &opts), 0);
	assert_string_equal(capture_text(&c),
			    COLOR_RED "日本" COLOR_RESET "  18446744073709551615  " COLOR_RED
				      "a\\x09b and much,…" COLOR_RESET "\n"
				      "x                        5  -\n");
	capture_done(&c);
	table_done(&t);

	table_init(&t, columns, ARRAY_SIZE(columns));
	opts.header = true;
	opts.color = false;
	capture_init(&c);
	assert_int_equal(table_print(&t, c.f, &opts), 0);
	assert_string_equal(capture_text(&c), "NAME  RUNS  WHY\n");
	capture_done(&c);
	table_done(&t);
}

static void test_errors(void **state)
{
	_cleanup_(answer_done) struct answer a;
	struct pw_event ev = event(PW_EV_BIND, "10.0.0.1", 80, NULL, 0);

	(void)state;
	fill_example(&a);
	for (int json = 0; json < 2; json++) {
		const struct out_opts opts = { .json = json };
		_cleanup_fclose_ FILE *full = fopen("/dev/full", "w");
		struct sink *sink;

		assert_int_equal(sink_new_answer(&opts, full, &sink), 0);
		assert_int_equal(sink_event(sink, &ev, NULL), -EOPNOTSUPP);
		assert_int_equal(sink_answer(sink, &a, VIEW_WHO), -ENOSPC);
		sink_end(sink, 0);
		sink_free(sink);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_json),	     cmocka_unit_test(test_json_rest),
		cmocka_unit_test(test_text),	     cmocka_unit_test(test_text_empty),
		cmocka_unit_test(test_many_holders), cmocka_unit_test(test_twins),
		cmocka_unit_test(test_reused_pid),   cmocka_unit_test(test_folding),
		cmocka_unit_test(test_table),	     cmocka_unit_test(test_errors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
