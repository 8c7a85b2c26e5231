// SPDX-License-Identifier: GPL-2.0-or-later
/* The event stream as JSON (portwatch.json(5), EVENTS). */
#include "print/sink.h"

#include <time.h>

#include "show.h"

#define T "\"time\":\"2026-01-01T00:00:01.000000Z\""

static void assert_json(const struct pw_event *ev, const struct event_extra *x, const char *want)
{
	const struct out_opts opts = { .json = true, .boot_to_real = NEW_YEAR, .netns = HOME };
	struct capture c;

	show_event(&c, &opts, ev, x);
	assert_string_equal(c.text, want);
	capture_done(&c);
}

static void test_options(void **state)
{
	struct pw_event ev = event(PW_EV_BIND, "0.0.0.0", 8000, NULL, 0);

	(void)state;
	ev.flags = PW_EF_REUSEADDR | PW_EF_REUSEPORT | PW_EF_V6ONLY;
	assert_json(&ev, NULL,
		    "{" T ",\"event\":\"bind\",\"proto\":\"tcp\",\"family\":\"inet\",\"local\":{"
		    "\"addr\":\"0.0.0.0\",\"port\":8000},\"netns\":4026531840,"
		    "\"reuseaddr\":true,\"reuseport\":true}\n");
}

/* An empty name is told, an unknown name is absent. */
static void test_peer(void **state)
{
	struct pw_event ev = event(PW_EV_ACCEPT, "127.0.0.1", 8000, "127.0.0.1", 40000);
	struct pw_actor peer = actor(812, "");
	struct event_extra x = { .peer = &peer };

	(void)state;
	ev.actor = actor(1479, "");
	ev.actor.start_ns = 0;
	peer.start_ns = 5;
	assert_json(&ev, &x,
		    "{" T ",\"event\":\"accept\",\"proto\":\"tcp\",\"family\":\"inet\",\"local\":"
		    "{\"addr\":\"127.0.0.1\",\"port\":8000},\"remote\":{\"addr\":\"127.0.0.1\","
		    "\"port\":40000},\"netns\":4026531840,\"pid\":1479,\"uid\":1000,\"peer\":{"
		    "\"pid\":812,\"comm\":\"\"}}\n");
	x.peer_inferred = true;
	peer = actor(812, "nc");
	ev.kind = PW_EV_CONNECT;
	assert_json(&ev, &x,
		    "{" T ",\"event\":\"connect\",\"proto\":\"tcp\",\"family\":\"inet\",\"local\":"
		    "{\"addr\":\"127.0.0.1\",\"port\":8000},\"remote\":{\"addr\":\"127.0.0.1\","
		    "\"port\":40000},\"netns\":4026531840,\"pid\":1479,\"uid\":1000,\"peer\":{"
		    "\"pid\":812,\"comm\":\"nc\",\"inferred\":true}}\n");
}

