// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/portguard.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/vec.h"
#include "model/names.h"

/* A name that fills its place could be the beginning of a longer one. */
#define NAME_MOST (PW_GUARD_NAME - 2)

void portguard_list_done(struct portguard_list *l)
{
	for (size_t i = 0; i < l->nr; i++) {
		free(l->v[i].whos);
		free(l->v[i].ports);
	}
	free(l->v);
	*l = (struct portguard_list){};
}

struct portguard_rule *portguard_list_add(struct portguard_list *l)
{
	return VEC_ADD(l);
}

struct portguard_port *portguard_rule_add(struct portguard_rule *r)
{
	void *array = r->ports;
	void *added = vec_grow(&array, &r->nr_ports, &r->cap_ports, sizeof(*r->ports));

	r->ports = array;
	return added;
}

static int compare_ports(const void *a, const void *b)
{
	const struct pw_guard_key *x = &((const struct portguard_port *)a)->key;
	const struct pw_guard_key *y = &((const struct portguard_port *)b)->key;

	return x->proto != y->proto ? (int)x->proto - y->proto : (int)x->port - y->port;
}

static int compare_rules(const void *a, const void *b)
{
	const struct portguard_rule *x = a, *y = b;

	return x->id < y->id ? -1 : x->id > y->id;
}

void portguard_list_sort(struct portguard_list *l)
{
	VEC_SORT(l, compare_rules);
	for (size_t i = 0; i < l->nr; i++)
		if (l->v[i].nr_ports)
			qsort(l->v[i].ports, l->v[i].nr_ports, sizeof(*l->v[i].ports),
			      compare_ports);
}

struct portguard_rule *portguard_list_find(struct portguard_list *l, uint32_t id)
{
	for (size_t i = 0; i < l->nr; i++)
		if (l->v[i].id == id)
			return &l->v[i];
	return NULL;
}

static int refuse(struct strbuf *why, const char *option, const char *value, const char *reason)
{
	strbuf_addf(why, "--%s '%s': %s", option, value, reason);
	return -EINVAL;
}

static bool ends_in(const char *s, const char *end)
{
	size_t len = strlen(s), most = strlen(end);

	return len > most && !strcmp(s + len - most, end);
}

int portguard_unit(const char *name, struct pw_guard_who *ret, struct strbuf *why)
{
	static const char *const kinds[] = { ".service", ".socket", ".scope", ".mount", ".swap" };
	struct pw_guard_who who = { .kind = PW_GUARD_UNIT, .depth = 1 };
	bool is_whole = false;
	int len;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		is_whole |= ends_in(name, kinds[i]);
	if (!name[0] || strpbrk(name, "/ \t\n"))
		return refuse(why, "unit", name, "is no name of a unit");
	if (ends_in(name, ".slice"))
		return refuse(why, "unit", name,
			      "no process is in a slice itself: use --cgroup with its path");
	len = snprintf(who.text, sizeof(who.text), "%s%s", name, is_whole ? "" : ".service");
	if (len > NAME_MOST)
		return refuse(why, "unit", name, "is longer than 126 bytes");
	memcpy(who.part[0], who.text, (size_t)len);
	*ret = who;
	return 0;
}

/* -E2BIG: more components than there is room for; -ENAMETOOLONG: one is too long. */
static int split(const char *path, struct pw_guard_who *who)
{
	while (*path) {
		size_t len = strcspn(path, "/");

		if (len > NAME_MOST)
			return -ENAMETOOLONG;
		if (len && who->depth == PW_GUARD_PARTS)
			return -E2BIG;
		if (len)
			memcpy(who->part[who->depth++], path, len);
		path += len + (path[len] == '/');
	}
	return 0;
}

int portguard_cgroup(const char *path, const char *text, struct pw_guard_who *ret,
		     struct strbuf *why)
{
	struct pw_guard_who who = { .kind = PW_GUARD_CGROUP };
	int err = split(path, &who);

	if (strlen(text) >= sizeof(who.text))
		err = -ENAMETOOLONG;
	if (err == -E2BIG)
		return refuse(why, "cgroup", text, "is more than 16 levels deep");
	if (err)
		return refuse(why, "cgroup", text, "has a name of more than 126 bytes in it");
	if (!who.depth)
		return refuse(why, "cgroup", text, "every process is in the root");
	strcpy(who.text, text);
	*ret = who;
	return 0;
}

void portguard_user(uint32_t uid, const char *text, struct pw_guard_who *ret)
{
	*ret = (struct pw_guard_who){ .kind = PW_GUARD_USER, .id = uid };
	snprintf(ret->text, sizeof(ret->text), "%s", text);
}

