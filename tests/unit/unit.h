/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * unit: what the unit tests share: cmocka with what it needs, and builders for the
 * records that the code under test looks at.
 */
#ifndef UNIT_H
#define UNIT_H

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/addr.h"
#include "base/cleanup.h"
#include "base/strbuf.h"
#include "model/answer.h"
#include "portwatch.h"

#define unit_fn __attribute__((unused)) static

/* Says which row of a table failed. */
#define assert_row(row, condition)                                                                 \
	do {                                                                                       \
		if (!(condition))                                                                  \
			fail_msg("row %zu: %s", (size_t)(row), #condition);                        \
	} while (0)

/* A copy that ends where the text does, so that sanitizers see a read past it. */
unit_fn char *exact(const char *s, size_t len)
{
	char *copy = malloc(len ? len : 1);

	assert_non_null(copy);
	memcpy(copy, s, len);
	return copy;
}

unit_fn struct pw_addr address(const char *text, uint8_t *ret_family)
{
	struct pw_addr a = {};

	assert_int_equal(addr_parse(text, strlen(text), ret_family, &a), 0);
	return a;
}

unit_fn struct pw_actor actor(uint32_t tgid, const char *comm)
{
	struct pw_actor a = { .tgid = tgid, .uid = 1000, .start_ns = tgid * 1000ull };
	size_t len = strlen(comm);

	/* All 16 bytes may be used; then no NUL follows, as with a hostile record. */
	memcpy(a.comm, comm, len < PW_COMM_LEN ? len : PW_COMM_LEN);
	return a;
}

/* A TCP socket; raddr NULL: none. */
unit_fn struct pw_sock sock(uint8_t state, const char *laddr, uint16_t lport, const char *raddr,
			    uint16_t rport)
{
	struct pw_sock s = { .proto = PW_TCP, .state = state, .lport = lport, .rport = rport };

	s.laddr = address(laddr, &s.family);
	if (raddr)
		s.raddr = address(raddr, &s.family);
	s.netns = 4026531840;
	return s;
}

unit_fn struct socket *add_socket(struct answer *a, const struct pw_sock *s)
{
	struct socket *new = answer_add_socket(a);

	assert_non_null(new);
	new->s = *s;
	new->resolved = RESOLVED_VERIFIED;
	new->bind.known = 1;
	return new;
}

/* Index of the socket, because a pointer does not outlive the next addition. */
unit_fn void add_holder(struct answer *a, size_t socket, uint32_t pid, const char *comm,
			uint32_t fd)
{
	struct pw_actor id = actor(pid, comm);
	size_t process;

	assert_int_equal(answer_add_process(a, &id, pid, &process), 0);
	assert_int_equal(socket_add_holder(&a->sockets[socket], process, fd), 0);
}

unit_fn struct pw_event event(uint8_t kind, const char *laddr, uint16_t lport, const char *raddr,
			      uint16_t rport)
{
	struct pw_event ev = { .kind = kind, .proto = PW_TCP, .lport = lport, .rport = rport };

	ev.laddr = address(laddr, &ev.family);
	if (raddr)
		ev.raddr = address(raddr, &ev.family);
	ev.netns = 4026531840;
	ev.time_ns = 1000000000;
	return ev;
}

/* A FILE whose text is compared afterwards. */
struct capture {
	FILE *f;
	char *text;
	size_t len;
};

unit_fn void capture_init(struct capture *c)
{
	*c = (struct capture){};
	c->f = open_memstream(&c->text, &c->len);
	assert_non_null(c->f);
}

unit_fn const char *capture_text(struct capture *c)
{
	assert_int_equal(fflush(c->f), 0);
	return c->text;
}

unit_fn void capture_done(struct capture *c)
{
	fclose(c->f);
	free(c->text);
}

#endif
