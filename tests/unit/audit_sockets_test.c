// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/audit_sockets.h"

#include "audit.h"

static void look(struct picture *p, struct faults *f)
{
	picture_sort(p);
	assert_int_equal(audit_sockets(p, f), 0);
}

/* ---- a field of an entry ----------------------------------------------------------------------
 */

enum change {
	COOKIE,
	PROTO,
	NETNS,
	LPORT,
	STATE,
	FAMILY,
	LADDR,
	RPORT,
	RADDR,
	OPTIONS, /* flags, backlog, device, times: an entry does not promise them */
	CHANGES
};

static void change(struct pw_sock *s, enum change what)
{
	s->cookie += what == COOKIE;
	s->proto = what == PROTO ? 99 : s->proto;
	s->netns += what == NETNS;
	s->lport += what == LPORT;
	s->state = what == STATE ? PW_CLOSE_WAIT : s->state;
	s->family = what == FAMILY ? PW_INET6 : s->family;
	s->laddr.b[15] = what == LADDR;
	s->rport += what == RPORT;
	s->raddr.b[15] = what == RADDR;
	if (what != OPTIONS)
		return;
	s->flags ^= PW_F_REUSEADDR | PW_F_V6ONLY;
	s->backlog++;
	s->ifindex++;
	s->since_ns++;
}

/* Make a picture of an entry and of the kernel's socket, in which nothing else is amiss. */
static void setup_pair(struct picture *p, const struct pw_sock *e, const struct pw_sock *k)
{
	setup_picture(p);
	*VEC_ADD(&p->entries) = (struct audit_socket){ .sk = 30, .s = *e, .alive = true };
	*VEC_ADD(&p->kernel) = (struct audit_socket){ .sk = 30, .s = *k };
	if (e->flags & PW_F_COUNTED)
		p->ports[PW_PORT_INDEX(e->proto, e->lport)].live = 1;
}

/* Give the field that is wrong, or "". */
static const char *wrong(const struct pw_sock *e, const struct pw_sock *k)
{
	_cleanup_(picture_done) struct picture p;
	_cleanup_(faults_done) struct faults f = {};

	setup_pair(&p, e, k);
	look(&p, &f);
	if (!f.list.nr)
		return "";
	assert_int_equal(f.list.nr, 1);
	assert_int_equal(f.list.v[0].kind, FAULT_WRONG);
	assert_int_equal(f.list.v[0].at.sk, 30);
	assert_memory_equal(&f.list.v[0].at.s, e, sizeof(*e));
	assert_memory_equal(&f.list.v[0].kernel, k, sizeof(*k));
	return f.list.v[0].field;
}

static const struct {
	uint8_t proto, state;
	const char *wrong[CHANGES];
} kinds[] = {
	{ PW_TCP,
	  PW_LISTEN,
	  { "cookie", "proto", "netns", "port", "state", "family", "local", "", "", "" } },
	{ PW_TCP,
	  PW_ESTABLISHED,
	  { "cookie", "proto", "netns", "port", "state", "family", "local", "remote", "remote",
	    "" } },
	{ PW_TCP,
	  PW_BOUND,
	  { "cookie", "proto", "netns", "port", "state", "family", "", "", "", "" } },
	{ PW_TCP,
	  PW_SYN_SENT,
	  { "cookie", "proto", "netns", "port", "state", "family", "", "", "", "" } },
	{ PW_UDP, PW_UNCONN, { "cookie", "proto", "netns", "port", "", "", "", "", "", "" } },
};

static void test_fields(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		for (enum change c = 0; c < CHANGES; c++) {
			struct pw_sock e = {
				.cookie = 5,
				.netns = 1,
				.lport = 8000,
				.rport = 9,
				.family = PW_INET,
				.flags = PW_F_COUNTED,
				.proto = kinds[i].proto,
				.state = kinds[i].state,
			};
			struct pw_sock k = e;
			const char *field;

			change(&k, c);
			field = wrong(&e, &k);
			if (strcmp(field, kinds[i].wrong[c]) != 0)
				fail_msg("kind %zu, change %d: \"%s\"", i, c, field);
		}
}

