// SPDX-License-Identifier: GPL-2.0-or-later
/* Dumps that are disturbed, cut off or refused: recv() is ours here (the Makefile wraps it) and
 * gives one answer of a script after the other. */
#include "unit.h"

#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <sys/socket.h>

#include "tables/diag.h"
#include "tables/nldump.h"

struct reply {
	int error; /* of recv() */
	uint16_t type, flags;
	int value;    /* of DONE, ERROR; the port of a socket */
	uint32_t len; /* that the message says it has; 0: its own */
	size_t cut;   /* bytes that do not come */
	size_t more;  /* bytes that recv() says came, but had no room */
};

static struct {
	const struct reply *v;
	size_t nr, at, asked;
	uint16_t first_type;
} script;

ssize_t __wrap_recv(int fd, void *buf, size_t len, int flags);
ssize_t __wrap_sendto(int fd, const void *buf, size_t len, int flags, const struct sockaddr *to,
		      socklen_t to_len);

ssize_t __wrap_recv(int fd, void *buf, size_t len, int flags)
{
	const struct reply *a = &script.v[script.at++];
	struct {
		struct nlmsghdr head;
		union {
			int value;
			struct inet_diag_msg m;
		};
	} msg = { .head = { .nlmsg_type = a->type, .nlmsg_flags = a->flags } };

	(void)fd;
	assert_true(script.at <= script.nr);
	assert_true(flags & MSG_TRUNC);
	assert_true(len >= sizeof(msg));
	if (a->error) {
		errno = a->error;
		return -1;
	}
	msg.value = a->value;
	msg.head.nlmsg_len = NLMSG_LENGTH(sizeof(int));
	if (a->type == SOCK_DIAG_BY_FAMILY) {
		msg.m = (struct inet_diag_msg){ .idiag_family = PW_INET, .idiag_state = PW_LISTEN };
		msg.m.id.idiag_sport = (uint16_t)a->value;
		msg.head.nlmsg_len = sizeof(msg);
	}
	if (a->len)
		msg.head.nlmsg_len = a->len;
	memset(buf, 0xa5, len);
	memcpy(buf, &msg, sizeof(msg));
	return (ssize_t)((a->type == SOCK_DIAG_BY_FAMILY ? sizeof(msg) :
							   NLMSG_LENGTH(sizeof(int))) -
			 a->cut + (a->more ? len + a->more : 0));
}

ssize_t __wrap_sendto(int fd, const void *buf, size_t len, int flags, const struct sockaddr *to,
		      socklen_t to_len)
{
	const struct nlmsghdr *h = buf;

	(void)fd;
	(void)flags;
	(void)to;
	(void)to_len;
	if (!script.asked++)
		script.first_type = h->nlmsg_type;
	return (ssize_t)len;
}

static int count(void *arg, const struct nlmsghdr *h)
{
	assert_int_equal(h->nlmsg_type, SOCK_DIAG_BY_FAMILY);
	return ++*(size_t *)arg == 3 ? -ECANCELED : 0;
}

static int play(const struct reply *answers, size_t nr, size_t *ret_nr)
{
	struct nlmsghdr request = { .nlmsg_len = sizeof(request) };

	script.v = answers;
	script.nr = nr;
	script.at = script.asked = 0;
	*ret_nr = 0;
	return nldump(&request, count, ret_nr);
}

#define SOCKET                                                                                     \
	{                                                                                          \
		.type = SOCK_DIAG_BY_FAMILY, .value = 1                                            \
	}
#define DONE                                                                                       \
	{                                                                                          \
		.type = NLMSG_DONE                                                                 \
	}

