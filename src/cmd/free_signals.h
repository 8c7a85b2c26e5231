/* SPDX-License-Identifier: GPL-2.0-or-later */
/* free_signals: what `free -l` prints, as kill -l does. */
#ifndef CMD_FREE_SIGNALS_H
#define CMD_FREE_SIGNALS_H

#include "base/opt.h"
#include "cmd/cmd.h"

/* The words are signals: "15" is named, "TERM" numbered; without any, all are listed. Returns the
 * exit status. */
int free_list_signals(const struct command *self, const struct opt_operands *o);

#endif
