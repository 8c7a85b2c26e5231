// SPDX-License-Identifier: GPL-2.0-or-later
/* Answers of sock_diag. They are the kernel's, yet nothing is read past what has come: `recv` is
 * ours here (the Makefile wraps it), and gives the input, each answer led by its length. */
#include "fuzz.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "portwatch.h"
#include "sys/sockdiag.h"
#include "tables/diag.h"

static struct fuzz_input in;

ssize_t __wrap_recv(int fd, void *buf, size_t len, int flags);
ssize_t __wrap_sendto(int fd, const void *buf, size_t len, int flags, const struct sockaddr *to,
		      socklen_t to_len);
ssize_t __real_recv(int fd, void *buf, size_t len, int flags);

ssize_t __wrap_recv(int fd, void *buf, size_t len, int flags)
{
	uint16_t want = 0;
	size_t n;

	(void)fd;
	(void)flags;
	fuzz_fill(&in, &want, sizeof(want));
	n = want < in.left ? want : in.left;
	n = n < len ? n : len;
	if (!n) {
		errno = ENOBUFS;
		return -1;
	}
	/* Bytes of the last answer do not belong to this answer. */
	memset(buf, 0xa5, len);
	fuzz_fill(&in, buf, n);
	return (ssize_t)n;
}

ssize_t __wrap_sendto(int fd, const void *buf, size_t len, int flags, const struct sockaddr *to,
		      socklen_t to_len)
{
	(void)fd;
	(void)buf;
	(void)flags;
	(void)to;
	(void)to_len;
	return (ssize_t)len;
}

static int on_socket(void *arg, const struct pw_rec *rec)
{
	FUZZ_CHECK(rec->sock.lport && rec->sock.proto);
	FUZZ_CHECK(!rec->timewait || (!rec->has_socket && rec->hz == 1000));
	FUZZ_CHECK(rec->sock.family == PW_INET || rec->sock.family == PW_INET6);
	return *(size_t *)arg += 1, 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct question all = {};
	struct pw_sock s = { .proto = PW_TCP, .family = PW_INET, .lport = 8000 };
	size_t nr = 0;
	int err;

	in = (struct fuzz_input){ data, size };
	s.proto = fuzz_byte(&in) & 1 ? PW_TCP : PW_UDP;
	err = sockdiag_destroy(-1, &s, data && size > 1 ? 77 : 0);
	FUZZ_CHECK(err <= 0);
	in = (struct fuzz_input){ data, size };
	err = diag_sockets(&all, on_socket, &nr);
	FUZZ_CHECK(err <= 0);
	return 0;
}
