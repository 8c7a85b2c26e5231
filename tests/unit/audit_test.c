// SPDX-License-Identifier: GPL-2.0-or-later
/* Tell what is a difference between maps and kernel, and what is none. */
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "model/audit.h"
#include "unit.h"

static void setup_picture(struct picture *p)
{
	*p = (struct picture){ .ports = calloc(PW_PORTS, sizeof(*p->ports)) };
	assert_non_null(p->ports);
}

/* A listening socket that maps and kernel agree on. */
static void agree(struct picture *p, uint64_t sk, uint16_t port)
{
	struct pw_sock s = sock(PW_LISTEN, "127.0.0.1", port, NULL, 0);

	s.flags = PW_F_INDEXED;
	s.cookie = sk;
	*VEC_ADD(&p->entries) = (struct audit_socket){ .sk = sk, .s = s, .alive = true };
	*VEC_ADD(&p->kernel) = (struct audit_socket){ .sk = sk, .s = s };
	*VEC_ADD(&p->slots) =
		(struct audit_slot){ .key = { .port = port, .proto = PW_TCP }, .sk = sk };
	*VEC_ADD(&p->diag) = s;
	p->ports[PW_PORT_INDEX(PW_TCP, port)].indexed++;
}

static void assert_faults(struct picture *p, size_t nr, enum fault_kind first)
{
	_cleanup_(faults_done) struct faults f = {};

	assert_int_equal(audit(p, &f), 0);
	assert_int_equal(f.list.nr, nr);
	if (nr)
		assert_int_equal(f.list.v[0].kind, first);
}

static void test_clean(void **state)
{
	_cleanup_(picture_done) struct picture p;

	(void)state;
	setup_picture(&p);
	assert_faults(&p, 0, 0);
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
	assert_faults(&p, 0, 0);
}

static void test_sockets(void **state)
{
	_cleanup_(picture_done) struct picture p;

	(void)state;
	setup_picture(&p);
	agree(&p, 30, 8000);
	p.entries.v[0].alive = false; /* the kernel shows it: that counts */
	assert_faults(&p, 0, 0);
	p.kernel.v[0].s.state = PW_BOUND;
	assert_faults(&p, 2, FAULT_WRONG); /* and sock_diag agrees with the entry */
	p.kernel.v[0].s.state = PW_LISTEN;
	p.kernel.v[0].s.laddr.b[3] = 2;
	assert_faults(&p, 2, FAULT_WRONG);
	p.kernel.v[0].s.laddr.b[3] = 1;
	p.kernel.v[0].s.cookie = 99;
	assert_faults(&p, 1, FAULT_WRONG);
	p.kernel.v[0].s.cookie = 0;
	assert_faults(&p, 0, 0);
	p.kernel.v[0].sk = 31;
	assert_faults(&p, 2, FAULT_STALE); /* and one missing */
	p.entries.v[0].alive = true;
	assert_faults(&p, 1, FAULT_MISSING);
}

static void test_udp(void **state)
{
	_cleanup_(picture_done) struct picture p;

	(void)state;
	setup_picture(&p);
	agree(&p, 30, 53);
	p.entries.v[0].s.proto = p.kernel.v[0].s.proto = p.diag.v[0].proto = PW_UDP;
	p.slots.v[0].key.proto = PW_UDP;
	p.ports[53].indexed = 0;
	p.ports[PW_PORT_INDEX(PW_UDP, 53)].indexed = 1;
	assert_faults(&p, 0, 0);
	/* connect() changes state and addresses without an event */
	p.kernel.v[0].s.state = PW_ESTABLISHED;
	p.kernel.v[0].s.rport = p.diag.v[0].rport = 99;
	assert_faults(&p, 0, 0);
	p.kernel.v[0].s.lport = p.diag.v[0].lport = 54;
	assert_faults(&p, 1, FAULT_WRONG);
}

