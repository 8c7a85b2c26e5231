/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * signals: the end asked for from outside (SIGINT, SIGTERM, SIGHUP) as something to
 * poll, and writes to a closed pipe as an error (EPIPE) instead of a death.
 *
 * The first signal asks, and interrupted calls go on, so that what was begun is ended
 * properly. The second of its kind kills: nobody is left with a program that hangs on a
 * reader that does not read. What has to be done before that, signals_last() says.
 */
#ifndef SYS_SIGNALS_H
#define SYS_SIGNALS_H

/* For every command: SIGPIPE off, so that output to a closed pipe is an error the
 * command can end quietly on. A child to be exec'd must not inherit that. */
void signals_ignore_pipe(void);

/* From here on the signals that ask for the end make this fd readable. Returns the fd,
 * CLOEXEC, or negative errno. One per process, open until its end. */
int signals_open(void);

/* Before signals_open(): the handler of the second. It is called once, unblocked, and ends with
 * raise(). */
void signals_last(void (*handler)(int sig));

/* The signal that came last since then, 0: none. */
int signals_came(void);

#endif
