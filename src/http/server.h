/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * server: serves one page of metrics by HTTP, and a short one that leads to it. No thread: the
 * caller polls and lets it run.
 *
 * Limits: 32 connections, of which the one that has kept us waiting longest makes room for the
 * next; 10 s for each to say something, 15 s for a request and the reading of its answer, 32 KiB of
 * memory for each. Only GET and HEAD of a Host that is ours (host.h); what a request brings along
 * is thrown away.
 */
#ifndef HTTP_SERVER_H
#define HTTP_SERVER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/opt.h"
#include "base/strbuf.h"

struct server;

struct server_page {
	/* Looks at what there is to tell, anew if it is time to. The version differs from the last
	 * one's if that was done. 0, or an error: then a sentence about it. */
	int (*look)(void *arg, uint64_t *ret_version, struct strbuf *why);
	/* Writes what was seen last as /metrics into an empty buffer. */
	void (*write)(void *arg, bool openmetrics, struct strbuf *ret);
	void *arg;
	/* Names to answer for besides our own, see host.h. */
	const struct opt_list *hosts;
};

/* Make a server. If it returns 0 the server owns fd, a listening socket. The memory that page
 * points to must outlive the server. */
int server_new(int fd, const struct server_page *page, struct server **ret);
struct server *server_free(struct server *s);

/* Readable when there is something to do. */
int server_fd(const struct server *s);
/* How long to wait for that at most, in ms; -1: for ever. */
int server_timeout(struct server *s);
int server_run(struct server *s);

#endif
