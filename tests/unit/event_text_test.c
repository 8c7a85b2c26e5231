// SPDX-License-Identifier: GPL-2.0-or-later
/* The event stream as text, and what both forms have in common. */
#include "print/sink.h"

#include <time.h>

#include "print/color.h"
#include "show.h"

/* Without a header, so that only the line is compared. */
static void assert_text(const struct pw_event *ev, const struct event_extra *x, const char *want)
{
	const struct out_opts opts = { .boot_to_real = NEW_YEAR, .netns = HOME };
	struct capture c;

	show_event(&c, &opts, ev, x);
	assert_string_equal(c.text, want);
	capture_done(&c);
}

static void test_refused(void **state)
{
	struct pw_event ev = event(PW_EV_BIND_FAILED, "0.0.0.0", 0, "10.0.0.5", 5432);
	struct portuse range = {
		.by = { [PORTUSE_BOUND] = 1, [PORTUSE_CONNECTED] = 2 },
		.most = { { .actor = actor(812, "worker"), .ports = 2 },
			  { .actor = actor(813, "x\033"), .ports = 1 } },
		.nr_most = 2,
	};
	struct event_extra x = { .reason = "no port is left", .range = &range };

	(void)state;
	ev.call = PW_CALL_CONNECT;
	ev.error = EADDRNOTAVAIL;
	assert_text(
		&ev, &x,
		"00:00:01.000000  bind-failed   tcp    -                      10.0.0.5:5432"
		"          -                 connect(): EADDRNOTAVAIL, no port is left (1 bound, "
		"2 connected; most by worker[812]: 2, x\\x1b[813]: 1)\n");
	ev = event(PW_EV_BIND_FAILED, "0.0.0.0", 8000, NULL, 0);
	ev.call = PW_CALL_LISTEN;
	assert_text(&ev, NULL,
		    "00:00:01.000000  bind-failed   tcp    0.0.0.0:8000           -             "
		    "         -                 listen(): refused\n");
}

static void test_detailed(void **state)
{
	const struct out_opts opts = { .boot_to_real = NEW_YEAR, .netns = HOME, .detailed = true };
	struct pw_event ev = event(PW_EV_ACCEPT, "127.0.0.1", 8000, "127.0.0.1", 40000);
	struct pw_actor peer = actor(812, "curl");
	struct event_extra x = { .peer = &peer };
	struct capture c;

	(void)state;
	show_event(&c, &opts, &ev, &x);
	assert_non_null(strstr(c.text, " from curl[812]\n"));
	capture_done(&c);
	x.peer_inferred = true;
	ev.kind = PW_EV_CONNECT;
	show_event(&c, &opts, &ev, &x);
	assert_non_null(strstr(c.text, " to curl[812] (inferred)\n"));
	capture_done(&c);
	ev = event(PW_EV_BIND, "127.0.0.1", 8000, NULL, 0);
	ev.flags = PW_EF_REUSEADDR | PW_EF_REUSEPORT;
	show_event(&c, &opts, &ev, NULL);
	assert_non_null(strstr(c.text, " reuseport, reuseaddr\n"));
	capture_done(&c);
}

static void test_text(void **state)
{
	struct pw_event ev = event(PW_EV_LISTEN, "0.0.0.0", 8000, NULL, 0);
	struct event_holder holders[] = { { .actor = actor(1479, "tracd") },
					  { .actor = actor(1480, "x\033") } };
	struct event_extra x = { .holders = holders, .nr_holders = 2, .holders_known = true };

	(void)state;
	ev.actor = actor(1479, "tracd");
	ev.backlog = 128;
	ev.flags = PW_EF_REUSEPORT | PW_EF_V6ONLY;
	assert_text(&ev, NULL,
		    "00:00:01.000000  listen        tcp    0.0.0.0:8000           -             "
		    "         tracd[1479]       backlog 128, reuseport\n");
	ev = event(PW_EV_BIND, "::", 8000, NULL, 0);
	ev.actor = actor(1479, "tracd");
	ev.flags = PW_EF_V6ONLY;
	assert_text(&ev, NULL,
		    "00:00:01.000000  bind          tcp    [::]:8000              -             "
		    "         tracd[1479]       v6only\n");
	ev = event(PW_EV_BIND_FAILED, "127.0.0.1", 8000, NULL, 0);
	ev.error = EADDRINUSE;
	ev.actor = actor(900, "uvicorn");
	assert_text(&ev, &x,
		    "00:00:01.000000  bind-failed   tcp    127.0.0.1:8000         -             "
		    "         uvicorn[900]      EADDRINUSE, held by tracd[1479], x\\x1b[1480]\n");
	x.nr_holders = 0;
	assert_text(&ev, &x,
		    "00:00:01.000000  bind-failed   tcp    127.0.0.1:8000         -             "
		    "         uvicorn[900]      EADDRINUSE, no process holds it\n");
	ev = event(PW_EV_STATE, "10.0.0.1", 80, "10.0.0.2", 9);
	ev.old_state = PW_SYN_RECV;
	ev.new_state = PW_ESTABLISHED;
	ev.actor = actor(1, "a\nb");
	ev.flags = PW_EF_INFERRED;
	ev.netns = 99;
	assert_text(
		&ev, NULL,
		"00:00:01.000000  state         tcp    10.0.0.1:80            10.0.0.2:9    "
		"         a\\x0ab[1]         SYN_RECV → ESTABLISHED, process inferred, netns 99\n");
	ev = event(PW_EV_CLOSE, "10.0.0.1", 80, "10.0.0.2", 9);
	ev.age_ns = 93210500000;
	assert_text(&ev, NULL,
		    "00:00:01.000000  close         tcp    10.0.0.1:80            10.0.0.2:9    "
		    "         -                 after 93 s\n");
	/* No blanks at the end of a line. */
	ev.age_ns = 0;
	assert_text(&ev, NULL,
		    "00:00:01.000000  close         tcp    10.0.0.1:80            10.0.0.2:9    "
		    "         -\n");
	ev = (struct pw_event){ .kind = PW_EV_LOST, .time_ns = 1000000000, .age_ns = 1 };
	assert_text(
		&ev, NULL,
		"00:00:01.000000  lost  *** 1 event lost here: they came faster than they could be "
		"shown ***\n");
}

