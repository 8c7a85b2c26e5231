// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/churn_netns.h"

#include "churn.h"
#include "model/portspec.h"

static int setup_churn(void **state)
{
	static struct churn c;

	churn_init(&c);
	*state = &c;
	return 0;
}

static int done_churn(void **state)
{
	churn_done(*state);
	return 0;
}

static struct churn_netns *add_range(struct churn *c, uint32_t inode, uint16_t first, uint16_t last)
{
	struct churn_netns n = { .inode = inode, .first = first, .last = last };

	assert_int_equal(churn_add_netns(c, &n), 0);
	return churn_netns_of(c, inode);
}

static void test_found_by_inode(void **state)
{
	struct churn *c = *state;

	assert_null(churn_netns_of(c, 0));
	assert_null(churn_netns_of(c, 1));
	for (uint32_t inode = 1; inode <= 40; inode++)
		add_range(c, inode, (uint16_t)inode, 100);
	for (uint32_t inode = 1; inode <= 40; inode++)
		assert_row(inode, churn_netns_of(c, inode)->first == inode);
	assert_null(churn_netns_of(c, 41));
	assert_int_equal(c->nr_netns, 40);
}

static void test_range(void **state)
{
	static const struct {
		uint16_t first, last;
		uint16_t reserved[2]; /* 0: none */
		uint32_t nr;
	} rows[] = {
		{ 32768, 60999, {}, 28232 },
		{ 32768, 60999, { 32768, 60999 }, 28230 },
		{ 32768, 60999, { 32767, 61000 }, 28232 }, /* reserved, and outside anyway */
		{ 8000, 8000, {}, 1 },
		{ 8000, 8000, { 8000 }, 0 },
		{ 1, 65535, {}, 65535 },
		{ 65535, 65535, {}, 1 },
		{ 0, 0, {}, 0 }, /* not known */
		{ 9, 8, {}, 0 },
	};
	struct churn *c = *state;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct churn_netns n = { .inode = 1, .first = rows[i].first, .last = rows[i].last };

		for (size_t k = 0; k < 2; k++)
			if (rows[i].reserved[k])
				port_set(n.reserved, rows[i].reserved[k]);
		assert_int_equal(churn_add_netns(c, &n), 0);
		assert_row(i, churn_netns_of(c, 1)->nr_ports == rows[i].nr);
	}
	assert_int_equal(c->nr_netns, 1);
}

static void test_in_range(void **state)
{
	struct churn_netns n = { .first = 40000, .last = 40009 };

	(void)state;
	port_set(n.reserved, 40005);
	assert_false(churn_in_range(&n, 39999));
	assert_true(churn_in_range(&n, 40000));
	assert_false(churn_in_range(&n, 40005));
	assert_true(churn_in_range(&n, 40009));
	assert_false(churn_in_range(&n, 40010));
}

/* A port has many listeners and is lost once; a port outside of the range is none to lose. */
static void test_listeners(void **state)
{
	struct churn_netns *n = add_range(*state, 1, 40000, 40009);

	churn_note_listener(n, 40000);
	churn_note_listener(n, 40000);
	churn_note_listener(n, 8000);
	assert_int_equal(n->nr_listening, 1);
	churn_note_listener(n, 40009);
	assert_int_equal(n->nr_listening, 2);
	port_set(n->reserved, 40003);
	churn_note_listener(n, 40003);
	assert_int_equal(n->nr_listening, 2);
	assert_true(port_bit(n->listening, 8000));
	assert_true(port_bit(n->listening, 40003));
	assert_false(port_bit(n->listening, 40001));
}

/* Count anew at each look, and keep only what is compared with. */
static void test_second_look(void **state)
{
	struct churn *c = *state;
	struct churn_netns n = { .inode = 1, .first = 1, .last = 10, .overflowed = 5, .max = 7 };
	struct churn_netns *known;

	assert_int_equal(churn_add_netns(c, &n), 0);
	known = churn_netns_of(c, 1);
	assert_int_equal(known->overflowed_before, 5); /* before the first look nobody counted */
	known->current = 9;
	churn_note_listener(known, 3);
	n.overflowed = 8, n.max = 11;
	assert_int_equal(churn_add_netns(c, &n), 0);
	known = churn_netns_of(c, 1);
	assert_int_equal(known->overflowed_before, 5);
	assert_int_equal(known->overflowed, 8);
	assert_int_equal(known->max, 11);
	assert_int_equal(known->current, 0);
	assert_int_equal(known->nr_listening, 0);
	assert_false(port_bit(known->listening, 3));
	assert_int_equal(known->nr_ports, 10);
}

static void test_forget(void **state)
{
	struct churn_query look = { .time_ns = SECOND };
	struct churn *c = *state;

	churn_begin(c, &look);
	for (uint32_t inode = 1; inode <= 4; inode++)
		add_range(c, inode, 1, 10);
	churn_forget_netns(c);
	assert_int_equal(c->nr_netns, 4);
	churn_begin(c, &look);
	add_range(c, 4, 1, 10);
	add_range(c, 2, 1, 10);
	churn_forget_netns(c);
	assert_int_equal(c->nr_netns, 2);
	assert_non_null(churn_netns_of(c, 2));
	assert_non_null(churn_netns_of(c, 4));
	assert_null(churn_netns_of(c, 1));
	churn_begin(c, &look);
	churn_forget_netns(c);
	assert_int_equal(c->nr_netns, 0);
}

#define WITH_CHURN(test) cmocka_unit_test_setup_teardown(test, setup_churn, done_churn)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_CHURN(test_found_by_inode), WITH_CHURN(test_range),
		cmocka_unit_test(test_in_range), WITH_CHURN(test_listeners),
		WITH_CHURN(test_second_look),	 WITH_CHURN(test_forget),
	};

	return cmocka_run_group_tests_name("churn_netns", tests, NULL, NULL);
}
