/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * churn: who makes TIME-WAIT, where it goes, and when it hurts, from looks at the kernel that
 * follow one another:
 *
 *	churn_init(&c);
 *	churn_begin(&c, &query);			each look
 *	churn_add_count(&c, …);			the tracker's counters, first
 *	churn_counted(&c, …);
 *	churn_add_netns(&c, …);			for each network namespace: its limits,
 *	churn_add_socket(&c, …);		then its sockets, listeners first
 *	churn_finish(&c);			c.ports, c.peers, c.processes… are filled in
 *	churn_done(&c);
 *
 * Numbers of sockets that there are now come from the sockets, and are true. Rates come from the
 * counters of two looks. At the first look, and where nothing counts what is asked for, rates come
 * from the ages of the sockets, which leaves out sockets that ended early since.
 *
 * A filter hides rows and what they count, but not from forecasts: ports that others have taken
 * are taken.
 *
 * A "port" is a local port that others connect to. The ports that the kernel chose for connect()
 * share the row 0. A "peer" is a destination with its port, or a client without.
 */
#ifndef MODEL_CHURN_H
#define MODEL_CHURN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/hmap.h"
#include "model/forecast.h"
#include "portwatch.h"

/* The reading of one moment, for all namespaces. */
struct churn_query {
	uint64_t time_ns;
	uint64_t interval_ns; /* what a rate is about; as wished where it is by age */
	bool counted;	      /* there is a tracker */
	bool exact;	      /* whose hooks tell of every beginning and end */
	bool filtered;	      /* not everything is added */
	bool lports, rports;  /* by local or remote port: the counters leave out chosen ones */
	uint64_t stats[PW_STAT_MAX];
};

/* The processes of one name that have the most of some sockets. uses 0: nobody is known. */
struct churn_user {
	uint64_t uses, of;  /* so many of so many */
	uint32_t processes; /* of that name */
	uint32_t tgid;	    /* one of them */
	uint64_t start_ns;
};

struct churn_netns {
	uint32_t inode;
	uint64_t max; /* net.ipv4.tcp_max_tw_buckets; 0: unknown */
	uint64_t overflowed;
	uint16_t first, last; /* net.ipv4.ip_local_port_range */
	uint64_t reserved[1024];
	int tw_reuse;		 /* net.ipv4.tcp_tw_reuse */
	uint32_t reuse_delay_ms; /* net.ipv4.tcp_tw_reuse_delay */
	bool timestamps;
	/* Counted here. */
	uint64_t current;	/* all, whatever the filter */
	uint64_t wanted;	/* of them */
	struct churn_user user; /* who left them */
	uint64_t overflowed_before;
	uint32_t nr_ports;     /* of the range, without what is reserved */
	uint32_t nr_listening; /* of these, with a listener */
	uint64_t listening[1024];
	/* Ports of the range that bind() has taken, so that connect() leaves them alone whatever
	 * its destination is; without those that have a listener. */
	uint64_t bound[1024];
	struct forecast taken;
	uint32_t bound_before; /* taken.live at the last look */
	bool bound_warned;
	bool again; /* was there at the last look */
};

struct churn_socket {
	const struct pw_churn_rec *rec;
	int64_t age_ms, left_ms; /* of a TIME-WAIT socket; -1: unknown */
};

struct churn_unsure {
	struct pw_churn_rec rec;
	int64_t age_ms, left_ms;
	bool wanted;
};

struct churn_process_key {
	uint64_t start_ns;
	uint32_t tgid;
	uint32_t pad;
};

struct churn_process {
	struct churn_process_key key;
	struct pw_actor actor;
	uint64_t current, entered;
	double rate;
};

struct churn_port_key {
	uint32_t netns;
	uint16_t port; /* 0: those that the kernel chose for connect() */
	uint16_t pad;
};

struct churn_port {
	struct churn_port_key key;
	uint64_t current, entered;
	double rate;
};

struct churn_peer_key {
	struct pw_addr laddr, raddr;
	uint32_t netns;
	uint16_t rport; /* 0: a client */
	uint8_t family;
	uint8_t pad;
};

struct churn_peer {
	struct churn_peer_key key;
	uint64_t current, entered, entered_all;
	double rate;
	bool wanted;		/* the filter lets a socket of it through */
	struct churn_user user; /* who takes most of its ports; of a client: who served it */
	/* Of a destination, whatever the filter. */
	uint32_t nr_ports; /* of the range, without what is reserved; 0: unknown, or a client */
	uint32_t own_live; /* live connections to it */
	uint32_t bound;	   /* of its sockets: on a port that bind() has taken */
	struct forecast forecast; /* with the ports that no destination can have */
	uint32_t used;		  /* of nr_ports, now */
	uint32_t levels;	  /* so many are in use after a minute at today's rate */
	double exhausted_in;	  /* FORECAST_NEVER */
	char *cure;		  /* with a warning; NULL: none */
};

struct churn_total {
	uint64_t current, fin_wait2;
	uint64_t entered; /* within the interval */
	double entered_per_s, ended_per_s;
	bool ended_known;
	uint64_t max;	    /* of the namespace that is nearest to its limit */
	uint32_t max_netns; /* that namespace, with max */
	uint64_t overflowed;
	/* Of all that the tracker counted in the interval: for nobody, as the map of counters was
	 * full of others. */
	uint64_t unattributed;
};

struct churn {
	struct churn_query query; /* of the last look */
	struct churn_total total;
	struct hmap cells, counts, counts_before;
	struct hmap processes, ports, peers, peers_before;
	struct hmap half; /* see churn_half.h */
	struct churn_netns *netns;
	size_t nr_netns;
	struct churn_unsure *unsure; /* sockets that do not say which side they were */
	size_t nr_unsure, cap_unsure;
	uint64_t current_before;
	uint64_t stats_before[PW_STAT_MAX];
	uint64_t apart_ns; /* from the last look */
	/* Since the first look: what the counters grew by, whatever the filter, and what was found
	 * to have been counted for nobody. `base` was counted in all before them. */
	uint64_t counted, dropped, base;
	bool again; /* not the first look */
	char **warnings;
	size_t nr_warnings;
	/* How warnings call other namespaces than `self`; NULL: by number. May be set at any time.
	 */
	const char *(*netns_name)(uint32_t inode);
	uint32_t self; /* 0: call each by its name */
};

/* Return whether the counters of two looks tell the rates. */
static inline bool churn_is_counted(const struct churn *c)
{
	return c->again && c->query.counted;
}

/* Return whether the filter lets a socket of the peer through. */
static inline bool churn_is_wanted(const struct churn *c, const struct churn_peer *p)
{
	return !c->query.filtered || p->wanted || p->current || p->entered;
}

void churn_init(struct churn *c);
void churn_done(struct churn *c);

void churn_begin(struct churn *c, const struct churn_query *query);
/* All return 0 or -ENOMEM. wanted: the filter lets it through. */
int churn_add_count(struct churn *c, const struct pw_churn_key *key, const struct pw_churn *count,
		    bool wanted);
/* After the counters: how many were counted in all by now, PW_STAT_TW_ENTERED. */
void churn_counted(struct churn *c, uint64_t entered);
int churn_add_netns(struct churn *c, const struct churn_netns *n);
int churn_add_socket(struct churn *c, const struct churn_socket *s, bool wanted);
int churn_add_process(struct churn *c, const struct pw_actor *a);
int churn_finish(struct churn *c);

/* NULL: not known. */
const struct churn_process *churn_process_of(const struct churn *c, uint32_t tgid,
					     uint64_t start_ns);

#endif
