// SPDX-License-Identifier: GPL-2.0-or-later
/* The maps of a portguard: what is in them, and batches of changes. */
#include <bpf/bpf.h>
#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/vec.h"
#include "model/portspec.h"
#include "track/portguard.h"
#include "track/reason.h"

typedef VEC(struct pw_guard_key) keys;
typedef VEC(uint32_t) numbers;

static int no_memory(void)
{
	return failed(-ENOMEM, "out of memory");
}

static int cannot(const char *what, int err)
{
	if (err == -E2BIG || err == -ENOSPC)
		return failed(-ENOSPC,
			      "there is no room for more guards (%d rules, %d ports): unguard some",
			      PW_GUARD_RULES, PW_GUARD_SLOTS);
	return failed(err, "cannot %s: %s", what, strerror(-err));
}

/* All keys first: what is removed meanwhile would lead the kernel back to the first one. */
static int all_keys(int map, keys *ret)
{
	struct pw_guard_key *last = NULL, next, previous;

	while (!bpf_map_get_next_key(map, last, &next)) {
		struct pw_guard_key *k = VEC_ADD(ret);

		if (!k)
			return no_memory();
		*k = previous = next;
		last = &previous;
	}
	return errno == ENOENT ? 0 : cannot("read the guards", -errno);
}

static int all_rules(const struct portguard *g, numbers *ret)
{
	uint32_t *last = NULL, next, previous;

	while (!bpf_map_get_next_key(g->map[PG_RULES], last, &next)) {
		uint32_t *id = VEC_ADD(ret);

		if (!id)
			return no_memory();
		*id = previous = next;
		last = &previous;
	}
	return errno == ENOENT ? 0 : cannot("read the guards", -errno);
}

static bool is_dead(const struct portguard *g, const struct pw_guard_slot *s,
		    const struct pw_guard_rule *r)
{
	return !r || s->born > g->committed || (s->dying && s->dying <= g->committed) ||
	       (r->until_ns && clock_boot_ns() >= r->until_ns);
}

/* Set or clear the bits of ports, which the kernel looks at first. */
static int write_ports(const struct portguard *g, const struct pw_guard_ports *ports)
{
	struct pw_guard_ports now;
	__u32 zero = 0;

	if (bpf_map_lookup_elem(g->map[PG_PORTS], &zero, &now))
		return cannot("read the guards", -errno);
	if (!memcmp(&now, ports, sizeof(now)))
		return 0;
	if (bpf_map_update_elem(g->map[PG_PORTS], &zero, ports, BPF_ANY))
		return cannot("write the guards", -errno);
	return 0;
}

static int set_ports(const struct portguard *g, const struct portguard_rule *r)
{
	struct pw_guard_ports ports;
	__u32 zero = 0;

	if (bpf_map_lookup_elem(g->map[PG_PORTS], &zero, &ports))
		return cannot("read the guards", -errno);
	for (size_t i = 0; i < r->nr_ports; i++)
		if (!r->reserve)
			port_set((uint64_t *)ports.bits, r->ports[i].key.port);
	return write_ports(g, &ports);
}

static void remove_slot(struct portguard *g, const struct pw_guard_key *key)
{
	bpf_map_delete_elem(g->map[PG_SLOTS], key);
	bpf_map_delete_elem(g->map[PG_COUNTS], key);
}

static void remove_rule(struct portguard *g, uint32_t id)
{
	for (uint32_t i = 0; i < PW_GUARD_WHOS; i++) {
		struct pw_guard_who_key key = { .rule = id, .index = i };

		bpf_map_delete_elem(g->map[PG_WHOS], &key);
	}
	bpf_map_delete_elem(g->map[PG_RULES], &id);
}

/* Remove the slot if it is dead; else note its rule as one that is needed. */
static int sweep_slot(struct portguard *g, const struct pw_guard_key *key, numbers *needed,
		      struct pw_guard_ports *ports)
{
	struct pw_guard_rule rule;
	struct pw_guard_slot slot;
	uint32_t *id;
	bool has_rule;

