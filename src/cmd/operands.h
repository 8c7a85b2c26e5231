/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * operands: the PORTs of a command line, and what to say of a word that is none: the process of
 * that name, the command that was meant, the words of another tool.
 */
#ifndef CMD_OPERANDS_H
#define CMD_OPERANDS_H

#include "cmd/cmd.h"
#include "model/filter.h"

/* Adds them to the ports of the filter. False: the program ends here with *ret_status, and an
 * error has been printed. */
bool operands_read(const struct command *self, const struct opt_operands *o, struct filter *f,
		   int *ret_status);

#endif