static void test_json(void **state)
{
	struct pw_event ev = event(PW_EV_LISTEN, "0.0.0.0", 8000, NULL, 0);
	struct event_holder holders[] = { { .actor = actor(1479, "tracd") },
					  { .actor = actor(1480, "a\"b") } };
	struct event_extra x = { .holders = holders, .nr_holders = 2, .holders_known = true };

	(void)state;
	ev.cookie = 77;
	ev.actor = actor(1479, "tracd");
	ev.backlog = 128;
	ev.old_state = PW_BOUND;
	ev.new_state = PW_LISTEN;
	assert_json(
		&ev, NULL,
		"{" T ",\"event\":\"listen\",\"old\":\"BOUND\",\"new\":\"LISTEN\",\"proto\":"
		"\"tcp\",\"family\":\"inet\",\"local\":{\"addr\":\"0.0.0.0\",\"port\":8000},"
		"\"netns\":4026531840,\"cookie\":77,\"pid\":1479,\"comm\":\"tracd\",\"uid\":1000,"
		"\"backlog\":128}\n");

	ev = event(PW_EV_BIND_FAILED, "::", 8000, NULL, 0);
	ev.actor = actor(900, "uvicorn");
	ev.error = EADDRINUSE;
	assert_json(
		&ev, &x,
		"{" T ",\"event\":\"bind-failed\",\"error\":\"EADDRINUSE\",\"proto\":\"tcp\","
		"\"family\":\"inet6\",\"local\":{\"addr\":\"::\",\"port\":8000},\"netns\":"
		"4026531840,\"pid\":900,\"comm\":\"uvicorn\",\"uid\":1000,\"holders\":[{\"pid\":"
		"1479,\"comm\":\"tracd\"},{\"pid\":1480,\"comm\":\"a\\\"b\"}]}\n");
	/* Not asked, or asked and nobody: a difference. */
	x.nr_holders = 0;
	assert_json(&ev, &x,
		    "{" T ",\"event\":\"bind-failed\",\"error\":\"EADDRINUSE\",\"proto\":\"tcp\","
		    "\"family\":\"inet6\",\"local\":{\"addr\":\"::\",\"port\":8000},\"netns\":"
		    "4026531840,\"pid\":900,\"comm\":\"uvicorn\",\"uid\":1000,\"holders\":[]}\n");
	assert_json(&ev, NULL,
		    "{" T ",\"event\":\"bind-failed\",\"error\":\"EADDRINUSE\",\"proto\":\"tcp\","
		    "\"family\":\"inet6\",\"local\":{\"addr\":\"::\",\"port\":8000},\"netns\":"
		    "4026531840,\"pid\":900,\"comm\":\"uvicorn\",\"uid\":1000}\n");

	ev = event(PW_EV_STATE, "10.0.0.1", 40000, "10.0.0.2", 443);
	ev.actor = actor(812, "curl");
	ev.old_state = PW_SYN_SENT;
	ev.new_state = PW_ESTABLISHED;
	assert_json(
		&ev, NULL,
		"{" T ",\"event\":\"state\",\"old\":\"SYN_SENT\",\"new\":\"ESTABLISHED\","
		"\"proto\":\"tcp\",\"family\":\"inet\",\"local\":{\"addr\":\"10.0.0.1\",\"port\":"
		"40000},\"remote\":{\"addr\":\"10.0.0.2\",\"port\":443},\"netns\":4026531840,"
		"\"pid\":812,\"comm\":\"curl\",\"uid\":1000}\n");

	ev = event(PW_EV_CLOSE, "::ffff:10.0.0.1", 80, "::ffff:10.0.0.2", 9);
	ev.actor = actor(1479, "tracd");
	ev.flags = PW_EF_INFERRED;
	ev.age_ns = 93210500000;
	assert_json(
		&ev, NULL,
		"{" T ",\"event\":\"close\",\"proto\":\"tcp\",\"family\":\"inet6\",\"local\":{"
		"\"addr\":\"::ffff:10.0.0.1\",\"port\":80},\"remote\":{\"addr\":\"::ffff:10.0.0.2"
		"\",\"port\":9},\"netns\":4026531840,\"pid\":1479,\"comm\":\"tracd\",\"uid\":1000,"
		"\"inferred\":true,\"duration_ms\":93210.5}\n");
}

static void test_json_caller(void **state)
{
	struct pw_event ev;

	(void)state;
	ev = event(PW_EV_BIND, "10.0.0.1", 80, "0.0.0.0", 0);
	ev.actor = actor(1479, "tracd");
	ev.thread = 1481;
	assert_json(&ev, &(struct event_extra){ .fds = (uint32_t[]){ 3, 9 }, .nr_fds = 2 },
		    "{" T ",\"event\":\"bind\",\"proto\":\"tcp\",\"family\":\"inet\",\"local\":{"
		    "\"addr\":\"10.0.0.1\",\"port\":80},\"netns\":4026531840,\"pid\":1479,"
		    "\"comm\":\"tracd\",\"uid\":1000,\"tid\":1481,\"fds\":[3,9]}\n");
}

