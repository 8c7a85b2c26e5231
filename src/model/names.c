// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/names.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/num.h"

static const char *const states[PW_STATE_MAX] = {
	[PW_BOUND] = "BOUND",		[PW_LISTEN] = "LISTEN",
	[PW_SYN_SENT] = "SYN_SENT",	[PW_SYN_RECV] = "SYN_RECV",
	[PW_NEW_SYN_RECV] = "SYN_RECV", [PW_ESTABLISHED] = "ESTABLISHED",
	[PW_FIN_WAIT1] = "FIN_WAIT1",	[PW_FIN_WAIT2] = "FIN_WAIT2",
	[PW_TIME_WAIT] = "TIME_WAIT",	[PW_CLOSE_WAIT] = "CLOSE_WAIT",
	[PW_LAST_ACK] = "LAST_ACK",	[PW_CLOSING] = "CLOSING",
	[PW_CLOSE] = "CLOSE",		[PW_UNCONN] = "UNCONN",
};

/* Names of states in ss, netstat and lsof. */
static const struct {
	const char *name;
	uint8_t state;
} state_aliases[] = {
	{ "LISTENING", PW_LISTEN },	{ "ESTAB", PW_ESTABLISHED },
	{ "FIN_WAIT_1", PW_FIN_WAIT1 }, { "FIN_WAIT_2", PW_FIN_WAIT2 },
	{ "TIMEWAIT", PW_TIME_WAIT },	{ "SYN_RECEIVED", PW_SYN_RECV },
	{ "CLOSED", PW_CLOSE },		{ "UNCONNECTED", PW_UNCONN },
};

static const char *const events[PW_EV_MAX] = {
	[PW_EV_BIND] = "bind",
	[PW_EV_BIND_FAILED] = "bind-failed",
	[PW_EV_LISTEN] = "listen",
	[PW_EV_CONNECT] = "connect",
	[PW_EV_ACCEPT] = "accept",
	[PW_EV_STATE] = "state",
	[PW_EV_CLOSE] = "close",
	[PW_EV_TIMEWAIT] = "timewait",
	[PW_EV_TIMEWAIT_END] = "timewait-end",
	[PW_EV_LOST] = "lost",
};

static const char *const needs[PW_NEED_MAX][2] = {
	[PW_NEED_BIND] = { "bind", "a port is bound" },
	[PW_NEED_BIND_FAILED] = { "bind-failed", "a bind is refused" },
	[PW_NEED_LISTEN] = { "listen", "a socket starts to listen" },
	[PW_NEED_CONNECT] = { "connect", "a connection is begun" },
	[PW_NEED_STATE] = { "state", "a connection changes its state" },
	[PW_NEED_RELEASE] = { "release", "a socket is closed" },
	[PW_NEED_ACCEPT] = { "accept", "which process accepts a connection" },
	[PW_NEED_TW_ENTER] = { "tw-enter", "TIME-WAIT begins" },
	[PW_NEED_TW_LEAVE] = { "tw-leave", "TIME-WAIT ends" },
	[PW_NEED_RECEIVE] = { "receive", "a process is handed a socket" },
	[PW_NEED_FORK] = { "fork", "a holder forks" },
	[PW_NEED_EXEC] = { "exec", "a holder runs another program" },
	[PW_NEED_EXIT] = { "exit", "a holder ends" },
};

static const char *const variants[PW_VAR_MAX] = {
	[PW_VAR_NONE] = "none",	      [PW_VAR_FENTRY] = "fentry",
	[PW_VAR_KPROBE] = "kprobe",   [PW_VAR_TRACEPOINT] = "tracepoint",
	[PW_VAR_SYSCALL] = "syscall", [PW_VAR_ITER] = "iter",
};

static const char *const whys[WHY_MAX] = {
	[WHY_FREE] = "free",
	[WHY_HELD] = "held",
	[WHY_BOUND] = "bound",
	[WHY_TIMEWAIT] = "timewait",
	[WHY_ORPHAN] = "orphan",
	[WHY_INFLIGHT] = "inflight",
	[WHY_KERNEL] = "kernel",
	[WHY_OTHER_NETNS] = "other-netns",
	[WHY_PRIVILEGED] = "privileged",
	[WHY_RESERVED] = "reserved",
	[WHY_UNKNOWN] = "unknown",
};

static const char *pick(const char *const *table, size_t nr, size_t i, const char *unknown)
{
	return i < nr && table[i] ? table[i] : unknown;
}

const char *names_state(uint8_t state)
{
	return pick(states, ARRAY_SIZE(states), state, "UNKNOWN");
}

const char *names_event(uint8_t kind)
{
	return pick(events, ARRAY_SIZE(events), kind, "unknown");
}

