// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/hmap.h"

#include "unit.h"

struct key {
	uint64_t a;
	uint32_t b, pad;
};

struct row {
	struct key key;
	unsigned int n;
};

static void test_empty(void **state)
{
	struct hmap m = HMAP(struct row, key);

	(void)state;
	assert_null(hmap_get(&m, &(struct key){ .a = 1 }));
	hmap_clear(&m);
	hmap_done(&m);
}

/* Keys that differ in one bit anywhere are different, through every growth. */
static void test_many(void **state)
{
	struct hmap m = HMAP(struct row, key);
	struct row *r;

	(void)state;
	for (unsigned int round = 0; round < 2; round++) {
		for (unsigned int i = 0; i < 20000; i++) {
			r = hmap_put(&m, &(struct key){ .a = (uint64_t)i << 40, .b = i % 7 });
			assert_non_null(r);
			assert_int_equal(r->n, round * i);
			r->n = i;
		}
		assert_int_equal(m.nr, 20000);
	}
	for (unsigned int i = 0; i < m.nr; i++)
		assert_int_equal(((struct row *)hmap_row(&m, i))->n, i);
	assert_null(hmap_get(&m, &(struct key){ .a = 1ull << 40, .b = 2 }));
	assert_non_null(hmap_get(&m, &(struct key){ .a = 1ull << 40, .b = 1 }));
	hmap_done(&m);
}

/* A peak that is over is not kept. */
static void test_gives_back(void **state)
{
	struct hmap m = HMAP(struct row, key);

	(void)state;
	for (unsigned int i = 0; i < 20000; i++)
		assert_non_null(hmap_put(&m, &(struct key){ .a = i }));
	hmap_clear(&m);
	assert_true(m.cap >= 20000);
	assert_non_null(hmap_put(&m, &(struct key){ .a = 1 }));
	hmap_clear(&m);
	assert_int_equal(m.cap, 0);
	assert_non_null(hmap_put(&m, &(struct key){ .a = 1 }));
	assert_int_equal(m.nr, 1);
	hmap_done(&m);
}

static void test_clear(void **state)
{
	struct hmap m = HMAP(struct row, key);
	struct row *r;

	(void)state;
	r = hmap_put(&m, &(struct key){ .a = 5 });
	r->n = 9;
	hmap_clear(&m);
	assert_null(hmap_get(&m, &(struct key){ .a = 5 }));
	r = hmap_put(&m, &(struct key){ .a = 5 });
	assert_int_equal(r->n, 0);
	hmap_done(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_gives_back),
		cmocka_unit_test(test_clear),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