static void test_json_refused(void **state)
{
	struct pw_event ev = event(PW_EV_BIND_FAILED, "0.0.0.0", 0, "10.0.0.5", 5432);
	struct portuse range = {
		.first = 40000,
		.last = 40003,
		.total = 3,
		.used = 3,
		.by = { [PORTUSE_BOUND] = 1, [PORTUSE_CONNECTED] = 2 },
		.most = { { .actor = actor(812, "worker"), .ports = 3 } },
		.nr_most = 1,
	};
	struct event_extra x = { .reason = "no port is left", .range = &range };

	(void)state;
	ev.call = PW_CALL_CONNECT;
	ev.error = EADDRNOTAVAIL;
	assert_json(
		&ev, &x,
		"{" T ",\"event\":\"bind-failed\",\"error\":\"EADDRNOTAVAIL\",\"call\":"
		"\"connect\",\"proto\":\"tcp\",\"family\":\"inet\",\"remote\":{\"addr\":"
		"\"10.0.0.5\",\"port\":5432},\"netns\":4026531840,\"reason\":\"no port is left\","
		"\"range\":{\"first\":40000,\"last\":40003,\"total\":3,\"used\":3,\"listening\":0,"
		"\"bound\":1,\"connected\":2,\"timewait\":0,\"most\":[{\"pid\":812,\"comm\":"
		"\"worker\",\"ports\":3}]}}\n");
	/* A listen() whose error no hook has seen. */
	ev = event(PW_EV_BIND_FAILED, "0.0.0.0", 8000, NULL, 0);
	ev.call = PW_CALL_LISTEN;
	assert_json(&ev, NULL,
		    "{" T ",\"event\":\"bind-failed\",\"call\":\"listen\",\"proto\":\"tcp\","
		    "\"family\":\"inet\",\"local\":{\"addr\":\"0.0.0.0\",\"port\":8000},"
		    "\"netns\":4026531840}\n");
}

static void test_json_rest(void **state)
{
	struct pw_event ev = { .kind = PW_EV_LOST, .time_ns = 1000000000, .age_ns = 128 };

	(void)state;
	assert_json(&ev, NULL, "{" T ",\"event\":\"lost\",\"count\":128}\n");

	/* An unknown fact is absent: no process, no port yet, no age. */
	ev = event(PW_EV_CONNECT, "0.0.0.0", 0, "10.0.0.2", 443);
	ev.netns = 0;
	ev.new_state = PW_SYN_SENT;
	ev.old_state = PW_CLOSE;
	ev.flags = PW_EF_INFERRED;
	assert_json(
		&ev, NULL,
		"{" T ",\"event\":\"connect\",\"old\":\"CLOSE\",\"new\":\"SYN_SENT\",\"proto\":"
		"\"tcp\",\"family\":\"inet\",\"remote\":{\"addr\":\"10.0.0.2\",\"port\":443}}\n");
	ev = event(PW_EV_CLOSE, "10.0.0.1", 0, NULL, 0);
	ev.proto = PW_UDP;
	assert_json(&ev, NULL,
		    "{" T ",\"event\":\"close\",\"proto\":\"udp\",\"family\":\"inet\",\"local\":{"
		    "\"addr\":\"10.0.0.1\"},\"netns\":4026531840}\n");

	ev = event(PW_EV_TIMEWAIT_END, "10.0.0.1", 80, "10.0.0.2", 9);
	ev.flags = PW_EF_REUSED | PW_EF_ESTIMATED;
	assert_json(
		&ev, NULL,
		"{" T ",\"event\":\"timewait-end\",\"proto\":\"tcp\",\"family\":\"inet\","
		"\"local\":{\"addr\":\"10.0.0.1\",\"port\":80},\"remote\":{\"addr\":\"10.0.0.2\","
		"\"port\":9},\"netns\":4026531840,\"reused\":true,\"estimated\":true}\n");

	/* Hostile names, all sixteen bytes of them. */
	ev = event(PW_EV_BIND, "::1", 80, NULL, 0);
	ev.actor = actor(5, "\033[2J\xff\n\"0123456789");
	assert_json(&ev, NULL,
		    "{" T ",\"event\":\"bind\",\"proto\":\"tcp\",\"family\":\"inet6\",\"local\":{"
		    "\"addr\":\"::1\",\"port\":80},\"netns\":4026531840,\"pid\":5,\"comm\":"
		    "\"\\u001b[2J\xef\xbf\xbd\\n\\\"012345678\",\"uid\":1000}\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_json),	     cmocka_unit_test(test_json_caller),
		cmocka_unit_test(test_peer),	     cmocka_unit_test(test_options),
		cmocka_unit_test(test_json_refused), cmocka_unit_test(test_json_rest),
	};

	setenv("TZ", "UTC", 1);
	tzset();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
