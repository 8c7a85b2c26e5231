// SPDX-License-Identifier: GPL-2.0-or-later
#include "live/trace.h"

#include <errno.h>
#include <linux/sched.h>
#include <string.h>

#include "base/cleanup.h"

/* enum trace_flag_type, include/linux/trace_events.h: hard and soft interrupts, NMI. */
#define IN_INTERRUPT (0x08 | 0x10 | 0x40)

static const char *const names[FIELD_MAX] = {
	[FIELD_TYPE] = "common_type",
	[FIELD_FLAGS] = "common_flags",
	[FIELD_TID] = "common_pid",
	[FIELD_SK] = "skaddr",
	[FIELD_OLD] = "oldstate",
	[FIELD_NEW] = "newstate",
	[FIELD_SPORT] = "sport",
	[FIELD_DPORT] = "dport",
	[FIELD_FAMILY] = "family",
	[FIELD_PROTOCOL] = "protocol",
	[FIELD_KIND] = "type",
	[FIELD_SADDR] = "saddr",
	[FIELD_DADDR] = "daddr",
	[FIELD_SADDR6] = "saddr_v6",
	[FIELD_DADDR6] = "daddr_v6",
	[FIELD_COOKIE] = "sock_cookie",
	[FIELD_PID] = "pid",
	[FIELD_COMM] = "comm",
	[FIELD_FILENAME] = "filename",
	[FIELD_CLONE] = "clone_flags",
	[FIELD_FD] = "fd",
	[FIELD_BACKLOG] = "backlog",
	[FIELD_RET] = "ret",
};

#define COMMON (1u << FIELD_TYPE | 1u << FIELD_FLAGS | 1u << FIELD_TID)
#define ADDRESSES                                                                                  \
	(1u << FIELD_SK | 1u << FIELD_SPORT | 1u << FIELD_DPORT | 1u << FIELD_FAMILY |             \
	 1u << FIELD_SADDR | 1u << FIELD_DADDR | 1u << FIELD_SADDR6 | 1u << FIELD_DADDR6)

/* task_newtask instead of sched_process_fork: it tells a thread from a process. */
const struct trace_event trace_events[] = {
	{ "sock/inet_sock_set_state", TRACE_STATE,
	  ADDRESSES | 1u << FIELD_OLD | 1u << FIELD_NEW | 1u << FIELD_PROTOCOL },
	{ "tcp/tcp_destroy_sock", TRACE_DESTROY, ADDRESSES },
	{ "tcp/tcp_receive_reset", TRACE_RESET, 1u << FIELD_SK },
	{ "task/task_newtask", TRACE_FORK, 1u << FIELD_PID | 1u << FIELD_COMM | 1u << FIELD_CLONE },
	{ "sched/sched_process_exec", TRACE_EXEC, 1u << FIELD_PID | 1u << FIELD_FILENAME },
	{ "sched/sched_process_exit", TRACE_EXIT, 1u << FIELD_PID },
	{ "syscalls/sys_enter_socket", TRACE_SOCKET,
	  1u << FIELD_FAMILY | 1u << FIELD_KIND | 1u << FIELD_PROTOCOL },
	{ "syscalls/sys_exit_socket", TRACE_MADE, 1u << FIELD_RET },
	{ "syscalls/sys_enter_bind", TRACE_BIND, 1u << FIELD_FD },
	{ "syscalls/sys_exit_bind", TRACE_BOUND, 1u << FIELD_RET },
	{ "syscalls/sys_enter_listen", TRACE_LISTEN, 1u << FIELD_FD | 1u << FIELD_BACKLOG },
	{ "syscalls/sys_exit_listen", TRACE_LISTENS, 1u << FIELD_RET },
	{ "syscalls/sys_enter_accept", TRACE_ACCEPT, 1u << FIELD_FD },
	{ "syscalls/sys_enter_accept4", TRACE_ACCEPT, 1u << FIELD_FD },
	{ "syscalls/sys_exit_accept", TRACE_ACCEPTED, 1u << FIELD_RET },
	{ "syscalls/sys_exit_accept4", TRACE_ACCEPTED, 1u << FIELD_RET },
	{ "syscalls/sys_enter_shutdown", TRACE_SHUTDOWN, 1u << FIELD_FD },
	{ "syscalls/sys_exit_shutdown", TRACE_SHUT, 1u << FIELD_RET },
	{ "syscalls/sys_exit_setns", TRACE_UNSHARED, 1u << FIELD_RET },
	{ "syscalls/sys_exit_unshare", TRACE_UNSHARED, 1u << FIELD_RET },
};

