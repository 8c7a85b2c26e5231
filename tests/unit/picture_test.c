// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/picture.h"

#include "unit.h"

#define BIG (UINT64_C(1) << 40)

typedef int (*compare_fn)(const void *a, const void *b);

/* Compare elements of an array that ascends, each with each. */
static void assert_ascends(const void *v, size_t nr, size_t size, compare_fn compare)
{
	for (size_t i = 0; i < nr; i++)
		for (size_t k = 0; k < nr; k++) {
			int r = compare((const char *)v + i * size, (const char *)v + k * size);

			if ((r > 0) - (r < 0) != (i > k) - (i < k))
				fail_msg("%zu and %zu: %d", i, k, r);
		}
}

#define assert_ascending(v, compare) assert_ascends(v, ARRAY_SIZE(v), sizeof((v)[0]), compare)

static void test_orders(void **state)
{
	/* The difference of the first and the last does not fit in an int. */
	static const struct audit_socket socks[] = {
		{ .sk = 0 }, { .sk = 1 }, { .sk = BIG }, { .sk = BIG + 1 }, { .sk = UINT64_MAX }
	};
	static const struct audit_proc procs[] = { { .tgid = 0 }, { .tgid = 5 }, { .tgid = -1u } };
	static const struct pw_actor tasks[] = { { .tgid = 1, .start_ns = 9 },
						 { .tgid = 5, .start_ns = 1 },
						 { .tgid = -1u } };
	/* By protocol, then port, then slot. */
	static const struct audit_slot slots[] = {
		{ .key = { .proto = PW_TCP, .port = 80, .slot = 9 }, .sk = 7 },
		{ .key = { .proto = PW_TCP, .port = 80, .slot = 127 }, .sk = 1 },
		{ .key = { .proto = PW_TCP, .port = 60000, .slot = 0 } },
		{ .key = { .proto = PW_UDP, .port = 1, .slot = 0 } },
	};

	(void)state;
	assert_ascending(socks, picture_by_sk);
	assert_ascending(procs, picture_by_tgid);
	assert_ascending(tasks, picture_by_task);
	assert_ascending(slots, picture_by_place);
}

/* Each part of the order outweighs all that follow. */
static void test_order_of_tuples(void **state)
{
	static const struct pw_sock tuples[] = {
		{ .raddr.b = { 1 } },
		{ .raddr.b = { 200 } },
		{ .laddr.b = { 1 }, .raddr.b = { 1 } },
		{ .laddr.b = { 200 } },
		{ .rport = 1, .laddr.b = { 1 } },
		{ .rport = 60000 },
		{ .lport = 1, .rport = 1 },
		{ .lport = 60000 },
		{ .family = PW_INET, .lport = 1 },
		{ .family = PW_INET6 },
		{ .proto = PW_TCP, .family = PW_INET6 },
		{ .proto = PW_UDP, .family = PW_INET },
		{ .netns = 1, .proto = PW_TCP },
		{ .netns = UINT32_MAX },
	};
	struct pw_sock a = tuples[3], b = a;

	(void)state;
	assert_ascending(tuples, picture_by_tuple);
	b.cookie = 1, b.state = PW_LISTEN, b.flags = 1; /* no part of the address */
	assert_int_equal(picture_by_tuple(&a, &b), 0);
}

static void test_order_of_timewait(void **state)
{
	struct pw_tw_key a = { .lport = 1 }, b = a;

	(void)state;
	assert_int_equal(picture_by_timewait(&a, &b), 0);
	b.rport = 1; /* the last of its bytes */
	assert_true(picture_by_timewait(&a, &b) < 0);
	assert_true(picture_by_timewait(&b, &a) > 0);
	b = a;
	b.laddr.b[0] = 1;
	assert_true(picture_by_timewait(&a, &b) < 0);
}

static void test_entry(void **state)
{
	static const uint64_t sks[] = { BIG + 1, 7, BIG, 3, UINT64_MAX };
	_cleanup_(picture_done) struct picture p = {};

	(void)state;
	picture_sort(&p);
	assert_null(picture_entry(&p, 7));
	for (size_t i = 0; i < ARRAY_SIZE(sks); i++)
		*VEC_ADD(&p.entries) = (struct audit_socket){ .sk = sks[i], .s.lport = i };
	picture_sort(&p);
	for (size_t i = 0; i < ARRAY_SIZE(sks); i++) {
		const struct audit_socket *e = picture_entry(&p, sks[i]);

		assert_row(i, e && e->sk == sks[i] && e->s.lport == i);
	}
	assert_null(picture_entry(&p, 0));
	assert_null(picture_entry(&p, 1)); /* as the low half of BIG + 1 */
}

