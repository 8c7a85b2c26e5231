// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/names.h"

#include "unit.h"

/* The contract, word by word: these must never change. */
static void test_contract(void **state)
{
	static const char *const states[] = {
		"ESTABLISHED", "SYN_SENT", "SYN_RECV",	 "FIN_WAIT1", "FIN_WAIT2",
		"TIME_WAIT",   "CLOSE",	   "CLOSE_WAIT", "LAST_ACK",  "LISTEN",
		"CLOSING",     "SYN_RECV", "BOUND",	 "UNCONN",
	};
	static const char *const events[] = {
		"bind",	 "bind-failed", "listen",   "connect",	    "accept",
		"state", "close",	"timewait", "timewait-end", "lost",
	};
	static const char *const whys[] = {
		"free",	  "held",	 "bound",      "timewait", "orphan",  "inflight",
		"kernel", "other-netns", "privileged", "reserved", "unknown",
	};

	(void)state;
	assert_int_equal(ARRAY_SIZE(states), PW_STATE_MAX - 1);
	for (int i = 1; i < PW_STATE_MAX; i++)
		assert_string_equal(names_state((uint8_t)i), states[i - 1]);
	assert_int_equal(ARRAY_SIZE(events), PW_EV_MAX - 1);
	for (int i = 1; i < PW_EV_MAX; i++)
		assert_string_equal(names_event((uint8_t)i), events[i - 1]);
	assert_int_equal(ARRAY_SIZE(whys), WHY_MAX);
	for (int i = 0; i < WHY_MAX; i++)
		assert_string_equal(names_why((enum why)i), whys[i]);
	assert_string_equal(names_proto(PW_TCP), "tcp");
	assert_string_equal(names_proto(PW_UDP), "udp");
	assert_string_equal(names_family(PW_INET), "inet");
	assert_string_equal(names_family(PW_INET6), "inet6");
	assert_string_equal(names_resolved(RESOLVED_PROC), "proc");
	assert_string_equal(names_resolved(RESOLVED_VERIFIED), "verified");
	assert_string_equal(names_resolved(RESOLVED_WALK), "walk");
	assert_null(names_resolved(RESOLVED_UNKNOWN));
}

/* Every number has a name, also one that does not exist. */
static void test_total(void **state)
{
	(void)state;
	for (int i = 0; i < 256; i++) {
		assert_non_null(names_state((uint8_t)i));
		assert_non_null(names_event((uint8_t)i));
		assert_non_null(names_proto((uint8_t)i));
		assert_non_null(names_family((uint8_t)i));
		assert_non_null(names_need((uint8_t)i));
		assert_non_null(names_need_text((uint8_t)i));
		assert_non_null(names_variant((uint8_t)i));
	}
	for (int i = 0; i < PW_NEED_MAX; i++)
		assert_string_not_equal(names_need((uint8_t)i), "unknown");
	for (int i = 0; i < PW_VAR_MAX; i++)
		assert_string_not_equal(names_variant((uint8_t)i), "unknown");
	assert_string_equal(names_state(0), "UNKNOWN");
	assert_string_equal(names_state(200), "UNKNOWN");
	assert_string_equal(names_why(WHY_MAX), "unknown");
}

static void test_errno(void **state)
{
	char buf[NAMES_ERRNO_LEN];

	(void)state;
	assert_string_equal(names_errno(EADDRINUSE, buf), "EADDRINUSE");
	assert_string_equal(names_errno(EACCES, buf), "EACCES");
	assert_string_equal(names_errno(4095, buf), "errno 4095");
	assert_string_equal(names_errno(INT32_MAX, buf), "errno 2147483647");
	assert_string_equal(names_errno(-5, buf), "errno 0");
}

static void test_parse_state(void **state)
{
	static const struct {
		const char *text;
		uint32_t want;
	} rows[] = {
		{ "LISTEN", 1u << PW_LISTEN },
		{ "listen", 1u << PW_LISTEN },
		{ "listening", 1u << PW_LISTEN },
		{ "ESTABLISHED", 1u << PW_ESTABLISHED },
		{ "estab", 1u << PW_ESTABLISHED },
		{ "syn-sent", 1u << PW_SYN_SENT },
		{ "syn-recv", 1u << PW_SYN_RECV | 1u << PW_NEW_SYN_RECV },
		{ "SYN_RECV", 1u << PW_SYN_RECV | 1u << PW_NEW_SYN_RECV },
		{ "syn_received", 1u << PW_SYN_RECV | 1u << PW_NEW_SYN_RECV },
		{ "fin-wait-1", 1u << PW_FIN_WAIT1 },
		{ "FIN_WAIT2", 1u << PW_FIN_WAIT2 },
		{ "time-wait", 1u << PW_TIME_WAIT },
		{ "TimeWait", 1u << PW_TIME_WAIT },
		{ "close-wait", 1u << PW_CLOSE_WAIT },
		{ "last-ack", 1u << PW_LAST_ACK },
		{ "closing", 1u << PW_CLOSING },
		{ "closed", 1u << PW_CLOSE },
		{ "bound", 1u << PW_BOUND },
		{ "unconn", 1u << PW_UNCONN },
	};
	static const char *const bad[] = { "", "L", "LISTENX", "UNKNOWN", "LISTEN ", "time wait" };
	uint32_t mask = 77;
	const char *all = names_all_states();

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		assert_row(i, !names_parse_state(rows[i].text, strlen(rows[i].text), &mask));
		assert_row(i, mask == rows[i].want);
	}
	mask = 77;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_row(i, names_parse_state(bad[i], strlen(bad[i]), &mask) == -EINVAL);
	assert_int_equal(mask, 77);
	/* The words that an error message offers are understood, and complete. */
	for (mask = 0; *all; all += strspn(all, ", ")) {
		uint32_t one;

		assert_int_equal(names_parse_state(all, strcspn(all, ","), &one), 0);
		mask |= one;
		all += strcspn(all, ",");
	}
	assert_int_equal(mask, (1u << PW_STATE_MAX) - 2);
}

static void test_parse_event(void **state)
{
	const char *all = names_all_events();
	uint32_t seen = 0;
	uint8_t kind;

	(void)state;
	for (; *all; all += strspn(all, ", ")) {
		assert_int_equal(names_parse_event(all, strcspn(all, ","), &kind), 0);
		seen |= 1u << kind;
		all += strcspn(all, ",");
	}
	assert_int_equal(seen, (1u << PW_EV_MAX) - 2);
	assert_int_equal(names_parse_event("Bind_Failed", 11, &kind), 0);
	assert_int_equal(kind, PW_EV_BIND_FAILED);
	assert_int_equal(names_parse_event("bind-", 5, &kind), -EINVAL);
	assert_int_equal(names_parse_event("", 0, &kind), -EINVAL);
	assert_int_equal(names_parse_proto("Tcp", 3, &kind), 0);
	assert_int_equal(kind, PW_TCP);
	assert_int_equal(names_parse_proto("tcp6", 4, &kind), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_contract),    cmocka_unit_test(test_total),
		cmocka_unit_test(test_errno),	    cmocka_unit_test(test_parse_state),
		cmocka_unit_test(test_parse_event),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
