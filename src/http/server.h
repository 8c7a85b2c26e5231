/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * server: serves one page of metrics by HTTP, and a short one that leads to it. No thread: the
 * caller polls and lets it run.
 *
 * Limits: 32 connections, 10 s for each to say something, 32 KiB of memory for each. Only GET
 * and HEAD; what a request brings along is thrown away.
 */
#ifndef HTTP_SERVER_H
#define HTTP_SERVER_H

#include <stdbool.h>

#include "base/strbuf.h"

struct server;

/* Writes /metrics into an empty buffer. 0, or an error: then a sentence about it. */
typedef int (*server_page_fn)(void *arg, bool openmetrics, struct strbuf *ret);

/* fd: a listening socket, which the server owns from here if it returns 0. */
int server_new(int fd, server_page_fn fn, void *arg, struct server **ret);
struct server *server_free(struct server *s);

/* Readable when there is something to do. */
int server_fd(const struct server *s);
/* How long to wait for that at most, in ms; -1: for ever. */
int server_timeout(struct server *s);
int server_run(struct server *s);

#endif
