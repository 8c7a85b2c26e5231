// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/filter_opts.h"

#include "model/names.h"

static int add(void *base, const struct opt *o, const char *value, struct strbuf *why)
{
	return filter_add(base, (enum filter_key)o->tag, value, why);
}

/* An option that takes a list of these words, divided by commas. */
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
	OPT_CALL('4', NULL, family, FILTER_V4, NULL, "consider only IPv4 sockets"),                \
		OPT_CALL('6', NULL, family, FILTER_V6, NULL, "consider only IPv6 sockets")

const struct opt filter_opts[] = {
	OPT_WORDS("event", FILTER_EVENT, names_event_words,
		  "show only these events, such as listen,close,bind-failed"),
	[FILTER_OPTS_SOCKET] =
		OPT_CALL(0, "port", add, FILTER_PORT, "PORT",
			 "show only these local ports, such as 8000,53/udp,3000-3010"),
	OPT_CALL(0, "pid", add, FILTER_PID, "PID", "show only sockets of these processes"),
	OPT_CALL(0, "comm", add, FILTER_COMM, "NAME",
		 "show only processes with these command names"),
	OPT_CALL(0, "user", add, FILTER_USER, "NAME|UID", "show only processes of these users"),
	OPT_WORDS("state", FILTER_STATE, names_state_words,
		  "show only sockets in these states, such as LISTEN,ESTABLISHED"),
	OPT_CALL(0, "proto", add, FILTER_PROTO, "tcp|udp", "show only TCP or only UDP"),
	OPT_CALL(0, "peer", add, FILTER_PEER, "ADDR[:PORT]",
		 "show only connections to this address or network (10.0.0.0/8)"),
	OPT_CALL(0, "cgroup", add, FILTER_CGROUP, "PATH",
		 "show only processes in this cgroup or below"),
	OPT_CALL(0, "unit", add, FILTER_UNIT, "NAME", "show only processes of these systemd units"),
	OPT_CALL(0, "container", add, FILTER_CONTAINER, "ID",
		 "show only processes in these containers; the beginning of an ID will do"),
	OPT_CALL(0, "device", add, FILTER_DEVICE, "NAME",
		 "show only sockets that are bound to these network devices"),
	OPT_FLAG(0, "listening", struct filter, listening,
		 "show only listening TCP and unconnected UDP"),
	[FILTER_OPTS_PLACE] =
		OPT_CALL(0, "netns", add, FILTER_NETNS, "NETNS",
			 "look in this namespace: self, all (root's default), path or name"),
	FAMILY_OPTS,
	OPT_END,
};

const struct opt filter_own_place_opts[] = {
	OPT_CALL(0, "netns", add, FILTER_NETNS, "NETNS",
		 "look in this network namespace: self (default), all, a path or a name"),
	FAMILY_OPTS,
	OPT_END,
};
