// SPDX-License-Identifier: GPL-2.0-or-later
/* Former owners: which of them an answer keeps, in which order, and what is printed. */
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "model/answer.h"
#include "print/past_text.h"
#include "show.h"
#include "unit.h"

#define SECOND UINT64_C(1000000000)

static struct past *add(struct answer *a, uint16_t port, uint32_t pid, uint64_t until,
			enum past_how how, int code)
{
	struct past *p = answer_add_past(a);

	p->port = port;
	p->proto = PW_TCP;
	p->netns = HOME;
	p->id = actor(pid, "node");
	p->id.start_ns = pid * SECOND;
	p->until_ns = until;
	p->how = how;
	p->code = code;
	return p;
}

static void test_settle(void **state)
{
	_cleanup_(answer_done) struct answer a = {};
	struct pw_sock s = sock(PW_LISTEN, "127.0.0.1", 8000, NULL, 0);
	struct pw_actor holder = actor(30, "node");
	struct socket *held;
	size_t process;

	(void)state;
	held = add_socket(&a, &s);
	holder.start_ns = 30 * SECOND;
	assert_int_equal(answer_add_process(&a, &holder, 30, &process), 0);
	assert_int_equal(socket_add_holder(held, process, 3), 0);

	add(&a, 8000, 10, 0, PAST_PASSED, 0);
	add(&a, 8000, 10, 5, PAST_CLOSED, 0)->cmdline = strdup("x");
	add(&a, 8000, 20, 9, PAST_KILLED, 9);
	add(&a, 8000, 20, 7, PAST_CLOSED, 0)->cmdline = strdup("x");
	add(&a, 8000, 30, 8, PAST_CLOSED, 0)->cmdline = strdup("x");
	add(&a, 8000, 30, 6, PAST_CLOSED, 0)->id.start_ns = 1; /* another of that number */
	add(&a, 8000, 40, 0, PAST_PASSED, 0);
	add(&a, 7999, 40, 1, PAST_EXITED, 0);
	add(&a, 7999, 30, 2, PAST_EXITED, 0);
	answer_settle_pasts(&a);

	static const struct {
		uint16_t port;
		uint32_t pid;
		uint64_t until;
	} want[] = { { 7999, 30, 2 }, { 7999, 40, 1 }, { 8000, 20, 9 },
		     { 8000, 30, 6 }, { 8000, 10, 5 }, { 8000, 40, 0 } };

	assert_int_equal(a.nr_pasts, ARRAY_SIZE(want));
	for (size_t i = 0; i < ARRAY_SIZE(want); i++) {
		assert_int_equal(a.pasts[i].port, want[i].port);
		assert_int_equal(a.pasts[i].id.tgid, want[i].pid);
		assert_int_equal(a.pasts[i].until_ns, want[i].until);
	}
}

static void assert_text(const struct past *p, const char *want)
{
	_cleanup_(strbuf_done) struct strbuf text = {};

	past_text_add(&text, p, 100 * SECOND, PAST_TEXT_WORDS);
	assert_string_equal(strbuf_str(&text), want);
}