static void ends(void **state)
{
	static const struct {
		struct reply a[5];
		int err;
		size_t seen, used;
	} rows[] = {
		{ { SOCKET, DONE }, 0, 1, 2 },
		{ { { .error = EINTR }, SOCKET, { .error = EINTR }, DONE }, 0, 1, 4 },
		{ { SOCKET, { .error = ENOBUFS } }, -EAGAIN, 1, 2 },
		{ { SOCKET, { .error = EBADF } }, -EBADF, 1, 2 },
		{ { SOCKET, { .type = NLMSG_DONE, .flags = NLM_F_DUMP_INTR } }, -EAGAIN, 1, 2 },
		{ { { .type = SOCK_DIAG_BY_FAMILY, .flags = NLM_F_DUMP_INTR }, DONE },
		  -EAGAIN,
		  1,
		  2 },
		{ { SOCKET, { .type = NLMSG_OVERRUN } }, -EAGAIN, 1, 2 },
		{ { { .type = NLMSG_NOOP }, SOCKET, DONE }, 0, 1, 3 },
		{ { { .type = NLMSG_ERROR, .value = -EPERM } }, -EPERM, 0, 1 },
		{ { { .type = NLMSG_ERROR, .value = -ENOENT } }, -EOPNOTSUPP, 0, 1 },
		{ { { .type = NLMSG_ERROR } }, -EIO, 0, 1 },
		{ { { .type = NLMSG_ERROR, .value = 1 } }, -EIO, 0, 1 },
		{ { { .type = NLMSG_ERROR, .len = NLMSG_LENGTH(0) } }, -EIO, 0, 1 },
		{ { SOCKET, { .type = NLMSG_DONE, .value = -ENOMEM } }, -ENOMEM, 1, 2 },
		{ { SOCKET, { .type = NLMSG_DONE, .len = NLMSG_LENGTH(0) } }, 0, 1, 2 },
		{ { { .type = SOCK_DIAG_BY_FAMILY, .cut = 1 } }, -EIO, 0, 1 },
		{ { { .type = SOCK_DIAG_BY_FAMILY, .len = 15 } }, -EIO, 0, 1 },
		{ { { .type = SOCK_DIAG_BY_FAMILY, .more = 1 } }, -EIO, 0, 1 },
		{ { { .type = NLMSG_DONE, .cut = NLMSG_LENGTH(sizeof(int)) } }, -EIO, 0, 1 },
		{ { SOCKET, SOCKET, SOCKET }, -ECANCELED, 3, 3 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		size_t seen;
		int err = play(rows[i].a, ARRAY_SIZE(rows[i].a), &seen);

		assert_row(i, err == rows[i].err);
		assert_row(i, seen == rows[i].seen);
		assert_row(i, script.at == rows[i].used);
	}
}

static int add_record(void *arg, const struct pw_rec *rec)
{
	(void)rec;
	return ++*(size_t *)arg, 0;
}

static int ask(const struct reply *answers, size_t nr, size_t *ret_nr)
{
	struct question q = { .proto = PW_TCP };

	script.v = answers;
	script.nr = nr;
	script.at = script.asked = 0;
	*ret_nr = 0;
	return diag_sockets(&q, add_record, ret_nr);
}

/* Nothing of a dump that is repeated is handed over. */
static void repeats(void **state)
{
	static const struct reply disturbed[] = {
		SOCKET, SOCKET, { .type = NLMSG_DONE, .flags = NLM_F_DUMP_INTR }, SOCKET, DONE,
	};
	static const struct reply never[] = {
		SOCKET, { .error = ENOBUFS }, SOCKET, { .error = ENOBUFS },
		SOCKET, { .error = ENOBUFS }, SOCKET, { .error = ENOBUFS },
	};
	size_t nr;

	(void)state;
	assert_int_equal(ask(disturbed, ARRAY_SIZE(disturbed), &nr), 0);
	assert_int_equal(nr, 1);
	assert_int_equal(script.asked, 2);
	assert_int_equal(ask(never, ARRAY_SIZE(never), &nr), -EAGAIN);
	assert_int_equal(nr, 0);
	assert_int_equal(script.asked, 4);
}

/* The older request is asked first; where it is refused, each family by itself. */
static void falls_back(void **state)
{
	static const struct reply refused[] = {
		{ .type = NLMSG_ERROR, .value = -EPERM }, SOCKET, DONE, SOCKET, DONE,
	};
	static const struct reply none[] = {
		{ .type = NLMSG_ERROR, .value = -ENOENT },
		{ .type = NLMSG_ERROR, .value = -ENOENT },
	};
	size_t nr;

	(void)state;
	assert_int_equal(ask(refused, ARRAY_SIZE(refused), &nr), 0);
	assert_int_equal(script.first_type, TCPDIAG_GETSOCK);
	assert_int_equal(nr, 2);
	assert_int_equal(ask(none, ARRAY_SIZE(none), &nr), -EOPNOTSUPP);
	assert_int_equal(nr, 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(ends),
		cmocka_unit_test(repeats),
		cmocka_unit_test(falls_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
