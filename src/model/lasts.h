/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lasts: how long a TCP connection lasts that no process has any more, from the timer that the
 * kernel has set for it and the rules by which it gives up (net/ipv4/tcp_timer.c). Pure.
 *
 * It is the time if the peer goes on as it does: a peer that answers after all ends the wait, and
 * what follows has a time of its own (FIN_WAIT2, TIME-WAIT).
 */
#ifndef MODEL_LASTS_H
#define MODEL_LASTS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/strbuf.h"

/* The waits of a closing connection. */
enum lasts_for {
	LASTS_UNKNOWN,
	LASTS_ANSWER, /* the peer has not confirmed what was sent */
	LASTS_ROOM,   /* the peer takes no more data (a window of zero) */
	LASTS_FIN,    /* the peer has not closed its side */
	LASTS_MAX
};

struct lasts_timer {
	uint8_t waits_for;   /* enum lasts_for */
	uint64_t expires_ms; /* until it runs */
	uint64_t rto_ms;     /* pause behind the next transmission is twice this; 0: not known */
	unsigned int retransmits;
	unsigned int backoff, probes; /* LASTS_ROOM; an answer sets probes to 0, not backoff */
};

/* Of the network namespace. */
struct lasts_rules {
	unsigned int orphan_retries; /* net.ipv4.tcp_orphan_retries */
	uint64_t fin_timeout_ms;     /* net.ipv4.tcp_fin_timeout */
	uint64_t rto_max_ms;	     /* net.ipv4.tcp_rto_max_ms, where there is such a thing */
};

/* False: the timer tells nothing. */
bool lasts_ms(const struct lasts_timer *t, const struct lasts_rules *rules, uint64_t *ret_ms);

/* "answer", "room" or "fin": for scripts; NULL: not known. */
const char *lasts_name(uint8_t waits_for);

/* "its peer takes no more data"; nothing where it is not known. */
void lasts_add(struct strbuf *out, uint8_t waits_for, unsigned int retransmits);

#endif
