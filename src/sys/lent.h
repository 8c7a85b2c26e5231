/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lent: rights that this process has from the file of its program, and not from the user who
 * started it. It acts for somebody who does not have them.
 *
 * The group of a setgid file is in use between lent_use() and lent_rest() only, and what we
 * execute does not get it.
 */
#ifndef SYS_LENT_H
#define SYS_LENT_H

#include <stdbool.h>
#include <sys/types.h>

/* First of all in main(): lays the file's group aside. */
void lent_start(void);

void lent_use(void);
void lent_rest(void);

/* Are there any? Never to root, who has them all. */
bool lent_any(void);

/* The group that our program file gives to whoever runs it, whether it gave it to us or not (a
 * unit may refuse it: NoNewPrivileges=). 0; -ENOENT: none, or somebody else than root could have
 * written the file. */
int lent_group(gid_t *ret);

#endif
