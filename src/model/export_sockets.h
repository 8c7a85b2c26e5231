/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * export_sockets: metrics of sockets and listeners, from an answer of every socket and a look
 * at TIME-WAIT. How many series there are is bounded: the busiest rows of a table are
 * exported, and how many were left out.
 *
 *	export_sockets_count(&s, &answer);		before listeners are picked and described
 *	export_sockets_add_timewait(&s, &churn);
 *	export_sockets(&s, &limits, &m);
 *	export_listeners(&answer, &limits, &m);		only listeners left, their holders described
 *
 * A port is a port that others connect to. The ports of the connecting side, which the kernel
 * chose, share the row "ephemeral".
 */
#ifndef MODEL_EXPORT_SOCKETS_H
#define MODEL_EXPORT_SOCKETS_H

#include "base/hmap.h"
#include "model/answer.h"
#include "model/churn.h"
#include "model/metrics.h"

struct export_limits {
	uint32_t top;	    /* rows of each table */
	uint32_t listeners; /* rows of portwatch_listener_info */
	uint32_t self;	    /* inode number of the own network namespace: label "self" */
	/* No label names a process, user, unit or container: rows that only these told apart are
	 * one. */
	bool nameless;
	int64_t boot_to_real;
	/* Counted here: what was left out. */
	struct {
		const char *table;
		uint64_t rows;
	} dropped[16];
	size_t nr_dropped;
};

struct export_sockets {
	uint64_t tcp[PW_STATE_MAX], udp[PW_STATE_MAX];
	struct hmap rows;
};

struct export_port_key {
	uint32_t netns;
	uint16_t port; /* 0: ephemeral */
	uint8_t proto;
	uint8_t pad;
};

struct export_port {
	struct export_port_key key;
	bool listening;
	uint64_t total;
	uint64_t states[PW_STATE_MAX];
};

void export_sockets_init(struct export_sockets *s);
void export_sockets_done(struct export_sockets *s);

/* Listening, or what that is for UDP: without a peer, on a port of its choice. */
bool export_is_listener(const struct socket *s);

/* The local port that a socket is counted by: 0 if the kernel chose it for connect(). */
uint16_t export_port_of(const struct export_sockets *s, const struct socket *sock);

/* 0 or -ENOMEM */
int export_sockets_count(struct export_sockets *s, const struct answer *a);
int export_sockets_add_timewait(struct export_sockets *s, const struct churn *c);
int export_sockets(const struct export_sockets *s, struct export_limits *limits, struct metrics *m);
/* Connections that one side alone has closed: the answer's, with holders, before it is picked from.
 */
int export_half_closed(const struct export_sockets *s, const struct answer *a,
		       struct export_limits *limits, struct metrics *m);
int export_queues(const struct answer *a, struct export_limits *limits, struct metrics *m);
int export_listeners(const struct answer *a, struct export_limits *limits, struct metrics *m);

/* "self" or the number. */
void export_netns_label(struct metrics *m, const struct export_limits *limits, uint32_t netns);

/* How many of nr rows are shown; notes the rest. */
size_t export_limit(struct export_limits *limits, const char *table, size_t nr, size_t max);

/* portwatch_dropped_rows, after all that may have dropped something. */
void export_dropped(const struct export_limits *limits, struct metrics *m);

#endif
