/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * forecast: when will connect() to one destination find no local port any more? Each port
 * is taken by a live connection or by a TIME-WAIT that ends a minute after it began, so
 * a constant rate comes to rest at rate x 60 s: only if that is more than there is, the
 * ports run out, and it is known when.
 */
#ifndef MODEL_FORECAST_H
#define MODEL_FORECAST_H

#include <stdbool.h>
#include <stdint.h>

#define FORECAST_BUCKETS 32
#define FORECAST_BUCKET_MS 2000
#define FORECAST_TW_S 60 /* TCP_TIMEWAIT_LEN */

struct forecast {
	uint32_t total; /* ports to choose from */
	uint32_t live;	/* of them in use by connections, listeners and the like */
	uint32_t timewait;
	/* TIME-WAIT sockets by when they end: within 2 s, 4 s…; the last element has the rest. */
	uint16_t ends[FORECAST_BUCKETS];
	double rate;   /* TIME-WAIT sockets that begin, a second */
	double growth; /* live connections that come to stay, a second */
	/* connect() takes a port whose TIME-WAIT is older than `delay` (tcp_tw_reuse). */
	bool reuse;
	double delay;	/* s; net.ipv4.tcp_tw_reuse_delay */
	uint32_t young; /* of timewait: not older */
	uint32_t held;	/* of timewait: not taken at any age (FIN_WAIT2) */
	/* More TIME-WAITs than this there cannot be (tcp_max_tw_buckets); 0: as many as come. */
	uint32_t ceiling;
	/* Ports that no destination can have: listening, or taken by bind(). Of them `fixed` stay,
	 * of the rest as many as `other` says end; NULL: there are none. */
	uint32_t fixed;
	const struct forecast *other;
};

#define FORECAST_NEVER (-1.0)
#define FORECAST_HORIZON_S 3600 /* what is farther off is no forecast */

/* Seconds, 0: now; or FORECAST_NEVER. */
double forecast_exhausted(const struct forecast *f);

/* How many are in use after a minute at this rate, if live connections stay as they are. */
double forecast_levels(const struct forecast *f);

#endif
