/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * filter: what a user wants to see. Several values of one filter, by commas or by
 * repetition, are alternatives; different filters all must hold; a value behind '!' is
 * excluded. A zeroed struct lets everything through. The options themselves are
 * model/filter_opts.h.
 *
 * Pure: names of services, users, namespaces and cgroups need the system, and are asked for
 * through struct filter_lookup, which flow/lookup.c fills in with functions of sys/.
 * Every function in it may be NULL: then such values are refused, or do not match.
 *
 * A comma that belongs to a value, and a '!' that begins one, are written behind a
 * backslash: --comm 'a\,b'. A backslash before any other character is itself.
 *
 * What matches:
 *  - ports and addresses of --port are local ones, see portspec.h; --peer is remote.
 *  - pid, comm, user, cgroup, unit and container of an event are those of the process the socket
 *    belongs to; of a socket in an answer those of any holder, or of its creator if
 *    nobody holds it (TIME-WAIT, orphans). An unknown process matches none. A socket is
 *    excluded if any of its holders is; an unknown process is not.
 *  - --device: sockets that are bound to it (SO_BINDTODEVICE, a scope); not those bound to none.
 *  - --state of an event is the state it leads to.
 *  - --listening: TCP LISTEN and unconnected UDP; of events those that make, refuse
 *    or end such a socket.
 *  - -4 and -6 are the socket's family: a dual-stack socket is IPv6.
 *  - PW_EV_LOST passes always: nobody may miss that events are missing.
 */
#ifndef MODEL_FILTER_H
#define MODEL_FILTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/strbuf.h"
#include "model/answer.h"
#include "model/portspec.h"
#include "portwatch.h"

struct filter_lookup {
	void *arg;
	portspec_service_fn service; /* getservbyname(); -ENOENT */
	/* 0 and the uid, or -ENOENT. Only called for what is not a number. */
	int (*user)(void *arg, const char *name, uint32_t *ret_uid);
	/* "self", a path, or a name of `ip netns`, to its inode number. "all" is not asked. */
	int (*netns)(void *arg, const char *text, uint32_t *ret_inode);
	/* A path in the cgroup2 tree or in its mount, to the path from the tree's root
	 * ("/system.slice", malloc'd) and its id (0: unknown). */
	int (*cgroup)(void *arg, const char *text, char **ret_path, uint64_t *ret_id);
	/* The path, unit and container of a cgroup id, NULL: unknown. Called per event with
	 * --cgroup, --unit or --container: keep a cache. The text must last until the next call. */
	const char *(*path_of)(void *arg, uint64_t cgroup_id);
	const char *(*unit_of)(void *arg, uint64_t cgroup_id);
	const char *(*container_of)(void *arg, uint64_t cgroup_id);
	/* The name of a device in a network namespace, NULL: unknown. Likewise. */
	const char *(*device_of)(void *arg, uint32_t netns, uint32_t ifindex);
};

struct filter_peer {
	uint8_t family; /* 0: any address */
	uint8_t prefix; /* bits of the address that count */
	struct pw_addr addr;
	uint16_t port; /* 0: any */
};

struct filter_cgroup {
	char *path; /* this cgroup and those below */
	uint64_t id;
};

struct filter {
	struct filter_lookup lookup;
	struct portspec ports;
	uint32_t *pids; /* as the initial PID namespace numbers them, see source_filter() */
	size_t nr_pids;
	char **comms;
	size_t nr_comms;
	uint32_t *uids;
	size_t nr_uids;
	struct filter_peer *peers;
	size_t nr_peers;
	uint32_t *netns;
	size_t nr_netns;
	struct filter_cgroup *cgroups;
	size_t nr_cgroups;
	char **units;
	size_t nr_units;
	char **containers; /* beginnings of their identifiers */
	size_t nr_containers;
	char **devices;
	size_t nr_devices;
	uint32_t states;  /* bit per pw_state, 0: all */
	uint32_t events;  /* bit per pw_event_kind, 0: all */
	uint8_t protos;	  /* FILTER_TCP | FILTER_UDP, 0: all */
	uint8_t families; /* FILTER_V4 | FILTER_V6, 0: all */
	bool listening;
	bool netns_all;	      /* --netns all */
	bool netns_given;     /* --netns was used: no default, please */
	struct filter * not ; /* the excluded values, each alone enough; NULL: none */
	struct strbuf said;   /* the filters as they were given, "--port 80 --comm nginx" */
};

enum { FILTER_TCP = 1, FILTER_UDP = 2, FILTER_V4 = 1, FILTER_V6 = 2 };

enum filter_key {
	FILTER_PORT,
	FILTER_PID,
	FILTER_COMM,
	FILTER_USER,
	FILTER_STATE,
	FILTER_EVENT,
	FILTER_PROTO,
	FILTER_PEER,
	FILTER_NETNS,
	FILTER_CGROUP,
	FILTER_UNIT,
	FILTER_CONTAINER,
	FILTER_DEVICE,
};

void filter_done(struct filter *f);

/* Add a value, or several divided by commas. Each is an alternative, or excluded by '!'.
 * -EINVAL, with a sentence in `why`; -ENOMEM. */
int filter_add(struct filter *f, enum filter_key key, const char *value, struct strbuf *why);

/* Add the PORTs of a command that is about ports. A '!' excludes nothing here. */
int filter_add_ports(struct filter *f, const char *value, struct strbuf *why);

/* Add the default without --netns: only this namespace, by its inode number. */
int filter_add_netns(struct filter *f, uint32_t inode);

bool filter_match_event(const struct filter *f, const struct pw_event *ev);
bool filter_match_socket(const struct filter *f, const struct answer *a, const struct socket *s);

/* Remove the sockets that do not match from an answer; verdicts stay. Judge ports
 * (verdict.h) before this: what is filtered out may still be in the way. */
void filter_apply(const struct filter *f, struct answer *a);

/* The filters in words for a message: "--port 80 --listening"; "" if there are none. */
void filter_describe(const struct filter *f, struct strbuf *out);

/* Does matching need who holds a socket? If not, a query may skip the holders. */
bool filter_needs_holders(const struct filter *f);

/* Fill in a kernel filter for these ports and for nothing else; add to it as needed. */
void filter_on_ports(const struct portspec *ports, struct pw_filter *ret);

/* The part the kernel side can apply; it lets through a superset. ret is overwritten. */
void filter_to_kernel(const struct filter *f, struct pw_filter *ret);

#endif
