// SPDX-License-Identifier: GPL-2.0-or-later
#include <signal.h>

#include "model/plan.h"
#include "model/plan_ports.h"
#include "model/portspec.h"
#include "model/verdict.h"
#include "print/free_report.h"
#include "print/free_text.h"

#include "plan.h"
#include "print/free_intent.h"
#include "unit.h"

static void relatives(void *arg, const struct process *p, struct plan_relatives *ret)
{
	(void)arg;
	ret->nr_children = p->pid == 20 ? 2 : 0;
	ret->condition.is = p->pid == 20 ? COND_STOPPED : 0;
	ret->parent = 7;
	memcpy(ret->parent_comm, "bash", 5);
}

static void set(char **to, const char *text)
{
	*to = strdup(text);
	assert_non_null(*to);
}

static const char *text_of(struct strbuf *sb, const struct free_job *job, const struct target *t)
{
	strbuf_reset(sb);
	free_text_target(sb, job, t);
	return strbuf_str(sb);
}

static const char *port_text(struct strbuf *sb, const struct free_job *job, struct plan_port *port)
{
	strbuf_reset(sb);
	free_text_port(sb, job, port);
	return strbuf_str(sb);
}

static void test_text(void **state)
{
	_cleanup_(strbuf_done) struct strbuf sb = {};
	_cleanup_(answer_done) struct answer a = {};
	_cleanup_(plan_done) struct plan p = {};
	const struct plan_facts f = { .relatives = relatives };
	struct free_job job = { .signal = 15, .grace_ns = 3000000000, .escalate = true };
	struct target *t;

	(void)state;
	given(&a, PW_LISTEN, 8000, NULL, PIDS(20), "tracd");
	given(&a, PW_ESTABLISHED, 8000, "10.0.0.2", PIDS(20), "tracd");
	given(&a, PW_ESTABLISHED, 8000, "10.0.0.3", PIDS(20), "tracd");
	set(&a.processes[0].user, "trac");
	set(&a.processes[0].unit, "tracd.service");
	set(&a.processes[0].cmdline, "tracd -p 8000");
	a.processes[0].cmdline_len = strlen("tracd -p 8000");
	make(&p, &a, &f);
	t = &p.targets[0];
	free_intent(&sb, t, &job);
	assert_string_equal(strbuf_str(&sb),
			    "8000/tcp: stopping tracd (pid 20, trac): tracd -p 8000; 2 open "
			    "connections will be dropped, 2 child processes get no signal, unit "
			    "tracd.service, stopped");
	strbuf_reset(&sb);
	free_intent_question(&sb, t, &job);
	assert_string_equal(
		strbuf_str(&sb),
		"8000/tcp: tracd (pid 20, trac): tracd -p 8000; 2 open connections will be dropped, "
		"2 child processes get no signal, unit tracd.service, stopped");
	t->fate = FATE_DECLINED;
	assert_string_equal(text_of(&sb, &job, t), "8000/tcp: tracd[20] left running");
	t->fate = FATE_PLANNED;
	job.dry_run = true;
	assert_string_equal(
		text_of(&sb, &job, t),
		"8000/tcp: tracd[20] would get TERM, CONT, then KILL after 3 s; 2 open "
		"connections will be dropped, 2 child processes get no signal, unit tracd.service, "
		"stopped");
	job.dry_run = false;
	t->fate = FATE_GONE;
	t->signals[0] = 15;
	t->took_ns = 12000000;
	assert_string_equal(text_of(&sb, &job, t), "8000/tcp: tracd[20] TERM, gone after 12 ms");
	t->signals[1] = 9;
	t->took_ns = 3004000000;
	assert_string_equal(text_of(&sb, &job, t),
			    "8000/tcp: tracd[20] TERM, KILL, gone after 3004 ms");
	t->took_ns = 449999;
	assert_string_equal(text_of(&sb, &job, t),
			    "8000/tcp: tracd[20] TERM, KILL, gone after 0.4 ms");
	t->fate = FATE_FAILED;
	t->signals[0] = t->signals[1] = 0;
	t->error = -EPERM;
	assert_string_equal(text_of(&sb, &job, t),
			    "8000/tcp: tracd[20] not ended: Operation not permitted");
	t->fate = FATE_GUARDED;
	t->guard = GUARD_PROXY;
	set(&t->instead, "docker stop x");
	assert_string_equal(text_of(&sb, &job, t),
			    "8000/tcp: tracd[20] refused: it is a container's published port; use: "
			    "docker stop x (or --force)");
	assert_string_equal(port_text(&sb, &job, &p.ports[0]),
			    "8000/tcp: still in use by tracd (pid 20)");
	p.ports[0].left[0].respawned = true;
	p.ports[0].left[0].parent = 7;
	memcpy(p.ports[0].left[0].parent_comm, "bash", 5);
	free(p.ports[0].left[0].unit);
	p.ports[0].left[0].unit = NULL;
	assert_string_equal(port_text(&sb, &job, &p.ports[0]),
			    "8000/tcp: taken back by tracd (pid 20), started by bash (pid 7)");
	set(&p.ports[0].left[0].unit, "tracd.service");
	assert_string_equal(port_text(&sb, &job, &p.ports[0]),
			    "8000/tcp: taken back by tracd (pid 20) of unit tracd.service; use: "
			    "systemctl stop tracd.service");
	free(p.ports[0].left[0].unit);
	set(&p.ports[0].left[0].unit, "a\\x2db.service");
	assert_string_equal(port_text(&sb, &job, &p.ports[0]),
			    "8000/tcp: taken back by tracd (pid 20) of unit a\\x2db.service; use: "
			    "systemctl stop 'a?x2db.service'");
	p.ports[0].is_free = p.ports[0].bindable = true;
	free(p.ports[0].hint);
	p.ports[0].hint = NULL;
	p.ports[0].why = WHY_FREE;
	assert_string_equal(port_text(&sb, &job, &p.ports[0]), "8000/tcp: free");
}

