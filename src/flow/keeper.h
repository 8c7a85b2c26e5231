/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * keeper: which process keeps a socket open that no descriptor leads to: by a system call that one
 * of its threads is in, or by an io_uring.
 */
#ifndef FLOW_KEEPER_H
#define FLOW_KEEPER_H

#include "model/answer.h"

/* Fill in what can be proved: kept_pid and what belongs to it. 0 or -ENOMEM. */
int keeper_fill(struct answer *a);

#endif
