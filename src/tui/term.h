/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * term: the terminal: taken for the whole screen, its keys and its size, and given back as it was,
 * however the program ends.
 *
 * Ctrl-C and the other signals that ask for the end are the program's. Ctrl-Z is curses'
 * own; it and a change of size come only while term_wait() sleeps, so that no handler runs
 * in the middle of anything. A signal that kills (a fault, abort(), Ctrl-\, the second Ctrl-C)
 * finds a handler that only writes what was prepared, and then has its way.
 */
#ifndef TUI_TERM_H
#define TUI_TERM_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* 0; -ENOTTY: standard input or output is none; -ENOENT: nobody has described its type;
 * -EOPNOTSUPP: it cannot place text, such as "dumb". For root it is described by the system alone:
 * then TERMINFO and its like are taken out of the environment. */
int term_check(void);

/* After that. 0 or a negative errno. */
int term_start(void);
void term_stop(void);

/* Give the terminal back and let the signal end the process. For a signal handler. */
void term_abandon(int sig);

/* Does the locale have more than ASCII? */
bool term_is_utf8(void);

/* sleep_until() of base/sleep.h, with those signals let through. */
int term_wait(struct pollfd *fds, size_t nr, uint64_t until_ns);

/* The next key that waits (tui/keys.h), KEY_TUI_NONE: none. */
uint32_t term_key(void);

/* Throws away what was typed before the screen said what it would mean. */
void term_forget_keys(void);

void term_size(size_t *ret_width, size_t *ret_height);

#endif
