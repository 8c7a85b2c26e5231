/* SPDX-License-Identifier: GPL-2.0-or-later */
/* audit: builders that the tests of audit and its parts share. */
#ifndef UNIT_AUDIT_H
#define UNIT_AUDIT_H

#include "model/faults.h"
#include "unit.h"

unit_fn void setup_picture(struct picture *p)
{
	*p = (struct picture){ .ports = calloc(PW_PORTS, sizeof(*p->ports)) };
	assert_non_null(p->ports);
}

/* Add a listening socket that maps and kernel agree on. */
unit_fn void agree(struct picture *p, uint64_t sk, uint16_t port)
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

/* Compare the kinds of the faults, in their order, and forget the faults. */
unit_fn void assert_kinds(struct faults *f, const enum fault_kind *want, size_t nr)
{
	assert_int_equal(f->list.nr, nr);
	for (size_t i = 0; i < nr; i++)
		assert_row(i, f->list.v[i].kind == want[i]);
	faults_done(f);
}

#define assert_found(f, ...)                                                                       \
	assert_kinds(f, (const enum fault_kind[]){ __VA_ARGS__ },                                  \
		     ARRAY_SIZE(((const enum fault_kind[]){ __VA_ARGS__ })))
#define assert_nothing_found(f) assert_kinds(f, NULL, 0)

#endif