/* The walk over files and the table both show most sockets. */
static void test_kernel_sockets_are_united(void **state)
{
	static const struct {
		const char *shown, *united;
	} rows[] = {
		{ "", "" },	{ "a", "a" },	{ "aa", "a" },	  { "aaaa", "a" },
		{ "ab", "ab" }, { "ba", "ab" }, { "abab", "ab" }, { "cabbacd", "abcd" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_(picture_done) struct picture p = {};
		char united[8] = "";

		for (const char *c = rows[i].shown; *c; c++)
			*VEC_ADD(&p.kernel) = (struct audit_socket){ .sk = (uint64_t)*c };
		picture_sort(&p);
		for (size_t k = 0; k < p.kernel.nr; k++)
			united[k] = (char)p.kernel.v[k].sk;
		assert_string_equal(united, rows[i].united);
	}
}

static void fill(struct picture *p)
{
	p->ports = calloc(PW_PORTS, sizeof(*p->ports));
	for (uint32_t i = 3; i; i--) {
		*VEC_ADD(&p->entries) = (struct audit_socket){ .sk = i };
		*VEC_ADD(&p->slots) = (struct audit_slot){ .key = { .port = (uint16_t)i } };
		*VEC_ADD(&p->procs) = (struct audit_proc){ .tgid = i };
		*VEC_ADD(&p->members) = (struct audit_member){ .tgid = i };
		*VEC_ADD(&p->timewait) = (struct audit_timewait){ .key = { .netns = i } };
		*VEC_ADD(&p->kernel) = (struct audit_socket){ .sk = i };
		*VEC_ADD(&p->kernel_timewait) = (struct pw_tw_key){ .netns = i };
		*VEC_ADD(&p->diag) = (struct pw_sock){ .netns = i };
		*VEC_ADD(&p->tasks) = (struct pw_actor){ .tgid = i };
	}
}

/* Sort all that is searched, and leave nothing of it in the end. */
static void test_sort_and_done(void **state)
{
	static const struct picture empty;
	struct picture p = {};

	(void)state;
	fill(&p);
	picture_sort(&p);
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(p.entries.v[i].sk, i + 1);
		assert_int_equal(p.slots.v[i].key.port, i + 1);
		assert_int_equal(p.procs.v[i].tgid, i + 1);
		assert_int_equal(p.kernel.v[i].sk, i + 1);
		assert_int_equal(p.kernel_timewait.v[i].netns, i + 1);
		assert_int_equal(p.tasks.v[i].tgid, i + 1);
	}
	picture_done(&p);
	assert_memory_equal(&p, &empty, sizeof(p));
}

static struct audit_socket entry_of(uint64_t sk, uint64_t cookie, bool alive)
{
	return (struct audit_socket){
		.sk = sk, .s.cookie = cookie, .alive = alive, .undecided = !alive
	};
}

/* sock_diag knows cookies: what it shows takes the place of what no iterator has. */
static void test_diag_for_iterators(void **state)
{
	(void)state;
	for (int by_diag = 0; by_diag < 2; by_diag++) {
		_cleanup_(picture_done) struct picture p = { .by_diag = by_diag };

		for (uint64_t i = 1; i <= 3; i++) {
			*VEC_ADD(&p.entries) = entry_of(0x100 - i, i, true);
			*VEC_ADD(&p.diag) = (struct pw_sock){ .cookie = 4 - i, .lport = 4 - i };
		}
		p.entries.v[2].alive =
			false; /* this entry is of no socket, whoever has its cookie */
		*VEC_ADD(&p.kernel) = (struct audit_socket){ .sk = 0xff, .s.lport = 77 };
		assert_int_equal(picture_sort(&p), 0);
		assert_int_equal(p.kernel.nr, 1 + by_diag);
		assert_int_equal(picture_entry(&p, 0xff)->s.cookie, 1);
		assert_int_equal(p.kernel.v[by_diag].s.lport, 77);
		if (by_diag)
			assert_int_equal(p.kernel.v[0].sk, 0xfe);
		if (by_diag)
			assert_int_equal(p.kernel.v[0].s.lport, 2);
		assert_int_equal(p.uncompared, 0);
	}
}

/* An entry is not said to be stale because nobody may look; that it was not compared is said. */
static void test_undecided(void **state)
{
	_cleanup_(picture_done) struct picture p = {};

	(void)state;
	*VEC_ADD(&p.entries) = entry_of(1, 1, false);
	*VEC_ADD(&p.entries) = entry_of(2, 2, false);
	*VEC_ADD(&p.kernel) = (struct audit_socket){ .sk = 1 };
	*VEC_ADD(&p.diag) = (struct pw_sock){ .cookie = 2 };
	assert_int_equal(picture_sort(&p), 0);
	assert_int_equal(p.uncompared, 0);
	*VEC_ADD(&p.entries) = entry_of(3, 0, false);
	*VEC_ADD(&p.diag) = (struct pw_sock){ .cookie = 0 };
	assert_int_equal(picture_sort(&p), 0);
	assert_int_equal(p.uncompared, UNCOMPARED_STALE);
	for (size_t i = 0; i < p.entries.nr; i++)
		assert_true(p.entries.v[i].alive);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_orders),
		cmocka_unit_test(test_order_of_tuples),
		cmocka_unit_test(test_order_of_timewait),
		cmocka_unit_test(test_entry),
		cmocka_unit_test(test_kernel_sockets_are_united),
		cmocka_unit_test(test_sort_and_done),
		cmocka_unit_test(test_diag_for_iterators),
		cmocka_unit_test(test_undecided),
	};

	return cmocka_run_group_tests_name("picture", tests, NULL, NULL);
}
