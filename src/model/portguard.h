/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * portguard: guarded and reserved ports as people read them, and the alternatives of a guard
 * ("--unit nginx.service") as the kernel compares them (include/guarded.h). Pure.
 */
#ifndef MODEL_PORTGUARD_H
#define MODEL_PORTGUARD_H

#include <linux/bpf.h> /* struct bpf_spin_lock, in guarded.h */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/strbuf.h"
#include "guarded.h"
#include "portwatch.h"

/* Whether the kernel still has the port in ip_local_reserved_ports. */
enum portguard_kept { KEPT_UNKNOWN, KEPT_YES, KEPT_NO };

struct portguard_port {
	struct pw_guard_key key;
	struct pw_guard_slot slot;
	struct pw_guard_count count;
	enum portguard_kept kept;
};

struct portguard_rule {
	uint32_t id;
	bool reserve; /* its ports are reserved and not guarded */
	struct pw_guard_rule r;
	struct pw_guard_who *whos; /* r.nr_whos */
	struct portguard_port *ports;
	size_t nr_ports, cap_ports;
};

struct portguard_list {
	struct portguard_rule *v; /* the oldest first, its ports in order */
	size_t nr, cap;
};

void portguard_list_done(struct portguard_list *l);

/* Add a rule or a port, zeroed; NULL: out of memory. Good until the next one is added. */
struct portguard_rule *portguard_list_add(struct portguard_list *l);
struct portguard_port *portguard_rule_add(struct portguard_rule *r);
void portguard_list_sort(struct portguard_list *l);

/* The rule with this number; NULL: there is none. */
struct portguard_rule *portguard_list_find(struct portguard_list *l, uint32_t id);

/* Fill in an alternative from the value of an option. -EINVAL, with a sentence in `why`. The path
 * of a cgroup begins at the root of cgroup2; the program's numbers are the caller's to fill in. */
int portguard_unit(const char *name, struct pw_guard_who *ret, struct strbuf *why);
int portguard_cgroup(const char *path, const char *text, struct pw_guard_who *ret,
		     struct strbuf *why);
void portguard_user(uint32_t uid, const char *text, struct pw_guard_who *ret);
int portguard_exe(const char *path, struct pw_guard_who *ret, struct strbuf *why);

/* "unit", "cgroup", "container", "user", "exe" */
const char *portguard_kind(uint32_t kind);

/* "nginx.service, user www-data"; of a reservation: "nobody by chance". */
void portguard_describe(const struct portguard_rule *r, struct strbuf *out);

/* "443/tcp, 443/udp, 8000-8010/tcp" */
void portguard_ports(const struct portguard_rule *r, struct strbuf *out);

/* Are they the same alternatives, in whatever order? */
bool portguard_same(const struct pw_guard_who *a, size_t nr_a, const struct pw_guard_who *b,
		    size_t nr_b);

/* A process as it is seen from the outside; NULL: not known. */
struct portguard_caller {
	uint32_t uid;
	const char *cgroup, *exe;
};

/* Would the kernel allow it? Of a program only its path is compared. */
bool portguard_allows(const struct pw_guard_who *w, const struct portguard_caller *c);

/* How often the rule has refused, and the port that was refused last (NULL: none was). */
uint64_t portguard_refused(const struct portguard_rule *r, const struct portguard_port **ret_last);

#endif