static void test_what_is_not_known_is_not_wrong(void **state)
{
	struct pw_sock e = sock(PW_LISTEN, "127.0.0.1", 8000, NULL, 0), k = e;

	(void)state;
	e.flags = PW_F_COUNTED;
	k.cookie = 5; /* nobody has asked for it when the entry was made */
	assert_string_equal(wrong(&e, &k), "");
	e.cookie = 5, k.cookie = 0;
	assert_string_equal(wrong(&e, &k), "");
	e.lport = 0;
	assert_string_equal(wrong(&e, &k), "");
	/* An entry that is found by no port has lost its port. */
	e = k;
	assert_string_equal(wrong(&e, &k), "port");
	e.lport = 0;
	assert_string_equal(wrong(&e, &k), "port");
}

/* ---- which sockets there are ------------------------------------------------------------------
 */

static void add_sk(struct picture *p, uint64_t sk, bool alive, bool entry)
{
	struct audit_socket s = { .sk = sk, .alive = alive };

	if (entry)
		*VEC_ADD(&p->entries) = s;
	else
		*VEC_ADD(&p->kernel) = s;
}

static void test_stale_and_missing(void **state)
{
	_cleanup_(picture_done) struct picture p;
	struct faults f = {};

	(void)state;
	setup_picture(&p);
	add_sk(&p, 20, false, true);
	look(&p, &f); /* entries alone */
	assert_found(&f, FAULT_STALE);
	p.entries.v[0].alive = true; /* in flight: the iterators do not show it */
	look(&p, &f);
	assert_nothing_found(&f);
	p.entries.nr = 0;
	add_sk(&p, 20, false, false);
	look(&p, &f); /* sockets alone */
	assert_found(&f, FAULT_MISSING);
}

static void test_each_is_compared_with_its_own(void **state)
{
	static const uint64_t want[] = { 5, 10, 30, UINT64_C(1) << 40 };
	_cleanup_(picture_done) struct picture p;
	struct faults f = {};

	(void)state;
	setup_picture(&p);
	agree(&p, 20, 8000);
	agree(&p, 25, 8001);
	add_sk(&p, 30, false, true);
	add_sk(&p, 10, false, true);
	add_sk(&p, UINT64_C(1) << 40, false, false);
	add_sk(&p, 5, false, false);
	look(&p, &f);
	for (size_t i = 0; i < ARRAY_SIZE(want); i++)
		assert_row(i, i < f.list.nr && f.list.v[i].at.sk == want[i]);
	assert_found(&f, FAULT_MISSING, FAULT_STALE, FAULT_STALE, FAULT_MISSING);
	p.entries.v[1].alive = false; /* the kernel shows it: that counts */
	look(&p, &f);
	assert_int_equal(f.list.nr, 4);
	faults_done(&f);
}

/* ---- the port index ---------------------------------------------------------------------------
 */

static void test_slots(void **state)
{
	_cleanup_(picture_done) struct picture p;
	struct audit_slot right;
	struct faults f = {};

	(void)state;
	setup_picture(&p);
	agree(&p, 30, 8000);
	agree(&p, 20, 8001);
	look(&p, &f);
	assert_nothing_found(&f);
	right = p.slots.v[0];
	for (size_t i = 0; i < 4; i++) {
		p.slots.v[0] = right;
		p.slots.v[0].key.slot += i == 0;
		p.slots.v[0].key.port -= i == 1;
		p.slots.v[0].key.proto -= i == 2;
		p.slots.v[0].sk += i == 3; /* nobody's */
		look(&p, &f);
		assert_row(i, f.list.nr == 2 && f.list.v[0].at.sk == p.slots.v[0].sk);
		assert_memory_equal(&f.list.v[0].slot, &p.slots.v[0].key, sizeof(right.key));
		assert_int_equal(f.list.v[1].at.sk, 30);
		assert_found(&f, FAULT_SLOT, FAULT_UNPLACED);
	}
}

