// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/condition.h"

#include <signal.h>

#include "unit.h"

#define BIT(sig) (UINT64_C(1) << ((sig)-1))

static void test_waits_in_vain(void **state)
{
	static const struct {
		struct condition c;
		int sig;
		bool in_vain;
	} rows[] = {
		{ {}, SIGTERM, false },
		{ {}, SIGKILL, false },
		{ {}, SIGSTOP, true }, /* never ends anything */
		{ {}, SIGTTOU, true },
		{ { .discards = BIT(SIGTERM) }, SIGTERM, true },
		{ { .discards = BIT(SIGTERM) }, SIGHUP, false },
		{ { .discards = BIT(SIGTERM) }, SIGKILL, false },
		/* CONT comes behind a signal that ends, and not behind others. */
		{ { .is = COND_STOPPED }, SIGTERM, false },
		{ { .is = COND_STOPPED }, SIGUSR1, true },
		{ { .is = COND_STOPPED }, SIGCONT, false },
		{ { .is = COND_TRACED }, SIGTERM, true },
		{ { .is = COND_TRACED }, SIGKILL, false },
		/* Frozen: a signal that ends it by default does so, and a handler does not run. */
		{ { .is = COND_FROZEN }, SIGTERM, false },
		{ { .is = COND_FROZEN, .catches = BIT(SIGTERM) }, SIGTERM, true },
		{ { .is = COND_FROZEN, .catches = BIT(SIGTERM) }, SIGHUP, false },
		{ { .is = COND_FROZEN, .catches = BIT(SIGTERM) }, SIGKILL, false },
		{ { .is = COND_FROZEN_V1 }, SIGTERM, true },
		{ { .is = COND_FROZEN_V1 }, SIGKILL, true },
		{ { .is = COND_DISK_SLEEP }, SIGKILL, false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		assert_row(i, condition_waits_in_vain(&rows[i].c, rows[i].sig) == rows[i].in_vain);
}

static void test_discards(void **state)
{
	const struct condition c = { .discards = BIT(1) | BIT(64) };

	(void)state;
	assert_true(condition_discards(&c, 1));
	assert_true(condition_discards(&c, 64));
	assert_false(condition_discards(&c, 2));
	assert_false(condition_discards(&c, 0));
	assert_false(condition_discards(&c, 65));
	assert_false(condition_discards(&c, -1));
}

static void test_is_ending(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < COND_NR; i++) {
		const struct condition c = { .is = 1u << i };
		bool ends = c.is == COND_DYING || c.is == COND_DUMPING || c.is == COND_KILL_PENDING;

		assert_row(i, condition_is_ending(&c) == ends);
	}
}

static void test_text(void **state)
{
	_cleanup_(strbuf_done) struct strbuf out = {};
	struct condition c = { .is = COND_STOPPED | COND_TRACED, .tracer = 7 };

	(void)state;
	condition_text(&out, &(struct condition){});
	assert_string_equal(strbuf_str(&out), "");
	strbuf_adds(&out, "it is ");
	condition_text(&out, &c);
	assert_string_equal(strbuf_str(&out), "it is stopped, stopped by a tracer (PID 7)");
	strbuf_reset(&out);
	c = (struct condition){ .is = COND_TRACED | COND_DUMPING };
	condition_text(&out, &c);
	assert_string_equal(strbuf_str(&out), "stopped by a tracer, writing a core dump");
}

/* Each bit has a word for people and another for scripts. */
static void test_names(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < COND_NR; i++) {
		_cleanup_(strbuf_done) struct strbuf out = {};

		condition_text(&out, &(struct condition){ .is = 1u << i });
		assert_row(i, out.len && names_condition(i)[0]);
		for (unsigned int k = 0; k < i; k++)
			assert_string_not_equal(names_condition(i), names_condition(k));
	}
	assert_string_equal(names_condition(3), "frozen-v1");
	assert_string_equal(names_condition(COND_NR), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_waits_in_vain), cmocka_unit_test(test_discards),
		cmocka_unit_test(test_is_ending),     cmocka_unit_test(test_text),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests_name("condition", tests, NULL, NULL);
}
