// SPDX-License-Identifier: GPL-2.0-or-later
#include "print/json_parts.h"

#include "base/addr.h"
#include "model/unknown.h"

void json_parts_time(struct json *j, const char *key, struct when *w, uint64_t boot_ns)
{
	char buf[WHEN_RFC3339_LEN];

	if (boot_ns)
		json_strn(j, key, buf, when_rfc3339(w, boot_ns, buf));
}

void json_parts_address(struct json *j, const char *key, uint8_t family, const struct pw_addr *a,
			uint16_t port)
{
	char buf[ADDR_LEN];

	json_object(j, key);
	json_strn(j, "addr", buf, addr_format(family, a, buf));
	if (port)
		json_u64(j, "port", port);
	json_end(j);
}

void json_parts_netns(struct json *j, out_netns_name name_of, uint32_t inode)
{
	if (!inode)
		return;
	json_u64(j, "netns", inode);
	json_str(j, "netns_name", name_of ? name_of(inode) : NULL);
}

void json_parts_actor(struct json *j, const struct pw_actor *actor)
{
	if (actor->tgid)
		json_u64(j, "pid", actor->tgid);
	/* Some sources tell the number alone. Whoever knows the start has read the name with it. */
	if (actor->comm[0] || actor->start_ns)
		json_comm(j, "comm", actor->comm);
}

void json_parts_condition(struct json *j, const struct condition *c)
{
	if (!c->is)
		return;
	json_array(j, "conditions");
	for (unsigned int i = 0; i < COND_NR; i++)
		if (c->is >> i & 1)
			json_str(j, NULL, names_condition(i));
	json_end(j);
}

static void add_crowd(struct json *j, const char *key, const struct crowd *c)
{
	json_array(j, key);
	for (size_t i = 0; i < crowd_kept(c); i++) {
		json_object(j, NULL);
		json_u64(j, "pid", c->v[i].pid);
		json_comm(j, "comm", c->v[i].comm);
		json_end(j);
	}
	json_end(j);
}

void json_parts_reach(struct json *j, const struct reach *r)
{
	static const char *const addresses[] = { "127.0.0.1", "::1" };

	if (r->shared.nr) {
		add_crowd(j, "shared_by", &r->shared);
		json_u64(j, "shared_by_total", r->shared.nr);
	}
	if (!r->tells_local)
		return;
	json_object(j, "localhost");
	for (size_t i = 0; i < 2; i++)
		add_crowd(j, addresses[i], &r->local[i]);
	json_end(j);
}

void json_parts_unknown(struct json *j, unsigned int unknown)
{
	if (!unknown)
		return;
	json_array(j, "unknown");
	for (unsigned int bit = 1; bit < UNKNOWN_MAX; bit <<= 1)
		if (unknown & bit)
			json_str(j, NULL, unknown_name(bit));
	json_end(j);
}
