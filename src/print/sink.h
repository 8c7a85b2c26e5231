/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sink: where a command's results go. A command makes one sink and never asks
 * again whether it prints text or JSON:
 *
 *	struct out_opts opts = { .json = …, .color = …, … };
 *	r = sink_new_events(&opts, stdout, &sink);
 *	sink_event(sink, &ev, NULL);		per event
 *	r = sink_flush(sink);			per batch: this is where errors show up
 *	r = sink_end(sink, elapsed_ns);		footer
 *	sink_free(sink);
 *
 *	r = sink_new_answer(&opts, stdout, &sink);
 *	r = sink_answer(sink, &answer, VIEW_WHO);	prints and flushes
 *
 * Errors are those of the FILE, latched: -EPIPE (end quietly; ignore SIGPIPE), -ENOSPC…
 * The FILE stays the caller's; give it a large buffer for streams.
 */
#ifndef PRINT_SINK_H
#define PRINT_SINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "model/answer.h"
#include "model/event.h"
#include "portwatch.h"

/* --resolve. true: a name was written into buf (NUL-terminated). Keep a cache. */
struct out_names {
	void *arg;
	bool (*host)(void *arg, uint8_t family, const struct pw_addr *a, char *buf, size_t size);
	bool (*port)(void *arg, uint8_t proto, uint16_t port, char *buf, size_t size);
};

/* The name of a network namespace, NULL: it has none. Good until the next call. */
typedef const char *(*out_netns_name)(uint32_t inode);

/* The name of a device in a network namespace, likewise. */
typedef const char *(*out_device_name)(uint32_t netns, uint32_t ifindex);

/* The name of a user, likewise. */
typedef const char *(*out_user_name)(uint32_t uid);

struct out_opts {
	bool json;
	bool color;		       /* text: color_wanted() has decided */
	bool header;		       /* text: titles and the stream's footer */
	unsigned int width;	       /* text: columns of the terminal, 0: a pipe, never cut */
	bool ascii;		       /* text: the locale has no arrows */
	bool detailed;		       /* text: -v */
	bool as_table;		       /* text: --table, also where one port was asked for */
	bool by_sudo;		       /* text: whoever asks writes sudo before it */
	uint32_t own_user;	       /* text: whose processes he ends without sudo; 0: nobody */
	const char *as_root;	       /* text: the line to type again, behind sudo */
	const unsigned char *columns;  /* text: of the table (print/answer_table.h) */
	size_t nr_columns;	       /* 0: the usual ones */
	uint32_t netns;		       /* the caller's: text shows others only; 0: show none */
	int64_t boot_to_real;	       /* CLOCK_REALTIME - CLOCK_BOOTTIME, ns */
	out_netns_name netns_name;     /* NULL: numbers only */
	out_device_name device_name;   /* NULL: numbers only */
	out_user_name user_name;       /* text: of holders that are not seen; NULL: numbers only */
	const struct out_names *names; /* text: NULL is numeric. JSON is always numeric */
};

/* VIEW_WAIT: as text only the sentences. */
enum answer_view { VIEW_WHO, VIEW_LIST, VIEW_WAIT };

struct sink;

/* NULL: a sink of answers takes no events, and the other way round (-EOPNOTSUPP). */
struct sink_ops {
	int (*event)(struct sink *s, const struct pw_event *ev, const struct event_extra *x);
	int (*answer)(struct sink *s, const struct answer *a, enum answer_view view);
	int (*flush)(struct sink *s);
	int (*end)(struct sink *s, uint64_t elapsed_ns);
	void (*set_clock)(struct sink *s, int64_t boot_to_real);
	void (*free)(struct sink *s);
};

struct sink {
	const struct sink_ops *ops;
	bool shows_more; /* of events than their records: else peers and descriptors are not looked
			    up */
};

/* Text (event_text.c, answer_text.c) or JSON (event_json.c, answer_json.c). The
 * options are copied; names must outlive the sink. */
int sink_new_events(const struct out_opts *opts, FILE *out, struct sink **ret);
int sink_new_answer(const struct out_opts *opts, FILE *out, struct sink **ret);
struct sink *sink_free(struct sink *s); /* returns NULL */

/* extra may be NULL. Returns the latched error, 0 at best. */
int sink_event(struct sink *s, const struct pw_event *ev, const struct event_extra *x);
int sink_flush(struct sink *s);
/* Renew opts->boot_to_real, in ns; for sinks of events, which live long. */
void sink_set_clock(struct sink *s, int64_t boot_to_real);
/* Text with header: the totals of the stream. Flushes. */
int sink_end(struct sink *s, uint64_t elapsed_ns);
int sink_answer(struct sink *s, const struct answer *a, enum answer_view view);

#endif