/* Columns grow with what they have shown, and lines below stay aligned. */
static void test_alignment(void **state)
{
	const struct out_opts opts = { .header = true, .boot_to_real = NEW_YEAR };
	struct pw_event v4 = event(PW_EV_BIND, "10.0.0.1", 80, NULL, 0);
	struct pw_event v6 = event(PW_EV_BIND, "2001:db8:1:2:3:4:5:6", 80, NULL, 0);
	struct sink *sink;
	struct capture c;
	char *line, *save;
	size_t first = 0, last = 0;

	(void)state;
	v4.actor = v6.actor = actor(7, "\xe6\x97\xa5\xe6\x9c\xac"); /* four columns, six bytes */
	capture_init(&c);
	assert_int_equal(sink_new_events(&opts, c.f, &sink), 0);
	sink_event(sink, &v4, NULL);
	sink_event(sink, &v6, NULL);
	sink_event(sink, &v4, NULL);
	assert_int_equal(sink_end(sink, 2500000000), 0);
	sink_free(sink);
	line = strtok_r(c.text, "\n", &save);
	assert_string_equal(line,
			    "TIME             EVENT         PROTO  LOCAL                  REMOTE"
			    "                 PROCESS           DETAILS");
	first = strcspn(strtok_r(NULL, "\n", &save), "\xe6");
	last = strcspn(strtok_r(NULL, "\n", &save), "\xe6");
	assert_int_equal(last, first + strlen("[2001:db8:1:2:3:4:5:6]:80") - 21);
	assert_int_equal(strcspn(strtok_r(NULL, "\n", &save), "\xe6"), last);
	assert_string_equal(strtok_r(NULL, "\n", &save), "3 events in 2.5 s: 3 bind; none lost");
	assert_null(strtok_r(NULL, "\n", &save));
	capture_done(&c);
}

static void test_peers_are_looked_up_where_they_are_shown(void **state)
{
	static const struct {
		struct out_opts opts;
		bool shown;
	} rows[] = { { {}, false }, { { .detailed = true }, true }, { { .json = true }, true } };
	struct sink *sink;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		assert_int_equal(sink_new_events(&rows[i].opts, stdout, &sink), 0);
		assert_int_equal(sink->shows_more, rows[i].shown);
		sink_free(sink);
	}
}

static void test_footer(void **state)
{
	struct out_opts opts = { .header = true };
	struct pw_event lost = { .kind = PW_EV_LOST, .age_ns = 7 };
	struct pw_event bind = event(PW_EV_BIND, "10.0.0.1", 80, NULL, 0), close = bind;
	struct sink *sink;
	struct capture c;

	(void)state;
	close.kind = PW_EV_CLOSE;
	capture_init(&c);
	assert_int_equal(sink_new_events(&opts, c.f, &sink), 0);
	sink_event(sink, &close, NULL);
	sink_event(sink, &lost, NULL);
	sink_event(sink, &bind, NULL);
	sink_event(sink, &lost, NULL);
	assert_int_equal(sink_end(sink, 1000000), 0);
	sink_free(sink);
	assert_non_null(strstr(c.text, "\n2 events in 1.0 ms: 1 bind, 1 close; 14 lost\n"));
	capture_done(&c);

	/* Nothing at all: still a header and an honest end; with no header, neither. */
	capture_init(&c);
	assert_int_equal(sink_new_events(&opts, c.f, &sink), 0);
	assert_int_equal(sink_end(sink, 1000000), 0);
	sink_free(sink);
	assert_ptr_equal(strstr(c.text, "TIME "), c.text);
	assert_non_null(strstr(c.text, "\n0 events in 1.0 ms; none lost\n"));
	capture_done(&c);
	opts.header = false;
	capture_init(&c);
	assert_int_equal(sink_new_events(&opts, c.f, &sink), 0);
	assert_int_equal(sink_end(sink, 1000000), 0);
	sink_free(sink);
	assert_string_equal(capture_text(&c), "");
	capture_done(&c);
	/* JSON streams have objects only. */
	opts = (struct out_opts){ .header = true, .json = true };
	capture_init(&c);
	assert_int_equal(sink_new_events(&opts, c.f, &sink), 0);
	assert_int_equal(sink_end(sink, 1000000), 0);
	sink_free(sink);
	assert_string_equal(capture_text(&c), "");
	capture_done(&c);
}