/* Two sockets of one port have a slot each. */
static void test_second_slot(void **state)
{
	_cleanup_(picture_done) struct picture p;
	struct faults f = {};

	(void)state;
	setup_picture(&p);
	agree(&p, 30, 8000);
	agree(&p, 20, 8000);
	p.slots.v[1].key.slot = p.entries.v[1].s.slot = 3;
	look(&p, &f);
	assert_nothing_found(&f);
}

static void test_two_in_one_slot(void **state)
{
	_cleanup_(picture_done) struct picture p;
	struct faults f = {};

	(void)state;
	setup_picture(&p);
	agree(&p, 30, 8000);
	agree(&p, 20, 8000);
	p.slots.v[1].sk = 30; /* the other's: both say 30 is there */
	look(&p, &f);
	assert_int_equal(f.list.v[0].at.sk, 20);
	assert_found(&f, FAULT_UNPLACED);
}

static void test_index_is_empty(void **state)
{
	_cleanup_(picture_done) struct picture p;
	struct faults f = {};

	(void)state;
	setup_picture(&p);
	agree(&p, 30, 8000);
	p.slots.nr = 0;
	look(&p, &f);
	assert_found(&f, FAULT_UNPLACED);
	/* Counted only: it has no place. The slot that names it is nobody's. */
	p.entries.v[0].s.flags = PW_F_COUNTED;
	p.ports[8000] = (struct pw_port){ .live = 1 };
	look(&p, &f);
	assert_nothing_found(&f);
	p.slots.nr = 1;
	look(&p, &f);
	assert_found(&f, FAULT_SLOT);
	p.entries.nr = p.kernel.nr = 0;
	p.ports[8000].live = 0;
	look(&p, &f);
	assert_found(&f, FAULT_SLOT);
}

/* ---- its counters -----------------------------------------------------------------------------
 */

static void test_counts(void **state)
{
	static const uint32_t places[] = { 0, 8000, 65535, PW_PORTS - 65536, PW_PORTS - 1 };
	_cleanup_(picture_done) struct picture p;
	_cleanup_(faults_done) struct faults f = {};

	(void)state;
	setup_picture(&p);
	agree(&p, 30, 8000);
	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		struct pw_port *port = &p.ports[places[i]], right = *port;

		port->indexed++;
		look(&p, &f);
		assert_row(i, f.list.nr == 1 && f.list.v[0].port_index == places[i]);
		assert_row(i, f.list.v[0].said.indexed == right.indexed + 1);
		assert_row(i, f.list.v[0].found.indexed == right.indexed);
		assert_found(&f, FAULT_COUNT);
		*port = right;
		port->live = UINT32_MAX; /* less than none */
		look(&p, &f);
		assert_row(i, f.list.nr == 1 && f.list.v[0].said.live == UINT32_MAX);
		assert_found(&f, FAULT_COUNT);
		*port = right;
		port->accepted++, port->last_tw_ns++; /* count what is over */
	}
	p.ports[8000].indexed = 0;
	p.ports[PW_PORT_INDEX(PW_UDP, 8000)].indexed = 1; /* of the other protocol */
	look(&p, &f);
	assert_found(&f, FAULT_COUNT, FAULT_COUNT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fields),
		cmocka_unit_test(test_what_is_not_known_is_not_wrong),
		cmocka_unit_test(test_stale_and_missing),
		cmocka_unit_test(test_each_is_compared_with_its_own),
		cmocka_unit_test(test_slots),
		cmocka_unit_test(test_second_slot),
		cmocka_unit_test(test_two_in_one_slot),
		cmocka_unit_test(test_index_is_empty),
		cmocka_unit_test(test_counts),
	};

	return cmocka_run_group_tests_name("audit_sockets", tests, NULL, NULL);
}
