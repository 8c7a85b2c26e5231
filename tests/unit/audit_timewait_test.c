// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/audit_timewait.h"

#include "audit.h"

static void look(struct picture *p, struct faults *f)
{
	picture_sort(p);
	assert_int_equal(audit_timewait(p, f), 0);
}

static const struct pw_tw_key some = { .netns = 1, .lport = 8000, .rport = 9 };

/* Return the key with its n-th part changed. */
static struct pw_tw_key other(size_t n)
{
	struct pw_tw_key key = some;

	key.laddr.b[15] = n == 0;
	key.raddr.b[0] = n == 1;
	key.netns += n == 2;
	key.lport += n == 3;
	key.rport -= n == 4;
	return key;
}

static void test_none(void **state)
{
	_cleanup_(picture_done) struct picture p = {};
	struct faults f = {};

	(void)state;
	look(&p, &f);
	assert_nothing_found(&f);
	/* The tracker may not know of all: its map is of a size. */
	*VEC_ADD(&p.kernel_timewait) = some;
	look(&p, &f);
	assert_nothing_found(&f);
}

static void test_one(void **state)
{
	struct faults f = {};

	(void)state;
	for (size_t n = 0; n < 6; n++) {
		_cleanup_(picture_done) struct picture p = {};

		*VEC_ADD(&p.timewait) = (struct audit_timewait){ .key = some };
		*VEC_ADD(&p.kernel_timewait) = other(n);
		look(&p, &f);
		assert_row(n, f.list.nr == (n < 5));
		faults_done(&f);
	}
}

/* A TIME-WAIT that nobody may look at has not ended for that. */
static void test_not_compared(void **state)
{
	_cleanup_(picture_done) struct picture p = { .uncompared = UNCOMPARED_TIMEWAIT };
	struct faults f = {};

	(void)state;
	*VEC_ADD(&p.timewait) = (struct audit_timewait){ .key = some };
	look(&p, &f);
	assert_nothing_found(&f);
}

static void test_fault_tells_which(void **state)
{
	_cleanup_(picture_done) struct picture p = {};
	struct faults f = {};
	const struct pw_sock *at;
	struct pw_tw_key key = { .netns = 4, .lport = 8000, .rport = 9 };
	struct pw_sock want = { .proto = PW_TCP, .state = PW_TIME_WAIT, .netns = 4 };

	(void)state;
	want.lport = 8000, want.rport = 9;
	want.laddr = key.laddr = address("fd00::1", &want.family);
	want.raddr = key.raddr = address("fd00::2", &want.family);
	*VEC_ADD(&p.timewait) = (struct audit_timewait){ .key = key, .tw = { .family = PW_INET6 } };
	look(&p, &f);
	assert_int_equal(f.list.nr, 1);
	at = &f.list.v[0].at.s;
	assert_memory_equal(at, &want, sizeof(want));
	assert_found(&f, FAULT_TIMEWAIT);
}

/* Neither list comes sorted. */
static void test_many(void **state)
{
	static const uint16_t maps[] = { 300, 1, 40, 2, 70 }, kernel[] = { 70, 5, 40, 1, 65535, 2 };
	_cleanup_(picture_done) struct picture p = {};
	struct faults f = {};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(maps); i++)
		*VEC_ADD(&p.timewait) = (struct audit_timewait){ .key = { .lport = maps[i] } };
	for (size_t i = 0; i < ARRAY_SIZE(kernel); i++)
		*VEC_ADD(&p.kernel_timewait) = (struct pw_tw_key){ .lport = kernel[i] };
	look(&p, &f);
	assert_int_equal(f.list.v[0].at.s.lport, 300);
	assert_found(&f, FAULT_TIMEWAIT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_none),	     cmocka_unit_test(test_one),
		cmocka_unit_test(test_not_compared), cmocka_unit_test(test_fault_tells_which),
		cmocka_unit_test(test_many),
	};

	return cmocka_run_group_tests_name("audit_timewait", tests, NULL, NULL);
}
