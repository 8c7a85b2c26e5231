// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/plan_ports.h"

#include "plan.h"
#include "unit.h"

static const struct plan_facts nothing;

static struct verdict *verdict(struct answer *a, uint16_t port, uint8_t proto, enum why why)
{
	struct verdict *v = answer_add_verdict(a);

	assert_non_null(v);
	v->port = port;
	v->proto = proto;
	v->why = why;
	v->bindable = why == WHY_FREE;
	return v;
}

/* ---- which ports --------------------------------------------------------------------------- */

/* Each once, as they come; a later answer adds its own and takes none away. */
static void test_ports(void **state)
{
	static const struct {
		uint16_t port;
		uint8_t proto;
	} expected[] = { { 8000, PW_TCP }, { 8000, PW_UDP }, { 1, PW_TCP }, { 65535, PW_UDP } };
	_cleanup_(answer_done) struct answer none = {}, a = {}, later = {};
	_cleanup_(plan_done) struct plan p = {};

	(void)state;
	assert_int_equal(plan_add_ports(&p, &none), 0);
	assert_int_equal(p.nr_ports, 0);
	assert_non_null(p.ports); /* so that the next answer is not the first */
	verdict(&a, 8000, PW_TCP, WHY_HELD);
	verdict(&a, 8000, PW_UDP, WHY_HELD);
	verdict(&a, 8000, PW_TCP, WHY_FREE);
	assert_int_equal(plan_add_ports(&p, &a), 0);
	assert_int_equal(p.nr_ports, 2);
	verdict(&later, 1, PW_TCP, WHY_HELD);
	verdict(&later, 8000, PW_UDP, WHY_HELD);
	verdict(&later, 65535, PW_UDP, WHY_HELD);
	assert_int_equal(plan_add_ports(&p, &later), 0);
	assert_int_equal(p.nr_ports, ARRAY_SIZE(expected));
	for (size_t i = 0; i < p.nr_ports; i++) {
		assert_row(i, p.ports[i].port == expected[i].port);
		assert_row(i, p.ports[i].proto == expected[i].proto);
		assert_row(i, p.ports[i].was_free);
	}
}

/* ---- is it free? ---------------------------------------------------------------------------- */