static void test_color(void **state)
{
	const struct out_opts opts = { .color = true, .header = true };
	struct pw_event ev = event(PW_EV_STATE, "10.0.0.1", 80, "10.0.0.2", 9);
	struct capture colored;
	size_t on = 0, off = 0;

	(void)state;
	ev.old_state = PW_SYN_RECV;
	ev.new_state = PW_ESTABLISHED;
	show_event(&colored, &opts, &ev, NULL);
	for (const char *p = colored.text; (p = strchr(p, '\033')); p++) {
		if (strncmp(p, COLOR_RESET, strlen(COLOR_RESET)) == 0)
			off++;
		else
			on++;
	}
	assert_true(on >= 3);
	assert_int_equal(on, off);
	assert_non_null(strstr(colored.text, COLOR_CYAN "SYN_RECV → ESTABLISHED" COLOR_RESET));
	capture_done(&colored);
}

static bool name_host(void *arg, uint8_t family, const struct pw_addr *a, char *buf, size_t size)
{
	assert_string_equal(arg, "names");
	if (family != PW_INET || a->b[3] != 1)
		return false;
	snprintf(buf, size, "evil\033host");
	return true;
}

static bool name_port(void *arg, uint8_t proto, uint16_t port, char *buf, size_t size)
{
	assert_string_equal(arg, "names");
	if (proto != PW_TCP || port != 80)
		return false;
	snprintf(buf, size, "http");
	return true;
}

static void test_names(void **state)
{
	const struct out_names names = { (void *)"names", name_host, name_port };
	struct out_opts opts = { .names = &names };
	struct pw_event ev = event(PW_EV_STATE, "10.0.0.1", 80, "10.0.0.2", 9);
	struct capture c;

	(void)state;
	show_event(&c, &opts, &ev, NULL);
	assert_non_null(strstr(c.text, " evil\\x1bhost:http "));
	assert_non_null(strstr(c.text, " 10.0.0.2:9 "));
	capture_done(&c);
	ev = event(PW_EV_STATE, "0.0.0.0", 81, "::1", 0);
	show_event(&c, &opts, &ev, NULL);
	assert_non_null(strstr(c.text, " [::]:81 "));
	assert_non_null(strstr(c.text, " [::1]:* "));
	capture_done(&c);
	/* JSON stays numeric. */
	opts.json = true;
	ev = event(PW_EV_STATE, "10.0.0.1", 80, "10.0.0.2", 9);
	show_event(&c, &opts, &ev, NULL);
	assert_non_null(strstr(c.text, "\"local\":{\"addr\":\"10.0.0.1\",\"port\":80}"));
	capture_done(&c);
}

static void test_errors(void **state)
{
	struct pw_event ev = event(PW_EV_BIND, "10.0.0.1", 80, NULL, 0);
	struct answer a = {};

	(void)state;
	for (int json = 0; json < 2; json++) {
		const struct out_opts opts = { .json = json, .header = true };
		_cleanup_fclose_ FILE *full = fopen("/dev/full", "w");
		struct sink *sink;
		int r = 0;

		assert_int_equal(sink_new_events(&opts, full, &sink), 0);
		assert_int_equal(sink_answer(sink, &a, VIEW_WHO), -EOPNOTSUPP);
		for (int i = 0; i < 1000 && r == 0; i++)
			r = sink_event(sink, &ev, NULL);
		assert_int_equal(r, -ENOSPC);
		assert_int_equal(sink_flush(sink), -ENOSPC);
		assert_int_equal(sink_end(sink, 0), -ENOSPC);
		sink_free(sink);
	}
	sink_free(NULL);
}

/* Any bytes at all: no crash, and one line per event. */
static void test_noise(void **state)
{
	(void)state;
	srandom(11);
	for (int i = 0; i < 40000; i++) {
		const struct out_opts opts = { .json = i & 1, .boot_to_real = NEW_YEAR };
		struct pw_event ev = {};
		struct capture c;

		for (size_t k = 0; k < sizeof(ev); k++)
			((uint8_t *)&ev)[k] = (uint8_t)random();
		if (i % 4)
			ev.kind = (uint8_t)(1 + random() % PW_EV_LOST);
		show_event(&c, &opts, &ev, NULL);
		assert_ptr_equal(strchr(c.text, '\n'), c.text + c.len - 1);
		assert_null(strchr(c.text, '\033'));
		capture_done(&c);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_detailed),
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_alignment),
		cmocka_unit_test(test_peers_are_looked_up_where_they_are_shown),
		cmocka_unit_test(test_footer),
		cmocka_unit_test(test_color),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_noise),
	};

	setenv("TZ", "UTC", 1);
	tzset();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
