// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/lasts.h"

#include "unit.h"

static const struct lasts_rules usual = { .fin_timeout_ms = 60000, .rto_max_ms = 120000 };
static const struct lasts_rules few = { 3, 60000, 120000 };
static const struct lasts_rules quick = { 3, 63000, 2000 };

/* Times as real connections took them with 6.18, a few percent less than the timers' own lateness.
 */
static const struct {
	const struct lasts_rules *rules;
	struct lasts_timer t;
	uint64_t ms;
} rows[] = {
	/* Eight times by default, and then for as long as the last pause: 0.2 s * (2^9 - 1). */
	{ &usual, { LASTS_ANSWER, .expires_ms = 201, .rto_ms = 201 }, 201 * 511 },
	{ &usual, { LASTS_ANSWER, .expires_ms = 804, .rto_ms = 804, .retransmits = 2 }, 201 * 508 },
	{ &usual,
	  { LASTS_ANSWER, .expires_ms = 300, .rto_ms = 804, .retransmits = 2 },
	  300 + 201 * 504 },
	/* Without the pause it is taken for the shortest that fits. */
	{ &usual, { LASTS_ANSWER, .expires_ms = 100, .retransmits = 8 }, 100 + 102400 },
	{ &usual, { LASTS_ANSWER, .expires_ms = 100, .retransmits = 9 }, 100 },
	/* The longest pauses: not alive any more. */
	{ &usual, { LASTS_ANSWER, .expires_ms = 7000, .rto_ms = 120000, .retransmits = 10 }, 7000 },
	{ &few, { LASTS_ANSWER, .expires_ms = 204, .rto_ms = 204 }, 204 * 31 },
	{ &few, { LASTS_ANSWER, .expires_ms = 4, .rto_ms = 3264, .retransmits = 4 }, 4 },
	{ &quick, { LASTS_ANSWER, .expires_ms = 204, .rto_ms = 204 }, 204 * 15 + 2000 },
	/* A peer without room that answers: until the pauses are the longest. */
	{ &usual, { LASTS_ROOM, .expires_ms = 200, .rto_ms = 200 }, 200 * 1023 + 120000 },
	{ &usual, { LASTS_ROOM, .expires_ms = 50, .rto_ms = 200, .backoff = 10 }, 50 },
	{ &quick, { LASTS_ROOM, .expires_ms = 200, .rto_ms = 200 }, 3000 + 2000 },
	/* A peer without room that does not answer. */
	{ &usual,
	  { LASTS_ROOM, .expires_ms = 800, .rto_ms = 200, .backoff = 2, .probes = 2 },
	  200 * 508 },
	{ &few, { LASTS_ROOM, .expires_ms = 800, .rto_ms = 200, .backoff = 2, .probes = 2 }, 2400 },
	{ &few, { LASTS_ROOM, .expires_ms = 70, .rto_ms = 200, .backoff = 3, .probes = 3 }, 70 },
	/* The peer's FIN. */
	{ &usual, { LASTS_FIN, .expires_ms = 4000 }, 4000 },
	{ &quick, { LASTS_FIN, .expires_ms = 2500 }, 5500 },
};

static void test_times(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		uint64_t ms = 0;

		assert_row(i, lasts_ms(&rows[i].t, rows[i].rules, &ms));
		if (ms != rows[i].ms)
			fail_msg("row %zu: %llu ms, not %llu", i, (unsigned long long)ms,
				 (unsigned long long)rows[i].ms);
	}
}

/* Nonsense of the kernel costs neither a crash nor an endless loop. */
static void test_nonsense(void **state)
{
	static const uint64_t values[] = { 0, 1, 200, 120000, UINT32_MAX, UINT64_MAX / 4 };
	uint64_t ms = 7;

	(void)state;
	assert_false(lasts_ms(&(struct lasts_timer){}, &usual, &ms));
	assert_false(lasts_ms(&(struct lasts_timer){ .waits_for = LASTS_MAX }, &usual, &ms));
	assert_int_equal(ms, 7);
	for (size_t i = 0; i < ARRAY_SIZE(values); i++)
		for (size_t k = 0; k < ARRAY_SIZE(values); k++)
			for (int what = 0; what < LASTS_MAX; what++) {
				const struct lasts_rules rules = { (unsigned int)values[k],
								   values[k], values[k] };
				const struct lasts_timer t = { (uint8_t)what,
							       values[i],
							       values[k],
							       (unsigned int)values[i],
							       (unsigned int)values[k],
							       (unsigned int)values[i] };

				lasts_ms(&t, &rules, &ms);
			}
}

static void assert_words(uint8_t what, unsigned int retransmits, const char *name, const char *want)
{
	_cleanup_(strbuf_done) struct strbuf text = {};

	lasts_add(&text, what, retransmits);
	assert_string_equal(strbuf_str(&text), want);
	if (name)
		assert_string_equal(lasts_name(what), name);
	else
		assert_null(lasts_name(what));
}

static void test_words(void **state)
{
	(void)state;
	assert_words(LASTS_UNKNOWN, 3, NULL, "");
	assert_words(LASTS_ROOM, 3, "room", "its peer takes no more data");
	assert_words(LASTS_FIN, 0, "fin", "its peer has not closed its side");
	assert_words(LASTS_ANSWER, 0, "answer", "its peer has not confirmed the end of it");
	assert_words(LASTS_ANSWER, 1, "answer",
		     "its peer has not confirmed the end of it (sent 1 time again)");
	assert_words(LASTS_ANSWER, 3, "answer",
		     "its peer has not confirmed the end of it (sent 3 times again)");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_times),
		cmocka_unit_test(test_nonsense),
		cmocka_unit_test(test_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