/* A handler of the signal may end the children, or not. */
static void test_children(void **state)
{
	_cleanup_(strbuf_done) struct strbuf sb = {};
	struct target t = { .nr_children = 2, .condition.catches = 1ull << (SIGTERM - 1) };
	struct free_job job = { .signal = SIGTERM };

	(void)state;
	free_intent_losses(&sb, &t, &job);
	assert_string_equal(strbuf_str(&sb), "it handles TERM and may end its 2 child processes");
	t.nr_children = 1;
	strbuf_reset(&sb);
	free_intent_losses(&sb, &t, &job);
	assert_string_equal(strbuf_str(&sb), "it handles TERM and may end its 1 child process");
	job.signal = SIGHUP;
	strbuf_reset(&sb);
	free_intent_losses(&sb, &t, &job);
	assert_string_equal(strbuf_str(&sb), "1 child process gets no signal");
}

/* TIME-WAIT is not free, and says so. */
static void test_timewait(void **state)
{
	_cleanup_(strbuf_done) struct strbuf sb = {};
	_cleanup_(answer_done) struct answer a = {};
	_cleanup_(plan_done) struct plan p = {};
	const struct free_job job = {};
	size_t i = given(&a, PW_TIME_WAIT, 8000, "10.0.0.2", NULL, NULL);

	(void)state;
	a.sockets[i].has_expires = true;
	a.sockets[i].expires_ms = 41200;
	assert_int_equal(make(&p, &a, NULL), 0);
	assert_false(plan_all_free(&p));
	assert_int_equal(p.ports[0].why, WHY_TIMEWAIT);
	assert_int_equal(p.ports[0].nr_timewait, 1);
	assert_non_null(strstr(port_text(&sb, &job, &p.ports[0]), "TIME-WAIT"));
	assert_non_null(strstr(port_text(&sb, &job, &p.ports[0]), "42 s"));
	assert_non_null(strstr(port_text(&sb, &job, &p.ports[0]), "--timewait"));
}