const size_t trace_nr_events = ARRAY_SIZE(trace_events);

int trace_format_parse(const struct trace_event *event, const char *text, struct trace_format *ret)
{
	struct trace_format f = { .event = event };
	struct format parsed;

	if (format_parse(text, &parsed) || !parsed.id)
		return -EINVAL;
	f.id = parsed.id;
	for (size_t i = 0; i < FIELD_MAX; i++) {
		f.fields[i] = *format_find(&parsed, names[i]);
		if ((COMMON | event->needs) & 1u << i && !f.fields[i].size)
			return -EINVAL;
	}
	*ret = f;
	return 0;
}

uint32_t trace_id(const struct trace_format *any, const void *record, size_t len)
{
	return format_number(&any->fields[FIELD_TYPE], record, len);
}

struct decoder {
	const struct trace_format *f;
	const void *record;
	size_t len;
};

static uint64_t number(const struct decoder *d, enum trace_field field)
{
	return format_number(&d->f->fields[field], d->record, d->len);
}

static void address(const struct decoder *d, uint8_t family, enum trace_field v4,
		    enum trace_field v6, struct pw_addr *ret)
{
	if (family == PW_INET6)
		format_bytes(&d->f->fields[v6], d->record, d->len, ret, 16);
	else
		format_bytes(&d->f->fields[v4], d->record, d->len, ret, 4);
}

static void decode_socket(const struct decoder *d, struct trace *t)
{
	t->sk = number(d, FIELD_SK);
	t->cookie = number(d, FIELD_COOKIE);
	t->old_state = number(d, FIELD_OLD);
	t->new_state = number(d, FIELD_NEW);
	t->lport = number(d, FIELD_SPORT);
	t->rport = number(d, FIELD_DPORT);
	t->family = number(d, FIELD_FAMILY);
	t->proto = number(d, FIELD_PROTOCOL);
	address(d, t->family, FIELD_SADDR, FIELD_SADDR6, &t->laddr);
	address(d, t->family, FIELD_DADDR, FIELD_DADDR6, &t->raddr);
}

/* The kernel names a process after the last part of the file it executes. */
static void decode_filename(const struct decoder *d, struct trace *t)
{
	char path[256];
	const char *name;

	format_text(&d->f->fields[FIELD_FILENAME], d->record, d->len, path, sizeof(path));
	name = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
	memcpy(t->comm, name, strnlen(name, sizeof(t->comm) - 1));
}

static void decode_process(const struct decoder *d, struct trace *t)
{
	t->pid = number(d, FIELD_PID);
	t->is_thread = number(d, FIELD_CLONE) & CLONE_THREAD;
	if (t->kind == TRACE_EXEC)
		decode_filename(d, t);
	else
		format_text(&d->f->fields[FIELD_COMM], d->record, d->len, t->comm, sizeof(t->comm));
}

void trace_decode(const struct trace_format *f, uint64_t time_ns, const void *record, size_t len,
		  struct trace *ret)
{
	struct decoder d = { f, record, len };
	struct trace t = {
		.time_ns = time_ns,
		.kind = f->event->kind,
		.tid = number(&d, FIELD_TID),
		.in_process = !(number(&d, FIELD_FLAGS) & IN_INTERRUPT),
	};

	if (t.kind <= TRACE_RESET) {
		decode_socket(&d, &t);
	} else if (t.kind <= TRACE_EXIT) {
		decode_process(&d, &t);
	} else {
		t.family = number(&d, FIELD_FAMILY);
		t.type = number(&d, FIELD_KIND);
		t.proto = number(&d, FIELD_PROTOCOL);
		t.fd = number(&d, FIELD_FD);
		t.backlog = number(&d, FIELD_BACKLOG);
		t.ret = number(&d, FIELD_RET);
	}
	*ret = t;
}