int portguard_exe(const char *path, struct pw_guard_who *ret, struct strbuf *why)
{
	struct pw_guard_who who = { .kind = PW_GUARD_EXE };

	if (strlen(path) >= sizeof(who.text))
		return refuse(why, "exe", path, "is longer than 255 bytes");
	strcpy(who.text, path);
	*ret = who;
	return 0;
}

const char *portguard_kind(uint32_t kind)
{
	static const char *const names[] = {
		[PW_GUARD_UNIT] = "unit",
		[PW_GUARD_CGROUP] = "cgroup",
		[PW_GUARD_CONTAINER] = "container",
		[PW_GUARD_USER] = "user",
		[PW_GUARD_EXE] = "exe",
	};

	return kind < sizeof(names) / sizeof(names[0]) && names[kind] ? names[kind] : "unknown";
}

void portguard_describe(const struct portguard_rule *r, struct strbuf *out)
{
	for (uint32_t i = 0; i < r->r.nr_whos; i++) {
		const struct pw_guard_who *w = &r->whos[i];

		strbuf_adds(out, i ? ", " : "");
		/* A unit is known by its ending, a program by its slashes. */
		if (w->kind != PW_GUARD_UNIT && w->kind != PW_GUARD_EXE)
			strbuf_addf(out, "%s ", portguard_kind(w->kind));
		strbuf_adds(out, w->text);
	}
}

void portguard_ports(const struct portguard_rule *r, struct strbuf *out)
{
	for (size_t i = 0, last; i < r->nr_ports; i = last + 1) {
		const struct pw_guard_key *k = &r->ports[i].key;

		for (last = i; last + 1 < r->nr_ports && r->ports[last + 1].key.proto == k->proto &&
			       r->ports[last + 1].key.port == r->ports[last].key.port + 1;
		     last++)
			;
		strbuf_addf(out, "%s%u", i ? ", " : "", k->port);
		if (last > i)
			strbuf_addf(out, "-%u", r->ports[last].key.port);
		if (k->proto != PW_GUARD_RESERVE)
			strbuf_addf(out, "/%s", names_proto(k->proto));
	}
}

static bool is_same(const struct pw_guard_who *a, const struct pw_guard_who *b)
{
	return a->kind == b->kind && a->depth == b->depth && a->id == b->id &&
	       a->device == b->device && a->generation == b->generation &&
	       !memcmp(a->part, b->part, sizeof(a->part));
}

static bool has_all(const struct pw_guard_who *a, size_t nr_a, const struct pw_guard_who *b,
		    size_t nr_b)
{
	for (size_t i = 0; i < nr_b; i++) {
		bool found = false;

		for (size_t k = 0; k < nr_a && !found; k++)
			found = is_same(&a[k], &b[i]);
		if (!found)
			return false;
	}
	return true;
}

bool portguard_same(const struct pw_guard_who *a, size_t nr_a, const struct pw_guard_who *b,
		    size_t nr_b)
{
	return has_all(a, nr_a, b, nr_b) && has_all(b, nr_b, a, nr_a);
}

/* Look at the first component that is no slice, as bpf/guard/identity.h does. */
static bool is_in_unit(const char *path, const char *unit)
{
	while (*path) {
		size_t len = strcspn(path, "/");

		if (len && (len < 7 || memcmp(path + len - 6, ".slice", 6)))
			return len == strlen(unit) && !memcmp(path, unit, len);
		path += len + (path[len] == '/');
	}
	return false;
}

static bool is_below(const char *path, const struct pw_guard_who *w)
{
	struct pw_guard_who own = {};

	/* A path with more levels than there is room for has the first of them in it all the same.
	 */
	if (split(path, &own) == -ENAMETOOLONG || own.depth < w->depth)
		return false;
	return !memcmp(own.part, w->part, w->depth * sizeof(own.part[0]));
}

bool portguard_allows(const struct pw_guard_who *w, const struct portguard_caller *c)
{
	switch (w->kind) {
	case PW_GUARD_UNIT:
		return c->cgroup && is_in_unit(c->cgroup, w->part[0]);
	case PW_GUARD_CGROUP:
	case PW_GUARD_CONTAINER:
		return c->cgroup && is_below(c->cgroup, w);
	case PW_GUARD_USER:
		return c->uid == w->id;
	case PW_GUARD_EXE:
		return c->exe && !strcmp(c->exe, w->text);
	}
	return false;
}

uint64_t portguard_refused(const struct portguard_rule *r, const struct portguard_port **ret_last)
{
	const struct portguard_port *last = NULL;
	uint64_t sum = 0;

	for (size_t i = 0; i < r->nr_ports; i++) {
		const struct pw_guard_count *c = &r->ports[i].count;

		sum += c->refused;
		if (c->last_ns && (!last || c->last_ns > last->count.last_ns))
			last = &r->ports[i];
	}
	*ret_last = last;
	return sum;
}