static void test_index(void **state)
{
	_cleanup_(picture_done) struct picture p;

	(void)state;
	setup_picture(&p);
	agree(&p, 30, 8000);
	p.slots.v[0].key.slot = 1;
	assert_faults(&p, 2, FAULT_SLOT); /* and the entry has no place */
	p.slots.v[0].key.slot = 0;
	p.slots.v[0].sk = 31;
	assert_faults(&p, 2, FAULT_SLOT);
	p.slots.v[0].sk = 30;
	p.ports[PW_PORT_INDEX(PW_UDP, 65535)].live = 1;
	assert_faults(&p, 1, FAULT_COUNT);
	p.ports[PW_PORT_INDEX(PW_UDP, 65535)].live = 0;
	p.entries.v[0].s.flags = PW_F_COUNTED;
	assert_faults(&p, 2, FAULT_SLOT);
}

static void test_families(void **state)
{
	_cleanup_(picture_done) struct picture p;
	struct audit_proc *proc;

	(void)state;
	setup_picture(&p);
	proc = VEC_ADD(&p.procs);
	*proc = (struct audit_proc){ .tgid = 7,
				     .p = { .start_ns = 5, .family = 5, .member_nr = 2 } };
	*VEC_ADD(&p.members) = (struct audit_member){ .key = { .family = 5, .nr = 2 }, .tgid = 7 };
	assert_faults(&p, 0, 0); /* no task can be seen: nothing to compare with */
	*VEC_ADD(&p.tasks) = (struct pw_actor){ .tgid = 1 };
	assert_faults(&p, 1, FAULT_PROC);
	*VEC_ADD(&p.tasks) = (struct pw_actor){ .tgid = 7, .start_ns = 5 };
	assert_faults(&p, 0, 0);
	p.tasks.v[1].start_ns = 6; /* another process of that number */
	assert_faults(&p, 1, FAULT_PROC);
	p.tasks.v[1].start_ns = 5;
	p.members.v[0].key.nr = 3;
	assert_faults(&p, 1, FAULT_MEMBER);
}

static void test_witnesses(void **state)
{
	_cleanup_(picture_done) struct picture p;

	(void)state;
	setup_picture(&p);
	agree(&p, 30, 8000);
	*VEC_ADD(&p.diag) = p.diag.v[0]; /* one more of the same address: SO_REUSEPORT */
	assert_faults(&p, 1, FAULT_UNSEEN);
	agree(&p, 31, 8001);
	p.diag.nr = 1;
	assert_faults(&p, 0, 0);
	*VEC_ADD(&p.timewait) = (struct audit_timewait){ .key = { .lport = 8000 } };
	assert_faults(&p, 1, FAULT_TIMEWAIT);
	*VEC_ADD(&p.kernel_timewait) = (struct pw_tw_key){ .lport = 8001 };
	assert_faults(&p, 1, FAULT_TIMEWAIT);
	*VEC_ADD(&p.kernel_timewait) = (struct pw_tw_key){ .lport = 8000 };
	assert_faults(&p, 0, 0);
}

static void test_persisting(void **state)
{
	_cleanup_(faults_done) struct faults a = {}, b = {};
	struct fault missing = { .kind = FAULT_MISSING, .at = { .sk = 1, .s = { .cookie = 5 } } };
	struct fault count = { .kind = FAULT_COUNT, .port_index = 80, .said = { .live = 2 } };

	(void)state;
	*VEC_ADD(&a.list) = missing;
	*VEC_ADD(&a.list) = count;
	count.said.live++; /* as wrong as before */
	count.found.live++;
	*VEC_ADD(&b.list) = count;
	missing.at.s.cookie = 6; /* another socket at that address */
	*VEC_ADD(&b.list) = missing;
	faults_keep(&a, &b);
	assert_int_equal(a.list.nr, 1);
	assert_int_equal(a.list.v[0].kind, FAULT_COUNT);
	assert_true(faults_have(&b, &missing));
	b.list.v[0].said.live++;
	faults_keep(&a, &b);
	assert_int_equal(a.list.nr, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_clean),	   cmocka_unit_test(test_sockets),
		cmocka_unit_test(test_udp),	   cmocka_unit_test(test_index),
		cmocka_unit_test(test_families),   cmocka_unit_test(test_witnesses),
		cmocka_unit_test(test_persisting),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
