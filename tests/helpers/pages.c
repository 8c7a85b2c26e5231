// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The exporter's HTTP server alone, for tests without a tracker:
 *
 *	pages ADDR:PORT BYTES [HOST...]
 *
 * /metrics is so many bytes, written anew each second. Says "ready" when it listens, and serves
 *until it is ended. The HOSTs are what --allow-host gives.
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "http/server.h"
#include "sys/listen.h"

static int look(void *arg, uint64_t *ret_version, struct strbuf *why)
{
	(void)arg;
	(void)why;
	*ret_version = clock_monotonic_ns() / 1000000000;
	return 0;
}

static void write_page(void *arg, bool openmetrics, struct strbuf *ret)
{
	const size_t *bytes = arg;

	(void)openmetrics;
	for (size_t i = 1; i < *bytes; i++)
		strbuf_addc(ret, 'x');
	strbuf_addc(ret, '\n');
}

static int serve(struct server *s)
{
	struct pollfd fd = { .fd = server_fd(s), .events = POLLIN };

	puts("ready");
	fflush(stdout);
	while (!server_run(s))
		if (poll(&fd, 1, server_timeout(s)) < 0)
			break;
	return 1;
}

int main(int argc, char **argv)
{
	size_t bytes = argc > 2 ? strtoul(argv[2], NULL, 10) : 0;
	struct opt_list hosts = { (const char **)argv + 3, argc > 3 ? (size_t)argc - 3 : 0 };
	const struct server_page page = { look, write_page, &bytes, &hosts };
	struct listen_addr at;
	struct server *s;
	int fd;

	if (argc < 3 || listen_parse(argv[1], &at))
		return 2;
	fd = listen_open(&at);
	return fd < 0 || server_new(fd, &page, &s) ? 1 : serve(s);
}