const char *names_call(uint8_t call)
{
	static const char *const calls[PW_CALL_MAX] = {
		[PW_CALL_BIND] = "bind",
		[PW_CALL_LISTEN] = "listen",
		[PW_CALL_CONNECT] = "connect",
	};

	return pick(calls, ARRAY_SIZE(calls), call, "unknown");
}

const char *names_proto(uint8_t proto)
{
	return proto == PW_TCP ? "tcp" : proto == PW_UDP ? "udp" : "unknown";
}

const char *names_family(uint8_t family)
{
	return family == PW_INET ? "inet" : family == PW_INET6 ? "inet6" : "unknown";
}

const char *names_why(enum why why)
{
	return pick(whys, ARRAY_SIZE(whys), why, "unknown");
}

const char *names_resolved(enum resolved r)
{
	switch (r) {
	case RESOLVED_PROC:
		return "proc";
	case RESOLVED_VERIFIED:
		return "verified";
	case RESOLVED_WALK:
		return "walk";
	case RESOLVED_UNKNOWN:
		break;
	}
	return NULL;
}

const char *names_need(uint8_t need)
{
	return need < PW_NEED_MAX && needs[need][0] ? needs[need][0] : "unknown";
}

const char *names_need_text(uint8_t need)
{
	return need < PW_NEED_MAX && needs[need][1] ? needs[need][1] : "unknown";
}

const char *names_variant(uint8_t variant)
{
	return pick(variants, ARRAY_SIZE(variants), variant, "unknown");
}

const char *names_errno(int error, char buf[NAMES_ERRNO_LEN])
{
	/* glibc, 2.32; async-signal-safe and not translated */
	const char *name = error > 0 ? strerrorname_np(error) : NULL;
	size_t n;

	if (name)
		return name;
	n = (size_t)(stpcpy(buf, "errno ") - buf);
	/* Ten digits at most: it is an int. */
	n += num_format(error < 0 ? 0 : (uint64_t)error, buf + n);
	buf[n] = '\0';
	return buf;
}

/* Case apart, and '-' for '_'. */
static bool same(const char *name, const char *s, size_t len)
{
	size_t i;

	if (strlen(name) != len)
		return false;
	for (i = 0; i < len; i++) {
		char a = name[i] == '-' ? '_' : name[i], b = s[i] == '-' ? '_' : s[i];

		if (tolower((unsigned char)a) != tolower((unsigned char)b))
			return false;
	}
	return true;
}

int names_parse_state(const char *s, size_t len, uint32_t *ret_mask)
{
	uint32_t mask = 0;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(states); i++) {
		if (states[i] && same(states[i], s, len))
			mask |= 1u << i;
	}
	for (i = 0; i < ARRAY_SIZE(state_aliases); i++) {
		if (same(state_aliases[i].name, s, len))
			mask |= 1u << state_aliases[i].state;
	}
	/* Every spelling of SYN_RECV means both of the kernel's states. */
	if (mask & 1u << PW_SYN_RECV)
		mask |= 1u << PW_NEW_SYN_RECV;
	if (!mask)
		return -EINVAL;
	*ret_mask = mask;
	return 0;
}

int names_parse_event(const char *s, size_t len, uint8_t *ret)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(events); i++) {
		if (events[i] && same(events[i], s, len)) {
			*ret = (uint8_t)i;
			return 0;
		}
	}
	return -EINVAL;
}

int names_parse_proto(const char *s, size_t len, uint8_t *ret)
{
	if (same("tcp", s, len))
		*ret = PW_TCP;
	else if (same("udp", s, len))
		*ret = PW_UDP;
	else
		return -EINVAL;
	return 0;
}

const char *const names_state_words[] = {
	"BOUND",     "LISTEN",	   "SYN_SENT", "SYN_RECV", "ESTABLISHED", "FIN_WAIT1", "FIN_WAIT2",
	"TIME_WAIT", "CLOSE_WAIT", "LAST_ACK", "CLOSING",  "CLOSE",	  "UNCONN",    NULL,
};

const char *const names_event_words[] = {
	"bind",	 "bind-failed", "listen",	"connect", "accept", "state",
	"close", "timewait",	"timewait-end", "lost",	   NULL,
};

const char *names_all_states(void)
{
	return "BOUND, LISTEN, SYN_SENT, SYN_RECV, ESTABLISHED, FIN_WAIT1, FIN_WAIT2, TIME_WAIT, "
	       "CLOSE_WAIT, LAST_ACK, CLOSING, CLOSE, UNCONN";
}

const char *names_all_events(void)
{
	return "bind, bind-failed, listen, connect, accept, state, close, timewait, timewait-end, "
	       "lost";
}
