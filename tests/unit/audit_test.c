// SPDX-License-Identifier: GPL-2.0-or-later
/* Tell what is a difference between maps and kernel, and what is none. The parts have tests of
 * their own. */
#include "model/audit.h"

#include "audit.h"

static void look(struct picture *p, struct faults *f)
{
	assert_int_equal(audit(p, f), 0);
}

static void test_clean(void **state)
{
	_cleanup_(picture_done) struct picture p;
	struct faults f = {};

	(void)state;
	setup_picture(&p);
	look(&p, &f);
	assert_nothing_found(&f);
	agree(&p, 30, 8000);
	agree(&p, 10, 8001);
	agree(&p, 20, 8002);
	/* shown by the walk over files and by the table */
	*VEC_ADD(&p.kernel) = p.kernel.v[0];
	/* options and backlog change without an event */
	p.kernel.v[1].s.flags |= PW_F_REUSEADDR;
	p.kernel.v[1].s.backlog = 5;
	/* an entry without a port, but with a socket */
	*VEC_ADD(&p.entries) = (struct audit_socket){ .sk = 5, .alive = true };
	look(&p, &f);
	assert_nothing_found(&f);
}

/* Each part adds its own, behind the others'. */
static void test_all_parts(void **state)
{
	_cleanup_(picture_done) struct picture p;
	struct faults f = {};

	(void)state;
	setup_picture(&p);
	agree(&p, 30, 8000);
	agree(&p, 10, 8001);
	p.entries.v[0].s.cookie = 99;
	*VEC_ADD(&p.diag) = p.diag.v[0];
	*VEC_ADD(&p.procs) = (struct audit_proc){ .tgid = 7 };
	*VEC_ADD(&p.tasks) = (struct pw_actor){ .tgid = 8 };
	*VEC_ADD(&p.timewait) = (struct audit_timewait){ .key = { .lport = 8000 } };
	look(&p, &f);
	assert_found(&f, FAULT_WRONG, FAULT_PROC, FAULT_TIMEWAIT, FAULT_UNSEEN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_clean),
		cmocka_unit_test(test_all_parts),
	};

	return cmocka_run_group_tests_name("audit", tests, NULL, NULL);
}
