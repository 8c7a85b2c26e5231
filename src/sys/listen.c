// SPDX-License-Identifier: GPL-2.0-or-later
#include "sys/listen.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/addr.h"
#include "base/cleanup.h"
#include "base/num.h"

#define FIRST_FD 3 /* SD_LISTEN_FDS_START */

int listen_parse(const char *text, struct listen_addr *ret)
{
	const char *colon = strrchr(text, ':'), *port = colon ? colon + 1 : text;
	struct listen_addr at = { .family = PW_INET, .addr = { { 127, 0, 0, 1 } } };

	/* An address with colons stands in brackets. */
	if (colon && colon != text && memchr(text, ':', colon - text) && colon[-1] != ']')
		return -EINVAL;
	if (num_parse_u16(port, 1, UINT16_MAX, &at.port))
		return -EINVAL;
	if (colon && colon != text && addr_parse(text, colon - text, &at.family, &at.addr))
		return -EINVAL;
	*ret = at;
	return 0;
}

int listen_open(const struct listen_addr *at)
{
	_cleanup_close_ int fd =
		socket(at->family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_TCP);
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6, .sin6_port = htons(at->port) };
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons(at->port) };
	bool v4 = at->family == PW_INET;
	int one = 1;

	if (fd < 0)
		return -errno;
	memcpy(&in.sin_addr, &at->addr, sizeof(in.sin_addr));
	memcpy(&in6.sin6_addr, &at->addr, sizeof(in6.sin6_addr));
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fd, v4 ? (struct sockaddr *)&in : (struct sockaddr *)&in6,
		 v4 ? sizeof(in) : sizeof(in6)) ||
	    listen(fd, SOMAXCONN))
		return -errno;
	return TAKE_FD(fd);
}

static int option(int fd, int which)
{
	socklen_t len = sizeof(int);
	int value = -1;

	return getsockopt(fd, SOL_SOCKET, which, &value, &len) ? -1 : value;
}

int listen_inherited(void)
{
	const char *pid = getenv("LISTEN_PID"), *fds = getenv("LISTEN_FDS");
	uint32_t for_whom = 0, nr = 0;
	bool ours = pid && fds && !num_parse_u32(pid, 1, INT32_MAX, &for_whom) &&
		    for_whom == (uint32_t)getpid() && !num_parse_u32(fds, 1, INT32_MAX, &nr);

	unsetenv("LISTEN_PID");
	unsetenv("LISTEN_FDS");
	unsetenv("LISTEN_FDNAMES");
	if (!ours)
		return -ENOENT;
	if (nr != 1 || option(FIRST_FD, SO_TYPE) != SOCK_STREAM ||
	    option(FIRST_FD, SO_ACCEPTCONN) != 1)
		return -EINVAL;
	if (fcntl(FIRST_FD, F_SETFD, FD_CLOEXEC) ||
	    fcntl(FIRST_FD, F_SETFL, fcntl(FIRST_FD, F_GETFL) | O_NONBLOCK))
		return -errno;
	return FIRST_FD;
}

bool listen_is_local(int fd)
{
	struct sockaddr_storage at = {};
	socklen_t len = sizeof(at);
	struct pw_addr addr = {};

	if (getsockname(fd, (struct sockaddr *)&at, &len))
		return false;
	switch (at.ss_family) {
	case AF_UNIX:
		return true;
	case AF_INET:
		memcpy(&addr, &((struct sockaddr_in *)&at)->sin_addr, sizeof(struct in_addr));
		return addr_is_loopback(PW_INET, &addr);
	case AF_INET6:
		memcpy(&addr, &((struct sockaddr_in6 *)&at)->sin6_addr, sizeof(struct in6_addr));
		return addr_is_loopback(PW_INET6, &addr);
	}
	return false;
}
