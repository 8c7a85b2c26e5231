/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * trace: the trace events that tell of sockets and processes, and what one record of them says. The
 * table in trace.c names the events and the fields they must have. Pure.
 */
#ifndef LIVE_TRACE_H
#define LIVE_TRACE_H

#include "live/format.h"
#include "portwatch.h"

enum trace_kind {
	TRACE_STATE,   /* a TCP socket changes its state */
	TRACE_DESTROY, /* a TCP socket is taken apart */
	TRACE_RESET,   /* a TCP socket has received a reset */
	TRACE_FORK,    /* a process or a thread begins */
	TRACE_EXEC,
	TRACE_EXIT,
	TRACE_SOCKET, /* system calls: begun, and ended */
	TRACE_MADE,
	TRACE_BIND,
	TRACE_BOUND,
	TRACE_LISTEN,
	TRACE_LISTENS,
	TRACE_ACCEPT,
	TRACE_ACCEPTED,
	TRACE_SHUTDOWN,
	TRACE_SHUT,
	TRACE_UNSHARED, /* setns(), unshare() */
	TRACE_KINDS
};

enum trace_field {
	FIELD_TYPE,
	FIELD_FLAGS,
	FIELD_TID,
	FIELD_SK,
	FIELD_OLD,
	FIELD_NEW,
	FIELD_SPORT,
	FIELD_DPORT,
	FIELD_FAMILY,
	FIELD_PROTOCOL,
	FIELD_KIND,
	FIELD_SADDR,
	FIELD_DADDR,
	FIELD_SADDR6,
	FIELD_DADDR6,
	FIELD_COOKIE,
	FIELD_PID,
	FIELD_COMM,
	FIELD_FILENAME,
	FIELD_CLONE,
	FIELD_FD,
	FIELD_BACKLOG,
	FIELD_RET,
	FIELD_MAX
};

/* An event of the table. */
struct trace_event {
	const char *name; /* below the folder events of tracefs */
	enum trace_kind kind;
	uint32_t needs; /* bit per trace_field that its format must have */
};

extern const struct trace_event trace_events[];
extern const size_t trace_nr_events;

/* How this kernel lays out the records of one event. */
struct trace_format {
	const struct trace_event *event;
	uint32_t id;
	struct format_field fields[FIELD_MAX];
};

struct trace {
	uint64_t time_ns;
	uint64_t seq; /* for the reader: what was read first */
	enum trace_kind kind;
	uint32_t tid;	 /* the thread that was running */
	bool in_process; /* it did this itself; else an interrupt did, and tid means nothing */
	/* STATE, DESTROY, RESET */
	uint64_t sk;
	uint64_t cookie;
	struct pw_addr laddr, raddr;
	uint16_t lport, rport;
	uint16_t proto;
	uint8_t family, old_state, new_state;
	/* FORK, EXEC, EXIT */
	uint32_t pid;
	bool is_thread; /* FORK: of the same process */
	char comm[PW_COMM_LEN];
	/* system calls */
	uint32_t type; /* SOCKET: with family and proto */
	int32_t fd;
	uint32_t backlog;
	int64_t ret;
};

/* 0, or -EINVAL: no format, or a field is missing that this event must have. */
int trace_format_parse(const struct trace_event *event, const char *text, struct trace_format *ret);

/* The number of the event that a record is of. */
uint32_t trace_id(const struct trace_format *any, const void *record, size_t len);

void trace_decode(const struct trace_format *f, uint64_t time_ns, const void *record, size_t len,
		  struct trace *ret);

#endif
