// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/plan.h"

#include "model/portspec.h"
#include "model/verdict.h"
#include "print/free_report.h"
#include "print/free_text.h"
#include "unit.h"

static uint64_t next_sk = 0x1000;

/* A socket on the port with holders by pid, 0-terminated. Returns its index. */
static size_t given(struct answer *a, uint8_t state, uint16_t port, const char *raddr,
		    const uint32_t *pids, const char *comm)
{
	struct pw_sock s = sock(state, "127.0.0.1", port, raddr, raddr ? 40000 : 0);
	size_t i = a->nr_sockets;
	struct socket *new = add_socket(a, &s);

	new->sk = next_sk += 64;
	new->inode = next_sk / 64;
	for (; pids && *pids; pids++)
		add_holder(a, i, *pids, comm, 3);
	return i;
}

#define PIDS(...) ((const uint32_t[]){ __VA_ARGS__, 0 })

static void judge(struct answer *a, const char *ports)
{
	_cleanup_(strbuf_done) struct strbuf why = {};
	_cleanup_(portspec_done) struct portspec asked = {};
	const struct verdict_facts facts = { .netns = 4026531840, .unprivileged_start = 1024 };

	assert_int_equal(portspec_parse(&asked, ports, NULL, NULL, &why), 0);
	assert_int_equal(verdict_fill(a, &asked, &facts), 0);
}

static void rejudge(struct answer *a, const char *ports)
{
	for (size_t i = 0; i < a->nr_verdicts; i++)
		verdict_done(&a->verdicts[i]);
	a->nr_verdicts = 0;
	judge(a, ports);
}

static size_t make(struct plan *p, struct answer *a, const struct plan_facts *f)
{
	static const struct plan_facts nothing;
	size_t due;

	if (!a->nr_verdicts)
		judge(a, "8000/tcp");
	assert_int_equal(plan_add(p, a, f ? f : &nothing, &due), 0);
	return due;
}

static void test_targets(void **state)
{
	_cleanup_(answer_done) struct answer a = {};
	_cleanup_(plan_done) struct plan p = {};

	(void)state;
	/* By age (actor() makes it of the pid), whatever the order of the answer. */
	given(&a, PW_LISTEN, 8000, NULL, PIDS(30, 20), "nginx");
	given(&a, PW_ESTABLISHED, 8000, "10.0.0.2", PIDS(30), "nginx");
	given(&a, PW_CLOSE_WAIT, 8000, "10.0.0.3", PIDS(30), "nginx");
	given(&a, PW_BOUND, 8000, NULL, PIDS(40), "bound");
	given(&a, PW_ESTABLISHED, 8000, "10.0.0.4", NULL, NULL);
	assert_int_equal(make(&p, &a, NULL), 3);
	assert_int_equal(p.nr_targets, 3);
	assert_int_equal(p.targets[0].process.pid, 20);
	assert_int_equal(p.targets[1].process.pid, 30);
	assert_int_equal(p.targets[2].process.pid, 40);
	assert_int_equal(p.targets[0].nr_established, 0);
	assert_int_equal(p.targets[1].nr_established, 1);
	assert_int_equal(p.targets[1].nr_listening, 1);
	assert_int_equal(p.targets[1].nr_sockets, 3);
	assert_int_equal(p.nr_unaccepted, 1);
	assert_int_equal(p.nr_ports, 1);
	assert_false(p.ports[0].was_free);
	assert_false(plan_all_free(&p));
	for (size_t i = 0; i < 3; i++)
		assert_true(target_is_due(&p.targets[i]));
}

static void test_nothing_to_do(void **state)
{
	_cleanup_(answer_done) struct answer a = {};
	_cleanup_(plan_done) struct plan p = {};

	(void)state;
	assert_int_equal(make(&p, &a, NULL), 0);
	assert_int_equal(p.nr_targets, 0);
	assert_true(p.ports[0].was_free);
	assert_true(plan_all_free(&p));
}