static void test_text(void **state)
{
	static const char words[] = "npm\0run\0dev", hostile[] = "a\0\x1b[31m`",
			  longer[] = "0123456789012345678901234567890123456789"
				     "0123456789012345678901234567890123456789",
			  umlaut[] = "01234567890123456789012345678901234567890123456789012345678"
				     "\xc3\xbc";
	_cleanup_(strbuf_done) struct strbuf whole = {};
	_cleanup_(answer_done) struct answer a = {};
	struct past *p = add(&a, 8000, 4711, 86 * SECOND, PAST_KILLED, 9);

	(void)state;
	assert_text(p, "node (pid 4711) until 14 s ago, killed by SIGKILL");
	p->cmdline = (char *)words;
	p->cmdline_len = sizeof(words) - 1;
	assert_text(p, "node (pid 4711) `npm run dev` until 14 s ago, killed by SIGKILL");
	p->cmdline_cut = true;
	p->how = PAST_EXITED;
	p->code = 1;
	assert_text(p, "node (pid 4711) `npm run dev…` until 14 s ago, exited with 1");
	p->how = PAST_CLOSED;
	p->cmdline = (char *)hostile;
	p->cmdline_len = sizeof(hostile) - 1;
	p->cmdline_cut = false;
	assert_text(p, "node (pid 4711) `a \\x1b[31m`` until 14 s ago, closed it");
	p->until_ns = 0;
	p->how = PAST_PASSED;
	p->cmdline = (char *)longer;
	p->cmdline_len = sizeof(longer) - 1;
	assert_text(
		p,
		"node (pid 4711) `012345678901234567890123456789012345678901234567890123456789…`, "
		"passed it on");
	/* a pipe's is not cut; a character is never split */
	past_text_add(&whole, p, 100 * SECOND, SIZE_MAX);
	assert_string_equal(
		strbuf_str(&whole),
		"node (pid 4711) `01234567890123456789012345678901234567890123456789012345678"
		"901234567890123456789`, passed it on");
	p->cmdline = (char *)umlaut;
	p->cmdline_len = sizeof(umlaut) - 1;
	assert_text(
		p,
		"node (pid 4711) `01234567890123456789012345678901234567890123456789012345678…`, "
		"passed it on");
	p->cmdline = NULL;
	p->how = PAST_KILLED;
	p->code = 33; /* glibc's own */
	p->until_ns = 100 * SECOND;
	memcpy(p->id.comm, "a\nb", 4);
	assert_text(p, "a\\x0ab (pid 4711) until 0 µs ago, killed by signal 33");
}

static void test_answer(void **state)
{
	const struct out_opts json = { .json = true, .boot_to_real = NEW_YEAR, .netns = HOME };
	const struct out_opts text = { .netns = HOME };
	_cleanup_(answer_done) struct answer a = { .time_ns = 100 * SECOND, .from_tracker = true };
	struct verdict *v = answer_add_verdict(&a);
	struct past *p = add(&a, 8000, 50, 86 * SECOND, PAST_KILLED, 15);

	(void)state;
	v->port = 8000;
	v->proto = PW_TCP;
	v->bindable = v->wildcard = true;
	p->since_ns = 60 * SECOND;
	p->cmdline = strndup("npm", 3);
	p->cmdline_len = 3;
	add(&a, 8000, 40, 0, PAST_PASSED, 0);
	add(&a, 8001, 40, 0, PAST_PASSED, 0);
	assert_shown(
		&text, &a, VIEW_WHO,
		"8000/tcp: free now; last held by node (pid 50) `npm` until 14 s ago, killed by "
		"SIGTERM\n"
		"  before that by node (pid 40), passed it on\n");
	assert_shown(&text, &a, VIEW_WAIT, "8000/tcp: free\n");
	assert_shown(
		&json, &a, VIEW_WHO,
		"{\"schema\":1,\"time\":\"2026-01-01T00:01:40.000000Z\",\"source\":"
		"\"tracker\",\"degraded\":false,\"sockets\":[],\"ports\":[{\"port\":8000,"
		"\"proto\":\"tcp\",\"bindable\":true,\"why\":\"free\",\"frees_in_ms\":null}],"
		"\"history\":[{\"port\":8000,\"proto\":\"tcp\",\"netns\":4026531840,\"pid\":50,"
		"\"comm\":\"node\",\"uid\":1000,\"start\":\"2026-01-01T00:00:50.000000Z\","
		"\"since\":\"2026-01-01T00:01:00.000000Z\",\"until\":"
		"\"2026-01-01T00:01:26.000000Z\",\"how\":\"killed\",\"signal\":\"TERM\","
		"\"cmdline\":[\"npm\"]},{\"port\":8000,\"proto\":\"tcp\",\"netns\":4026531840,"
		"\"pid\":40,\"comm\":\"node\",\"uid\":1000,\"start\":"
		"\"2026-01-01T00:00:40.000000Z\",\"how\":\"passed\"},{\"port\":8001,"
		"\"proto\":\"tcp\",\"netns\":4026531840,\"pid\":40,\"comm\":\"node\",\"uid\":1000,"
		"\"start\":\"2026-01-01T00:00:40.000000Z\",\"how\":\"passed\"}]}\n");
	/* While somebody holds the port, who did so before is left to JSON. */
	v->why = WHY_HELD;
	assert_shown(&text, &a, VIEW_WHO, "8000/tcp: held\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_settle),
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_answer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