/* Without a protocol asked for, print no line about UDP that nobody uses. */
static void test_lines(void **state)
{
	_cleanup_(answer_done) struct answer a = {};
	_cleanup_(plan_done) struct plan p = {};

	(void)state;
	judge(&a, "8000 53/udp");
	make(&p, &a, NULL);
	assert_int_equal(p.nr_ports, 3);
	for (size_t i = 0; i < p.nr_ports; i++)
		assert_int_equal(free_text_has_line(&p, &p.ports[i]),
				 p.ports[i].port == 53 || p.ports[i].proto == PW_TCP);
}

/* Of those left, workers stand behind the process that started first, and apart from others. */
static void test_who_is_left(void **state)
{
	static const struct {
		uint32_t pids[4];
		const char *expected;
	} rows[] = {
		{ { 20 }, "8000/tcp: still in use by nginx (pid 20), other (pid 50)" },
		{ { 22, 20, 21 }, "8000/tcp: still in use by nginx (pid 20) +2, other (pid 50)" },
	};
	const struct free_job job = { .signal = 15 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_(strbuf_done) struct strbuf sb = {};
		_cleanup_(answer_done) struct answer a = {};
		_cleanup_(plan_done) struct plan p = {};

		given(&a, PW_LISTEN, 8000, NULL, rows[i].pids, "nginx");
		add_holder(&a, 0, 50, "other", 3);
		make(&p, &a, NULL);
		assert_string_equal(port_text(&sb, &job, &p.ports[0]), rows[i].expected);
		p.ports[0].left[0].respawned = true;
		assert_non_null(strstr(port_text(&sb, &job, &p.ports[0]), "taken back by nginx"));
		assert_null(strstr(strbuf_str(&sb), "+"));
	}
}

static void relatives_of_master(void *arg, const struct process *p, struct plan_relatives *ret)
{
	(void)arg;
	ret->keeper = KEEPER_PARENT;
	ret->parent = p->pid == 20 ? 7 : 20;
	snprintf(ret->parent_comm, sizeof(ret->parent_comm), "%s", p->pid == 20 ? "loop" : "nginx");
}

/* A worker's master is named as its keeper only while it is spared. */
static void test_master_and_worker(void **state)
{
	static const char *const loop =
		"8000/tcp: stopping nginx (pid 20); loop (pid 7) started it and may start it again";
	static const char *const spared = "8000/tcp: stopping nginx (pid 21); nginx (pid 20) "
					  "started it and may start it again";
	const struct free_job job = { .signal = 15, .escalate = true };
	const struct plan_facts f = { .relatives = relatives_of_master };
	_cleanup_(strbuf_done) struct strbuf sb = {};
	_cleanup_(answer_done) struct answer a = {};
	_cleanup_(plan_done) struct plan p = {};
	size_t due;

	(void)state;
	given(&a, PW_LISTEN, 8000, NULL, PIDS(20, 21), "nginx");
	make(&p, &a, &f);
	free_intent(&sb, &p.targets[0], &job);
	assert_string_equal(strbuf_str(&sb), loop);
	strbuf_reset(&sb);
	free_intent(&sb, &p.targets[1], &job);
	assert_string_equal(strbuf_str(&sb), "8000/tcp: stopping nginx (pid 21)");
	/* Met in a later round, when the master has got its signal or is gone. */
	p.targets[0].fate = FATE_WAITING;
	add_holder(&a, 0, 22, "nginx", 3);
	assert_int_equal(plan_add(&p, &a, &f, &due), 0);
	assert_true(p.targets[2].parent_ends);
	p.targets[0].fate = FATE_GONE;
	assert_int_equal(plan_add(&p, &a, &f, &due), 0);
	assert_true(p.targets[2].parent_ends);
	plan_decline(&p, &p.targets[0]);
	assert_int_equal(p.targets[0].fate, FATE_DECLINED);
	strbuf_reset(&sb);
	free_intent(&sb, &p.targets[1], &job);
	assert_string_equal(strbuf_str(&sb), spared);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_who_is_left), cmocka_unit_test(test_master_and_worker),
		cmocka_unit_test(test_text),	    cmocka_unit_test(test_timewait),
		cmocka_unit_test(test_lines),	    cmocka_unit_test(test_children),
	};

	return cmocka_run_group_tests_name("free_text", tests, NULL, NULL);
}
