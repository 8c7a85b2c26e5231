// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/filter_opts.h"

#include "model/names.h"

static int add(void *base, const struct opt *o, const char *value, struct strbuf *why)
{
	return filter_add(base, (enum filter_key)o->tag, value, why);
}

/* One or more of these words, divided by commas. */
#define OPT_WORDS(name, key, words, text)                                                          \
	{                                                                                          \
		.kind = OPT_KIND_CALL, .long_name = (name), .value = "LIST", .choices = (words),   \
		.call = add, .tag = (key), .help = (text)                                          \
	}

static int family(void *base, const struct opt *o, const char *value, struct strbuf *why)
{
	struct filter *f = base;

	(void)value;
	(void)why;
	f->families |= (uint8_t)o->tag;
	return 0;
}

#define FAMILY_OPTS                                                                                \
	OPT_CALL('4', NULL, family, FILTER_V4, NULL, "IPv4 sockets only"),                         \
		OPT_CALL('6', NULL, family, FILTER_V6, NULL, "IPv6 sockets only")

const struct opt filter_opts[] = {
	OPT_WORDS("event", FILTER_EVENT, names_event_words,
		  "these events, such as listen,close,bind-failed"),
	[FILTER_OPTS_SOCKET] =
		OPT_CALL(0, "port", add, FILTER_PORT, "PORT",
			 "local port: 8000, 53/udp, 3000-3010, http, 127.0.0.1:8000"),
	OPT_CALL(0, "pid", add, FILTER_PID, "PID", "sockets of this process"),
	OPT_CALL(0, "comm", add, FILTER_COMM, "NAME", "of processes with this command name"),
	OPT_CALL(0, "user", add, FILTER_USER, "NAME|UID", "of this user's processes"),
	OPT_WORDS("state", FILTER_STATE, names_state_words,
		  "in one of these states, such as LISTEN,ESTABLISHED"),
	OPT_CALL(0, "proto", add, FILTER_PROTO, "tcp|udp", "of this protocol"),
	OPT_CALL(0, "peer", add, FILTER_PEER, "ADDR[:PORT]", "connected to this address"),
	OPT_CALL(0, "cgroup", add, FILTER_CGROUP, "PATH", "of processes in this cgroup or below"),
	OPT_CALL(0, "unit", add, FILTER_UNIT, "NAME", "of processes of this systemd unit"),
	OPT_FLAG(0, "listening", struct filter, listening,
		 "listening TCP and unconnected UDP only"),
	[FILTER_OPTS_PLACE] = OPT_CALL(
		0, "netns", add, FILTER_NETNS, "NETNS",
		"in this network namespace: self, all (default for root), a path or a name"),
	FAMILY_OPTS,
	OPT_END,
};

const struct opt filter_own_place_opts[] = {
	OPT_CALL(0, "netns", add, FILTER_NETNS, "NETNS",
		 "in this network namespace: self (default), all, a path or a name"),
	FAMILY_OPTS,
	OPT_END,
};
