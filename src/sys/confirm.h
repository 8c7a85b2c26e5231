/* SPDX-License-Identifier: GPL-2.0-or-later */
/* confirm: reads the answer to a question that only "yes" must answer. */
#ifndef SYS_CONFIRM_H
#define SYS_CONFIRM_H

#include <stdbool.h>
#include <stddef.h>

/* Is this line, without its end, "y" or "yes"? In any case, with blanks around it; a line that
 * holds a NUL or another control character is not. */
bool confirm_is_yes(const char *line, size_t len);

/* Throw away what has been typed into a terminal before the question; to be called right before it
 * is printed. What a pipe or file holds stays: those are answers that a script has prepared. */
void confirm_forget(int fd);

/* Wait for a line from fd and tell if it says yes. False also at the end of input, for a line
 * without an end, and when a signal comes (signals_open()). Reads no byte of the next line. */
bool confirm_read(int fd, int signal_fd);

#endif