static void test_verdicts(void **state)
{
	static const struct {
		uint8_t proto;
		enum why why;
		bool bindable, with_reuseaddr, strict;
		bool ret_bindable, is_free;
	} rows[] = {
		{ PW_TCP, WHY_FREE, true, false, false, true, true },
		{ PW_TCP, WHY_RESERVED, true, false, true, true, true },
		{ PW_TCP, WHY_HELD, false, false, false, false, false },
		/* Nobody is in the way; who may bind it is another question. */
		{ PW_TCP, WHY_PRIVILEGED, false, false, true, true, true },
		{ PW_TCP, WHY_TIMEWAIT, false, true, false, false, true },
		{ PW_TCP, WHY_TIMEWAIT, false, true, true, false, false },
		/* SO_REUSEADDR makes servers of UDP share a port, which frees nothing. */
		{ PW_UDP, WHY_HELD, false, true, false, false, false },
		{ PW_TCP, WHY_UNKNOWN, false, false, false, false, false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct plan_facts f = { .strict = rows[i].strict };
		_cleanup_(answer_done) struct answer a = {};
		_cleanup_(plan_done) struct plan p = {};
		struct verdict *v;

		verdict(&a, 7999, rows[i].proto, WHY_FREE);
		verdict(&a, 8000, rows[i].proto == PW_TCP ? PW_UDP : PW_TCP, WHY_FREE);
		v = verdict(&a, 8000, rows[i].proto, rows[i].why);
		v->bindable = rows[i].bindable;
		v->with_reuseaddr = rows[i].with_reuseaddr;
		assert_int_equal(plan_judge(&p, &a, &f), 0);
		assert_int_equal(p.ports[2].why, rows[i].why);
		assert_row(i, p.ports[2].bindable == rows[i].ret_bindable);
		assert_row(i, p.ports[2].is_free == rows[i].is_free);
		assert_row(i, plan_all_free(&p) == rows[i].is_free);
		assert_row(i, !p.ports[2].by_chance);
	}
}

/* Tell all that the last answer said, and nothing that an earlier answer did. */
static void test_last_answer_counts(void **state)
{
	_cleanup_(answer_done) struct answer a = {}, gone = {};
	_cleanup_(plan_done) struct plan p = {};
	struct verdict *v = verdict(&a, 8000, PW_TCP, WHY_TIMEWAIT);

	(void)state;
	assert_true(plan_all_free(&p));
	v->has_frees_in = true;
	v->frees_in_ms = 41200;
	v->hint = strdup("1 closed connection");
	a.unknown = UNKNOWN_HOLDERS;
	given(&a, PW_TIME_WAIT, 8000, "10.0.0.2", NULL, NULL);
	given(&a, PW_LISTEN, 8000, NULL, PIDS(20), "server");
	for (int again = 0; again < 2; again++) {
		assert_int_equal(plan_judge(&p, &a, &nothing), 0);
		assert_int_equal(p.nr_ports, 1);
		assert_string_equal(p.ports[0].hint, "1 closed connection");
		assert_ptr_not_equal(p.ports[0].hint, v->hint);
		assert_true(p.ports[0].has_frees_in);
		assert_int_equal(p.ports[0].frees_in_ms, 41200);
		assert_int_equal(p.ports[0].nr_timewait, 1);
		assert_int_equal(p.ports[0].nr_left, 1);
		assert_int_equal(p.unknown, UNKNOWN_HOLDERS);
		assert_false(plan_all_free(&p));
	}
	/* Of a great range only the ports in use are judged. */
	assert_int_equal(plan_judge(&p, &gone, &nothing), 0);
	assert_int_equal(p.nr_ports, 1);
	assert_int_equal(p.ports[0].why, WHY_FREE);
	assert_true(p.ports[0].bindable);
	assert_null(p.ports[0].hint);
	assert_false(p.ports[0].has_frees_in);
	assert_int_equal(p.ports[0].frees_in_ms, 0);
	assert_int_equal(p.ports[0].nr_timewait, 0);
	assert_int_equal(p.ports[0].nr_left, 0);
	assert_int_equal(p.unknown, 0);
	assert_true(plan_all_free(&p));
}

static void test_all_free_means_all(void **state)
{
	(void)state;
	for (size_t held = 0; held < 4; held++) {
		_cleanup_(answer_done) struct answer a = {};
		_cleanup_(plan_done) struct plan p = {};

		for (size_t i = 0; i < 3; i++)
			verdict(&a, 8000 + i, PW_TCP, i == held ? WHY_HELD : WHY_FREE);
		assert_int_equal(plan_judge(&p, &a, &nothing), 0);
		assert_row(held, plan_all_free(&p) == (held == 3));
	}
}

/* A port is free, with a note, where SO_REUSEADDR lets a server bind it, and nowhere else. */
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

/* Count the port if a single socket on it was meant; sockets of other ports say nothing. */
static void test_by_chance_means_all(void **state)
{
	static const struct {
		uint16_t port;
		uint8_t proto;
		uint32_t flags;
		bool by_chance;
	} rows[] = {
		{ 8000, PW_UDP, 0, true },
		{ 8000, PW_UDP, PW_F_EXPLICIT, false },
		{ 8001, PW_UDP, PW_F_EXPLICIT, true },
		{ 8000, PW_TCP, PW_F_EXPLICIT, true },
	};
	struct port_range range = { .first = 8000, .last = 8000 };
	const struct portspec asked = { .ranges = &range, .nr = 1 };
	const struct plan_facts f = { .asked = &asked };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		for (size_t free = 0; free < 2; free++) {
			_cleanup_(answer_done) struct answer a = {};
			_cleanup_(plan_done) struct plan p = {};

			for (size_t k = 0; k < 2; k++) {
				given(&a, PW_UNCONN, 8000, NULL, PIDS(20 + k), "dig");
				a.sockets[k].s.proto = PW_UDP;
			}
			a.sockets[1].s.lport = rows[i].port;
			a.sockets[1].s.proto = rows[i].proto;
			a.sockets[1].s.flags = rows[i].flags;
			verdict(&a, 8000, PW_UDP, free ? WHY_FREE : WHY_HELD);
			assert_int_equal(plan_judge(&p, &a, &f), 0);
			/* A free port is not spared. */
			assert_row(i, p.ports[0].by_chance == (rows[i].by_chance && !free));
			assert_row(i, plan_all_free(&p) == (rows[i].by_chance || free));
		}
}

/* Nobody is there who could be a client: the port is in use for a reason that is not known. */
static void test_by_chance_of_nobody(void **state)
{
	struct port_range range = { .first = 8000, .last = 8000 };
	const struct portspec asked = { .ranges = &range, .nr = 1 };
	const struct plan_facts f = { .asked = &asked };
	_cleanup_(answer_done) struct answer a = {};
	_cleanup_(plan_done) struct plan p = {};

	(void)state;
	verdict(&a, 8000, PW_UDP, WHY_KERNEL);
	assert_int_equal(plan_judge(&p, &a, &f), 0);
	assert_false(p.ports[0].by_chance);
	assert_false(plan_all_free(&p));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ports),
		cmocka_unit_test(test_verdicts),
		cmocka_unit_test(test_last_answer_counts),
		cmocka_unit_test(test_all_free_means_all),
		cmocka_unit_test(test_free_means_one_thing),
		cmocka_unit_test(test_udp_by_chance),
		cmocka_unit_test(test_by_chance_means_all),
		cmocka_unit_test(test_by_chance_of_nobody),
	};

	return cmocka_run_group_tests_name("plan_ports", tests, NULL, NULL);
}
