// SPDX-License-Identifier: GPL-2.0-or-later
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sys/proc.h"
#include "sys/relatives.h"
#include "unit.h"

/* A child that does nothing, and who it is. */
static struct process start_child(void)
{
	struct process p = {};
	struct pw_actor who;

	p.pid = (uint32_t)fork();
	assert_true((int)p.pid >= 0);
	if (!p.pid) {
		/* also where a test fails */
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		pause();
		_exit(0);
	}
	assert_int_equal(proc_actor((pid_t)p.pid, &who), 0);
	p.id.start_ns = who.start_ns;
	return p;
}

static void end_child(const struct process *p)
{
	assert_int_equal(kill((pid_t)p->pid, SIGKILL), 0);
	assert_int_equal(waitpid((pid_t)p->pid, NULL, 0), p->pid);
}

/* Name this process, and look at its child. */
static struct plan_relatives look(const char *parent, const struct process *p)
{
	struct plan_relatives r;

	assert_int_equal(prctl(PR_SET_NAME, parent), 0);
	relatives_read(p, &r);
	return r;
}

static void a_child_has_its_parent(void **state)
{
	struct process p = start_child();
	struct plan_relatives r = look("anything", &p);

	(void)state;
	assert_int_equal(r.parent, getpid());
	assert_memory_equal(r.parent_comm, "anything", sizeof("anything"));
	assert_int_equal(r.nr_children, 0);
	assert_int_equal(r.nr_die_with, 0);
	assert_false(r.terminal);
	end_child(&p);
}

/* Relatives decide whether a process is ended: those of another process are never told. */
static void another_process_has_no_relatives(void **state)
{
	static const struct plan_relatives none;
	struct process p = start_child(), later = p, no = {};
	struct plan_relatives r;

	(void)state;
	later.id.start_ns -= 1000000000;
	r = look("anything", &later);
	assert_memory_equal(&r, &none, sizeof(r));
	r = look("anything", &no);
	assert_memory_equal(&r, &none, sizeof(r));
	end_child(&p);
	r = look("anything", &p);
	assert_memory_equal(&r, &none, sizeof(r));
}

static void who_may_start_it_again(void **state)
{
	static const struct {
		const char *parent, *unit, *container;
		enum keeper keeper;
	} rows[] = {
		{ "supervisor", NULL, NULL, KEEPER_PARENT },
		{ "supervisor", "none-such.service", NULL, KEEPER_PARENT },
		{ "supervisor", NULL, "0123456789ab", KEEPER_CONTAINER },
		{ "bash", NULL, "0123456789ab", KEEPER_CONTAINER },
		/* A unit without a file here may be a user's. */
		{ "systemd", "none-such.service", NULL, KEEPER_UNIT },
		{ "systemd", "user.slice", NULL, KEEPER_NONE },
		{ "systemd", NULL, NULL, KEEPER_NONE },
		{ "sudo", NULL, NULL, KEEPER_NONE },
		{ "nsenter", "none-such.service", NULL, KEEPER_NONE },
		/* No loop in the command line of this test. */
		{ "bash", NULL, NULL, KEEPER_NONE },
		{ "bashful", NULL, NULL, KEEPER_PARENT },
	};
	struct process p = start_child();

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		p.unit = (char *)rows[i].unit;
		p.container = (char *)rows[i].container;
		assert_row(i, look(rows[i].parent, &p).keeper == rows[i].keeper);
	}
	end_child(&p);
}

static void our_ancestors(void **state)
{
	uint32_t ancestors[RELATIVES_MAX_ANCESTORS];
	pid_t self = getpid(), child = fork();
	int status;

	(void)state;
	if (!child)
		_exit(relatives_ancestors(ancestors) < 1 || ancestors[0] != (uint32_t)self);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_child_has_its_parent),
		cmocka_unit_test(another_process_has_no_relatives),
		cmocka_unit_test(who_may_start_it_again),
		cmocka_unit_test(our_ancestors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
