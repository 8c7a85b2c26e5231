/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * churn_half: connections that one side has closed and the other has not, by local port, state and
 * name of the process that has them. What a process leaves in CLOSE_WAIT is its leak.
 */
#ifndef MODEL_CHURN_HALF_H
#define MODEL_CHURN_HALF_H

#include "model/churn.h"

struct churn_half_key {
	char comm[PW_COMM_LEN]; /* "": not known */
	uint32_t netns;
	uint16_t port; /* 0: those that the kernel chose for connect() */
	uint8_t state; /* PW_CLOSE_WAIT or PW_FIN_WAIT2 */
	uint8_t pad;
};

struct churn_half {
	struct churn_half_key key;
	uint64_t current;
	uint32_t tgid; /* the first process; 0: not known */
	bool several;  /* processes of that name */
};

/* Count the socket if it is one of these. 0 or -ENOMEM. */
int churn_note_half(struct churn *c, const struct pw_churn_rec *rec, enum pw_side side);

/* Sort: the most first. The caller frees the array; NULL when out of memory. */
struct churn_half **churn_sort_half(const struct churn *c, size_t *ret_nr);

#endif