static void test_listening_spares_connections(void **state)
{
	_cleanup_(answer_done) struct answer a = {};
	_cleanup_(plan_done) struct plan p = {};
	const struct plan_facts f = { .listening = true };
	const struct plan_facts strict = { .listening = true, .strict = true };
	const struct pw_actor worker = actor(30, "worker"), server = actor(20, "server");

	(void)state;
	given(&a, PW_LISTEN, 8000, NULL, PIDS(20), "server");
	given(&a, PW_ESTABLISHED, 8000, "10.0.0.2", PIDS(30), "worker");
	assert_int_equal(make(&p, &a, &f), 1);
	assert_int_equal(p.targets[0].process.pid, 20);
	assert_true(plan_holds(&a, &f, &server));
	assert_false(plan_holds(&a, &f, &worker));
	assert_false(plan_all_free(&p));

	/* The listener has gone: what is left was to be spared. */
	_cleanup_(answer_done) struct answer later = {};
	size_t due;

	given(&later, PW_ESTABLISHED, 8000, "10.0.0.2", PIDS(30), "worker");
	judge(&later, "8000/tcp");
	assert_int_equal(plan_add(&p, &later, &f, &due), 0);
	assert_int_equal(due, 0);
	/* Whom it spares changes nothing about what a bind() meets. */
	assert_false(plan_all_free(&p));
	assert_int_equal(p.ports[0].nr_connections, 1);
	later.sockets[0].s.flags |= PW_F_REUSEADDR;
	rejudge(&later, "8000/tcp");
	assert_int_equal(plan_add(&p, &later, &f, &due), 0);
	assert_true(plan_all_free(&p));
	assert_false(p.ports[0].bindable);
	assert_int_equal(plan_add(&p, &later, &strict, &due), 0);
	assert_false(plan_all_free(&p));
}

/* The same number is not the same process, and an unknown start time is nobody's. */
static void test_identity(void **state)
{
	_cleanup_(answer_done) struct answer a = {};
	struct pw_actor same = actor(20, "server"), later = same, unknown = same;
	const struct plan_facts f = {};

	(void)state;
	given(&a, PW_LISTEN, 8000, NULL, PIDS(20), "server");
	later.start_ns++;
	unknown.start_ns = 0;
	assert_true(plan_holds(&a, &f, &same));
	assert_false(plan_holds(&a, &f, &later));
	assert_false(plan_holds(&a, &f, &unknown));
	a.processes[0].id.start_ns = 0;
	assert_false(plan_holds(&a, &f, &unknown));
}

