// SPDX-License-Identifier: GPL-2.0-or-later
/* Addresses, and sockets with the options asked for. */

#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "portfix.h"

static int *kept;
static size_t kept_count;

/* Remember a socket, so that SIGUSR1 can close them all. */
int sock_keep(int fd)
{
	kept = realloc(kept, (kept_count + 1) * sizeof(*kept));
	if (!kept)
		err(1, "realloc");
	kept[kept_count++] = fd;
	return fd;
}

void sock_close_kept(void)
{
	while (kept_count)
		close(kept[--kept_count]);
}

socklen_t address_make(union address *a, int family, const char *host, int port)
{
	memset(a, 0, sizeof(*a));
	a->sa.sa_family = family;
	if (family == AF_INET6) {
		a->v6.sin6_port = htons(port);
		if (host && inet_pton(AF_INET6, host, &a->v6.sin6_addr) != 1)
			errx(2, "not an IPv6 address: %s", host);
		return sizeof(a->v6);
	}
	a->v4.sin_port = htons(port);
	if (host && inet_pton(AF_INET, host, &a->v4.sin_addr) != 1)
		errx(2, "not an IPv4 address: %s", host);
	return sizeof(a->v4);
}

/* 127.0.0.1:80 or [::1]:80 */
socklen_t address_parse(union address *a, const char *text)
{
	char host[INET6_ADDRSTRLEN];
	const char *colon = strrchr(text, ':');
	bool v6 = text[0] == '[' && colon && colon > text + 1 && colon[-1] == ']';
	const char *start = text + v6;
	size_t length;

	if (!colon)
		errx(2, "not an address and port: %s", text);
	length = colon - v6 - start;
	if (length >= sizeof(host))
		errx(2, "not an address and port: %s", text);
	memcpy(host, start, length);
	host[length] = '\0';
	return address_make(a, v6 ? AF_INET6 : AF_INET, host, atoi(colon + 1));
}

const char *address_text(const union address *a, char text[ADDRESS_TEXT])
{
	char host[INET6_ADDRSTRLEN];

	if (a->sa.sa_family == AF_INET6) {
		inet_ntop(AF_INET6, &a->v6.sin6_addr, host, sizeof(host));
		snprintf(text, ADDRESS_TEXT, "[%s]:%d", host, ntohs(a->v6.sin6_port));
	} else {
		inet_ntop(AF_INET, &a->v4.sin_addr, host, sizeof(host));
		snprintf(text, ADDRESS_TEXT, "%s:%d", host, ntohs(a->v4.sin_port));
	}
	return text;
}

int sock_port(int fd)
{
	union address a = { 0 };
	socklen_t length = sizeof(a);

	if (getsockname(fd, &a.sa, &length))
		err(1, "getsockname");
	return ntohs(a.sa.sa_family == AF_INET6 ? a.v6.sin6_port : a.v4.sin_port);
}

static void set(int fd, int level, int name, int value)
{
	if (setsockopt(fd, level, name, &value, sizeof(value)))
		err(1, "setsockopt");
}

int sock_new(const struct options *o)
{
	int fd = socket(o->family, o->type, o->mptcp ? IPPROTO_MPTCP : 0);

	if (fd < 0)
		err(1, "socket");
	if (o->v6only >= 0)
		set(fd, IPPROTO_IPV6, IPV6_V6ONLY, o->v6only);
	if (o->reuseaddr)
		set(fd, SOL_SOCKET, SO_REUSEADDR, 1);
	if (o->reuseport)
		set(fd, SOL_SOCKET, SO_REUSEPORT, 1);
	if (o->device && setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, o->device, strlen(o->device)))
		err(1, "no device %s", o->device);
	return fd;
}

void sock_connect(int fd, const char *where)
{
	union address a;
	socklen_t length = address_parse(&a, where);

	if (connect(fd, &a.sa, length))
		err(1, "connect %s", where);
}

/* A socket as the options say: bound or not, then listening, connected or neither. */
int sock_open(const struct options *o)
{
	int fd = sock_new(o);
	union address a;
	socklen_t length = address_make(&a, o->family, o->addr, o->port);
	/* A client has its port chosen by connect(), unless it asks for one. */
	bool bound = !o->no_bind && (!(o->connect || o->sendto) || o->addr || o->port);

	if (bound && bind(fd, &a.sa, length))
		err(1, "bind %s", o->addr ? o->addr : "*");
	if (o->connect) {
		sock_connect(fd, o->connect);
	} else if (o->sendto) {
		length = address_parse(&a, o->sendto);
		if (sendto(fd, "x", 1, 0, &a.sa, length) < 0)
			err(1, "sendto %s", o->sendto);
	} else if (o->type == SOCK_STREAM && !o->bind_only && listen(fd, o->backlog)) {
		err(1, "listen");
	}
	for (int i = 0; i < o->dups; i++)
		sock_keep(dup(fd));
	return sock_keep(fd);
}

/* -1 if another process was faster */
int sock_accept(int listener, char peer[ADDRESS_TEXT])
{
	union address a = { 0 };
	socklen_t length = sizeof(a);
	int fd = accept(listener, &a.sa, &length);

	if (fd < 0) {
		if (errno == EAGAIN)
			return -1;
		err(1, "accept");
	}
	address_text(&a, peer);
	return fd;
}