	if (bpf_map_lookup_elem(g->map[PG_SLOTS], key, &slot))
		return 0;
	has_rule = !bpf_map_lookup_elem(g->map[PG_RULES], &slot.rule, &rule);
	if (is_dead(g, &slot, has_rule ? &rule : NULL)) {
		remove_slot(g, key);
		return 0;
	}
	if (key->proto != PW_GUARD_RESERVE)
		port_set((uint64_t *)ports->bits, key->port);
	if (slot.dying) {
		slot.dying = 0;
		if (bpf_map_update_elem(g->map[PG_SLOTS], key, &slot, BPF_EXIST))
			return cannot("write a guard", -errno);
	}
	if (needed->nr && needed->v[needed->nr - 1] == slot.rule)
		return 0;
	id = VEC_ADD(needed);
	if (!id)
		return no_memory();
	*id = slot.rule;
	return 0;
}

static bool is_among(const numbers *list, uint32_t id)
{
	for (size_t i = 0; i < list->nr; i++)
		if (list->v[i] == id)
			return true;
	return false;
}

static int compare_numbers(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

static void keep_each_once(numbers *list)
{
	size_t kept = 0;

	VEC_SORT(list, compare_numbers);
	for (size_t i = 0; i < list->nr; i++)
		if (!kept || list->v[kept - 1] != list->v[i])
			list->v[kept++] = list->v[i];
	list->nr = kept;
}

int portguard_sweep(struct portguard *g)
{
	keys slots = {};
	numbers rules = {}, needed = {};
	struct pw_guard_ports ports = {};
	int err = all_keys(g->map[PG_SLOTS], &slots);

	for (size_t i = 0; !err && i < slots.nr; i++)
		err = sweep_slot(g, &slots.v[i], &needed, &ports);
	if (!err)
		err = write_ports(g, &ports);
	if (!err)
		err = all_rules(g, &rules);
	keep_each_once(&needed);
	for (size_t i = 0; !err && i < rules.nr; i++)
		if (!is_among(&needed, rules.v[i]))
			remove_rule(g, rules.v[i]);
	free(slots.v);
	free(rules.v);
	free(needed.v);
	return err;
}

static int read_whos(const struct portguard *g, struct portguard_rule *r)
{
	if (r->r.nr_whos > PW_GUARD_WHOS)
		return failed(-EIO, "a guard is damaged");
	r->whos = calloc(r->r.nr_whos + 1, sizeof(*r->whos));
	if (!r->whos)
		return no_memory();
	for (uint32_t i = 0; i < r->r.nr_whos; i++) {
		struct pw_guard_who_key key = { .rule = r->id, .index = i };

		if (bpf_map_lookup_elem(g->map[PG_WHOS], &key, &r->whos[i]))
			return cannot("read a guard", -errno);
	}
	return 0;
}

static int read_slot(const struct portguard *g, const struct pw_guard_key *key,
		     struct portguard_list *l)
{
	struct pw_guard_rule rule;
	struct portguard_rule *r;
	struct portguard_port *p;
	struct pw_guard_slot slot;
	int err = 0;

	if (bpf_map_lookup_elem(g->map[PG_SLOTS], key, &slot) ||
	    bpf_map_lookup_elem(g->map[PG_RULES], &slot.rule, &rule) || is_dead(g, &slot, &rule))
		return 0;
	r = portguard_list_find(l, slot.rule);
	if (!r) {
		r = portguard_list_add(l);
		if (!r)
			return no_memory();
		r->id = slot.rule;
		r->r = rule;
		r->reserve = key->proto == PW_GUARD_RESERVE;
		err = read_whos(g, r);
	}
	p = err ? NULL : portguard_rule_add(r);
	if (!p)
		return err ? err : no_memory();
	p->key = *key;
	p->slot = slot;
	bpf_map_lookup_elem_flags(g->map[PG_COUNTS], key, &p->count, BPF_F_LOCK);
	return 0;
}

bool portguard_any(const struct portguard *g, const uint64_t *ports)
{
	struct pw_guard_ports guarded;
	uint64_t common = 0;
	__u32 zero = 0;

	if (bpf_map_lookup_elem(g->map[PG_PORTS], &zero, &guarded))
		return false;
	for (size_t i = 0; i < PORTSPEC_WORDS; i++)
		common |= guarded.bits[i] & ports[i];
	return common;
}

int portguard_read(const struct portguard *g, struct portguard_list *ret)
{
	keys slots = {};
	int err = all_keys(g->map[PG_SLOTS], &slots);

	for (size_t i = 0; !err && i < slots.nr; i++)
		err = read_slot(g, &slots.v[i], ret);
	free(slots.v);
	if (!err)
		portguard_list_sort(ret);
	return err;
}

/* The next number. They are not given again as long as a rule with a higher one is there. */
static int next_number(const struct portguard *g, uint32_t *ret)
{
	numbers rules = {};
	int err = all_rules(g, &rules);

	*ret = 1;
	for (size_t i = 0; i < rules.nr; i++)
		if (rules.v[i] >= *ret)
			*ret = rules.v[i] + 1;
	free(rules.v);
	return err;
}

static int add_slot(struct portguard *g, struct portguard_rule *r, const struct pw_guard_key *key)
{
	struct pw_guard_slot slot = { .rule = r->id, .born = g->committed + 1 };
	struct pw_guard_count none = {};

	if (bpf_map_update_elem(g->map[PG_COUNTS], key, &none, BPF_ANY) ||
	    bpf_map_update_elem(g->map[PG_SLOTS], key, &slot, BPF_NOEXIST))
		return cannot("write a guard", -errno);
	return 0;
}

int portguard_add(struct portguard *g, struct portguard_rule *r)
{
	int err = next_number(g, &r->id);

	if (!err && bpf_map_update_elem(g->map[PG_RULES], &r->id, &r->r, BPF_NOEXIST))
		err = cannot("write a guard", -errno);
	for (uint32_t i = 0; !err && i < r->r.nr_whos; i++) {
		struct pw_guard_who_key key = { .rule = r->id, .index = i };

		if (bpf_map_update_elem(g->map[PG_WHOS], &key, &r->whos[i], BPF_ANY))
			err = cannot("write a guard", -errno);
	}
	if (!err)
		err = set_ports(g, r);
	for (size_t i = 0; !err && i < r->nr_ports; i++)
		err = add_slot(g, r, &r->ports[i].key);
	return err;
}

int portguard_mark(struct portguard *g, const struct pw_guard_key *list, size_t nr)
{
	for (size_t i = 0; i < nr; i++) {
		struct pw_guard_slot slot;

		if (bpf_map_lookup_elem(g->map[PG_SLOTS], &list[i], &slot))
			return cannot("read a guard", -errno);
		slot.dying = g->committed + 1;
		if (bpf_map_update_elem(g->map[PG_SLOTS], &list[i], &slot, BPF_EXIST))
			return cannot("write a guard", -errno);
	}
	return 0;
}

int portguard_commit(struct portguard *g)
{
	struct pw_guard_meta meta;
	__u32 zero = 0;

	if (bpf_map_lookup_elem(g->map[PG_META], &zero, &meta))
		return cannot("read the guards", -errno);
	meta.committed = g->committed + 1;
	if (bpf_map_update_elem(g->map[PG_META], &zero, &meta, BPF_ANY))
		return cannot("write the guards", -errno);
	g->committed++;
	return 0;
}

int portguard_set_end(struct portguard *g, uint32_t id, uint64_t until_ns)
{
	struct pw_guard_rule rule;

	if (bpf_map_lookup_elem(g->map[PG_RULES], &id, &rule))
		return cannot("read a guard", -errno);
	rule.until_ns = until_ns;
	if (bpf_map_update_elem(g->map[PG_RULES], &id, &rule, BPF_EXIST))
		return cannot("write a guard", -errno);
	return 0;
}

int portguard_kept(const struct portguard *g, uint64_t netns, uint64_t *ret_map)
{
	keys kept = {};
	int err = all_keys(g->map[PG_KEPT], &kept);

	memset(ret_map, 0, PORTSPEC_WORDS * sizeof(*ret_map));
	for (size_t i = 0; i < kept.nr; i++)
		if (kept.v[i].netns == netns)
			port_set(ret_map, kept.v[i].port);
	free(kept.v);
	return err;
}

int portguard_keep(const struct portguard *g, uint64_t netns, uint16_t port, bool keep)
{
	struct pw_guard_key key = { .netns = netns, .port = port };
	uint8_t one = 1;

	if (keep && bpf_map_update_elem(g->map[PG_KEPT], &key, &one, BPF_ANY))
		return cannot("write a guard", -errno);
	if (!keep && bpf_map_delete_elem(g->map[PG_KEPT], &key) && errno != ENOENT)
		return cannot("write a guard", -errno);
	return 0;
}

int portguard_forget_kept(const struct portguard *g, size_t *ret_nr)
{
	keys kept = {};
	int err = all_keys(g->map[PG_KEPT], &kept);

	for (size_t i = 0; !err && i < kept.nr; i++)
		err = portguard_keep(g, kept.v[i].netns, kept.v[i].port, false);
	if (!err)
		*ret_nr = kept.nr;
	free(kept.v);
	return err;
}