static void test_guards(void **state)
{
	static const struct {
		uint32_t pid;
		const char *comm, *cmdline;
		enum guard guard;
		const char *instead;
	} rows[] = {
		{ 20, "server", NULL, GUARD_NONE, NULL },
		{ 1, "init", NULL, GUARD_INIT, NULL },
		{ 500, "portwatch", NULL, GUARD_SELF, NULL },
		{ 400, "bash", NULL, GUARD_ANCESTOR, NULL },
		{ 401, "sshd", NULL, GUARD_ANCESTOR, NULL },
		{ 20, "docker-proxy", NULL, GUARD_PROXY,
		  "docker stop $(docker ps -q --filter publish=8000)" },
		{ 20, "renamed", "/usr/bin/docker-proxy", GUARD_PROXY,
		  "docker stop $(docker ps -q --filter publish=8000)" },
		{ 20, "rootlessport", NULL, GUARD_PROXY,
		  "podman stop $(podman ps -q --filter publish=8000)" },
		{ 20, "docker-proxy2", "/x/docker-proxyy", GUARD_NONE, NULL },
		{ 1, "systemd", NULL, GUARD_INIT, "systemctl stop web.socket" },
		{ 900, "systemd", NULL, GUARD_ACTIVATED,
		  "systemctl --user stop UNIT.socket, found by: systemctl --user list-sockets" },
	};
	static const uint32_t ancestors[] = { 400, 401 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		for (int force = 0; force < 2; force++) {
			_cleanup_(answer_done) struct answer a = {};
			_cleanup_(plan_done) struct plan p = {};
			struct plan_facts f = { .self = 500,
						.ancestors = ancestors,
						.nr_ancestors = 2,
						.force = force };
			const struct target *t;

			f.socket_unit = NULL;
			given(&a, PW_LISTEN, 8000, NULL, PIDS(rows[i].pid), rows[i].comm);
			if (rows[i].cmdline) {
				a.processes[0].cmdline = strdup(rows[i].cmdline);
				a.processes[0].cmdline_len = strlen(rows[i].cmdline);
			}
			make(&p, &a, &f);
			t = &p.targets[0];
			assert_row(i, t->guard == rows[i].guard);
			assert_row(i, target_is_due(t) == (rows[i].guard == GUARD_NONE || force));
			assert_row(i, t->forced == (rows[i].guard != GUARD_NONE && force));
			if (rows[i].guard != GUARD_NONE)
				assert_row(i, guard_text(t->guard)[0]);
			if (!rows[i].instead || strstr(rows[i].instead, "web.socket"))
				continue;
			assert_non_null(t->instead);
			assert_string_equal(t->instead, rows[i].instead);
		}
}

static const char *web_socket(void *arg, uint8_t proto, uint16_t port)
{
	(void)arg;
	return proto == PW_TCP && port == 8000 ? "web.socket" : NULL;
}

/* systemd and the service hold the socket: neither is ended, and the command is exact. */
static void test_socket_activation(void **state)
{
	_cleanup_(answer_done) struct answer a = {};
	_cleanup_(plan_done) struct plan p = {};
	const struct plan_facts f = { .socket_unit = web_socket };
	size_t i = given(&a, PW_LISTEN, 8000, NULL, PIDS(50), "web");

	(void)state;
	add_holder(&a, i, 1, "systemd", 40);
	/* An instance that only has a connection would be started again as well. */
	given(&a, PW_ESTABLISHED, 8000, "10.0.0.2", PIDS(60), "web-instance");
	assert_int_equal(make(&p, &a, &f), 0);
	assert_int_equal(p.nr_targets, 3);
	assert_int_equal(p.targets[0].guard, GUARD_INIT);
	assert_string_equal(p.targets[0].instead, "systemctl stop web.socket");
	assert_int_equal(p.targets[1].guard, GUARD_ACTIVATED);
	assert_string_equal(p.targets[1].instead, "systemctl stop web.socket");
	assert_int_equal(p.targets[2].guard, GUARD_COMPANION);
}

/* Whoever is outside of our PID namespace has no number to be signalled by. */
static void test_unreachable(void **state)
{
	_cleanup_(answer_done) struct answer a = {};
	_cleanup_(plan_done) struct plan p = {};
	const struct plan_facts f = { .force = true };

	(void)state;
	given(&a, PW_LISTEN, 8000, NULL, PIDS(20), "server");
	a.processes[0].pid = 0;
	assert_int_equal(make(&p, &a, &f), 0);
	assert_int_equal(p.targets[0].guard, GUARD_UNREACHABLE);
	assert_int_equal(p.targets[0].fate, FATE_GUARDED);
}

/* Nobody dies in vain: if one holder of a port is refused, the others are left alone, unless
 * they have another port that their end frees. */
static void test_companions(void **state)
{
	_cleanup_(answer_done) struct answer a = {};
	_cleanup_(plan_done) struct plan p = {};
	const uint32_t ancestors[] = { 10 };
	const struct plan_facts f = { .ancestors = ancestors, .nr_ancestors = 1 };

	(void)state;
	given(&a, PW_LISTEN, 8000, NULL, PIDS(10, 20, 30), "server");
	given(&a, PW_LISTEN, 8001, NULL, PIDS(30), "server");
	judge(&a, "8000/tcp 8001/tcp");
	assert_int_equal(make(&p, &a, &f), 1);
	assert_int_equal(p.targets[0].guard, GUARD_ANCESTOR);
	assert_int_equal(p.targets[1].guard, GUARD_COMPANION);
	assert_int_equal(p.targets[2].guard, GUARD_NONE);
	assert_int_equal(p.nr_ports, 2);
}

/* Later answers: who has a planned socket is added, who took the port anew is not. */
static void test_later_answers(void **state)
{
	static const struct {
		bool same_sk, same_inode;
		uint8_t state;
		bool added, respawned;
	} rows[] = {
		{ true, true, PW_LISTEN, true, false },	 /* forked, or was passed the socket */
		{ true, false, PW_LISTEN, false, true }, /* its address is used again */
		{ false, true, PW_LISTEN, false, true }, /* its inode number is */
		{ false, false, PW_LISTEN, false, true },
		{ false, false, PW_BOUND, false, true },
		{ false, false, PW_ESTABLISHED, true, false }, /* accepted meanwhile */
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_(answer_done) struct answer a = {}, later = {};
		_cleanup_(plan_done) struct plan p = {};
		const struct plan_facts f = {};
		struct socket *s;
		size_t due;

		given(&a, PW_LISTEN, 8000, NULL, PIDS(20), "server");
		assert_int_equal(make(&p, &a, &f), 1);
		p.targets[0].fate = FATE_GONE;

		given(&later, rows[i].state, 8000,
		      rows[i].state == PW_ESTABLISHED ? "10.0.0.2" : NULL, PIDS(21), "other");
		s = &later.sockets[0];
		if (rows[i].same_sk)
			s->sk = a.sockets[0].sk;
		if (rows[i].same_inode)
			s->inode = a.sockets[0].inode;
		judge(&later, "8000/tcp");
		assert_int_equal(plan_add(&p, &later, &f, &due), 0);
		assert_row(i, due == rows[i].added);
		assert_row(i, p.nr_targets == 1u + rows[i].added);
		assert_row(i, p.targets[0].fate == FATE_GONE);
		assert_row(i, plan_respawned(&p) == rows[i].respawned);
		assert_row(i, p.ports[0].nr_left == 1);
	}
}

/* The number passes to another process that takes the port: not the one in the plan. */
static void test_reused_number_is_a_newcomer(void **state)
{
	_cleanup_(answer_done) struct answer a = {}, later = {};
	_cleanup_(plan_done) struct plan p = {};
	const struct plan_facts f = {};
	size_t due;

	(void)state;
	given(&a, PW_LISTEN, 8000, NULL, PIDS(20), "server");
	make(&p, &a, &f);
	given(&later, PW_LISTEN, 8000, NULL, PIDS(20), "server");
	later.processes[0].id.start_ns++;
	judge(&later, "8000/tcp");
	assert_int_equal(plan_add(&p, &later, &f, &due), 0);
	assert_int_equal(due, 0);
	assert_int_equal(p.nr_targets, 1);
	assert_true(plan_respawned(&p));
}

static void kin(void *arg, const struct process *p, struct plan_kin *ret)
{
	(void)arg;
	ret->nr_children = p->pid == 20 ? 2 : 0;
	ret->condition.is = p->pid == 20 ? COND_STOPPED : 0;
	ret->parent = 7;
	memcpy(ret->parent_comm, "bash", 5);
}

static void kin_of_workers(void *arg, const struct process *p, struct plan_kin *ret)
{
	(void)arg;
	ret->nr_children = p->pid == 20 ? 3 : 0;
	ret->parent = p->pid == 20 ? 1 : 20;
}

static void test_children_that_end_too_are_not_left(void **state)
{
	_cleanup_(answer_done) struct answer a = {};
	_cleanup_(plan_done) struct plan p = {};
	const struct plan_facts f = { .kin = kin_of_workers };

	(void)state;
	given(&a, PW_LISTEN, 8000, NULL, PIDS(21, 20, 22), "server");
	make(&p, &a, &f);
	assert_int_equal(p.nr_targets, 3);
	for (size_t i = 0; i < p.nr_targets; i++)
		assert_row(i,
			   p.targets[i].nr_children == (p.targets[i].process.pid == 20 ? 1u : 0u));
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
	const struct plan_facts f = { .kin = kin };
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
	free_report_intent(&sb, t, &job);
	assert_string_equal(
		strbuf_str(&sb),
		"8000/tcp: stopping tracd (pid 20, trac): tracd -p 8000; 2 open "
		"connections will be dropped, 2 child processes stay, unit tracd.service, "
		"stopped");
	strbuf_reset(&sb);
	free_report_question(&sb, t, &job);
	assert_string_equal(strbuf_str(&sb),
			    "8000/tcp: tracd (pid 20, trac): tracd -p 8000; 2 open connections "
			    "will be dropped, 2 child processes stay, unit tracd.service, stopped");
	t->fate = FATE_DECLINED;
	assert_string_equal(text_of(&sb, &job, t), "8000/tcp: tracd[20] left running");
	t->fate = FATE_PLANNED;
	job.dry_run = true;
	assert_string_equal(
		text_of(&sb, &job, t),
		"8000/tcp: tracd[20] would get TERM, CONT, then KILL after 3 s; 2 open "
		"connections will be dropped, 2 child processes stay, unit tracd.service, "
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

/* What is left of reusable TIME-WAIT is free, with a note; not where the option does not help. */
static void test_free_means_one_thing(void **state)
{
	static const struct {
		uint8_t state;
		uint32_t pid, flags;
		bool has_expires, is_free, bindable;
	} rows[] = {
		{ PW_TIME_WAIT, 0, PW_F_REUSEADDR, true, true, false },
		{ PW_TIME_WAIT, 0, 0, true, false, false },
		{ PW_FIN_WAIT2, 0, PW_F_REUSEADDR, true, true, false },
		{ PW_LAST_ACK, 0, PW_F_REUSEADDR, false, true, false },
		{ PW_LAST_ACK, 0, 0, false, false, false },
		{ PW_ESTABLISHED, 20, PW_F_REUSEADDR, false, true, false },
		{ PW_ESTABLISHED, 20, 0, false, false, false },
		{ PW_LISTEN, 20, PW_F_REUSEADDR, false, false, false },
		{ PW_BOUND, 20, PW_F_REUSEADDR, false, true, false },
		{ PW_BOUND, 20, 0, false, false, false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		for (int how = 0; how < 4; how++) {
			const struct plan_facts f = { .strict = how & 1, .listening = how & 2 };
			_cleanup_(answer_done) struct answer a = {};
			_cleanup_(plan_done) struct plan p = {};
			bool listens = rows[i].state == PW_LISTEN || rows[i].state == PW_BOUND;
			const uint32_t pids[] = { rows[i].pid, 0 };

			given(&a, rows[i].state, 8000, listens ? NULL : "10.0.0.2",
			      rows[i].pid ? pids : NULL, "server");
			a.sockets[0].s.flags |= rows[i].flags;
			a.sockets[0].has_expires = rows[i].has_expires;
			a.sockets[0].expires_ms = 41200;
			make(&p, &a, &f);
			assert_row(i, p.ports[0].bindable == rows[i].bindable);
			assert_row(i, plan_all_free(&p) == (rows[i].is_free && !f.strict));
		}
}

/* A number alone means the server; a UDP client has its port by chance. */
static void test_udp_by_chance(void **state)
{
	static const struct {
		const char *ports;
		uint32_t flags;
		bool known, spared;
	} rows[] = {
		{ "8000", 0, true, true },
		{ "8000", PW_F_EXPLICIT, true, false },
		{ "8000", 0, false, false },
		{ "8000/udp", 0, true, false },
		{ "8000/tcp 8000/udp", 0, true, false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_(portspec_done) struct portspec asked = {};
		_cleanup_(strbuf_done) struct strbuf why = {};
		_cleanup_(answer_done) struct answer a = {};
		_cleanup_(plan_done) struct plan p = {};
		const struct plan_facts f = { .asked = &asked, .force = true };

		assert_int_equal(portspec_parse(&asked, rows[i].ports, NULL, NULL, &why), 0);
		given(&a, PW_UNCONN, 8000, NULL, PIDS(20), "dig");
		a.sockets[0].s.proto = PW_UDP;
		a.sockets[0].s.flags = rows[i].flags;
		a.sockets[0].bind.known = rows[i].known;
		judge(&a, rows[i].ports);
		assert_row(i, (make(&p, &a, &f) == 0) == rows[i].spared);
		assert_row(i, (p.targets[0].guard == GUARD_CHANCE) == rows[i].spared);
		assert_row(i, plan_all_free(&p) == rows[i].spared);
	}
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

/* Whoever asks for a port without a protocol wants no line about UDP that nobody uses. */
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_targets),
		cmocka_unit_test(test_nothing_to_do),
		cmocka_unit_test(test_listening_spares_connections),
		cmocka_unit_test(test_identity),
		cmocka_unit_test(test_guards),
		cmocka_unit_test(test_socket_activation),
		cmocka_unit_test(test_unreachable),
		cmocka_unit_test(test_companions),
		cmocka_unit_test(test_later_answers),
		cmocka_unit_test(test_reused_number_is_a_newcomer),
		cmocka_unit_test(test_children_that_end_too_are_not_left),
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_timewait),
		cmocka_unit_test(test_free_means_one_thing),
		cmocka_unit_test(test_udp_by_chance),
		cmocka_unit_test(test_lines),
	};

	return cmocka_run_group_tests_name("plan", tests, NULL, NULL);
}
