// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/explain_rest.h"

#include "unit.h"

#define HOME 4026531840u

/* Up to three listeners of port 8000; an address NULL ends the list. */
struct row {
	const char *addr[3];
	const char *device[3];
	bool v6only, is_specific, free_v4, abroad;
	uint8_t family; /* as -4 or -6 */
	const char *says;
};

/* The facts that a function finds, joined by lines. Of sockets in another namespace none speaks. */
static void facts_of(void (*tell)(struct writer *), const struct row *r, struct strbuf *ret)
{
	_cleanup_(answer_done) struct answer a = {};
	const struct socket *all[ARRAY_SIZE(r->addr)];
	struct verdict v = { .port = 8000, .proto = PW_TCP, .wildcard = !r->is_specific };
	struct evidence e = { .all = all, .free_v4 = r->free_v4 };
	struct verdict_facts facts = { .netns = HOME, .family = r->family };
	struct writer w = { .v = &v, .e = &e, .a = &a, .facts = &facts };

	for (; e.nr < ARRAY_SIZE(r->addr) && r->addr[e.nr]; e.nr++) {
		struct pw_sock s = sock(PW_LISTEN, r->addr[e.nr], 8000, NULL, 0);
		struct socket *new;

		s.netns = HOME + r->abroad;
		s.flags = r->v6only ? PW_F_V6ONLY : 0;
		s.ifindex = r->device[e.nr] ? r->device[e.nr][strlen(r->device[e.nr]) - 1] : 0;
		new = add_socket(&a, &s);
		if (r->device[e.nr])
			snprintf(new->device, sizeof(new->device), "%s", r->device[e.nr]);
	}
	for (size_t i = 0; i < e.nr; i++)
		all[i] = &a.sockets[i];
	e.nr_of_port = e.nr;
	tell(&w);
	assert_int_equal(w.err, 0);
	for (size_t i = 0; i < v.nr_facts; i++)
		strbuf_addf(ret, "%s%s", i ? "\n" : "", v.facts[i].text);
	verdict_done(&v);
	strbuf_done(&w.text);
}

static void check(void (*tell)(struct writer *), const struct row *rows, size_t nr)
{
	for (size_t i = 0; i < nr; i++) {
		_cleanup_(strbuf_done) struct strbuf said = {};

		facts_of(tell, &rows[i], &said);
		if (strcmp(strbuf_str(&said), rows[i].says))
			fail_msg("row %zu: \"%s\" instead of \"%s\"", i, strbuf_str(&said),
				 rows[i].says);
	}
}

static void test_dual(void **state)
{
	static const struct row rows[] = {
		{ { "::" }, .says = "dual-stack: [::] also covers IPv4" },
		{ { "::", "::" }, .says = "dual-stack: [::] also covers IPv4" },
		{ { "::" }, .v6only = true, .says = "" },
		{ { "::1" }, .says = "" },
		{ { "0.0.0.0" }, .says = "" },
		{ { "::" }, .abroad = true, .says = "" },
	};

	(void)state;
	check(tell_dual, rows, ARRAY_SIZE(rows));
}

static void test_what_is_free(void **state)
{
	static const struct row rows[] = {
		{ { "127.0.0.1" }, .says = "only 127.0.0.1 is in use; other addresses are free" },
		{ { "::1", "::1" }, .says = "only ::1 is in use; other addresses are free" },
		{ { "127.0.0.1", "127.0.0.2" }, .says = "" },
		{ { "127.0.0.1", "::1" }, .says = "" },
		{ { "127.0.0.1", "0.0.0.0" }, .says = "" },
		/* Another address was not asked for. */
		{ { "127.0.0.1" }, .is_specific = true, .says = "" },
		{ { "::" },
		  .v6only = true,
		  .free_v4 = true,
		  .says = "only IPv6 is in use; 0.0.0.0 and every IPv4 address are free" },
		{ { "0.0.0.0" },
		  { "eth1" },
		  .says = "only device eth1 is in use: a socket that is bound to another can have it too" },
		{ { "0.0.0.0", "0.0.0.0" }, { "eth1", "eth2" }, .says = "" },
		{ { "0.0.0.0", "0.0.0.0" }, { "eth1" }, .says = "" },
		/* -4 and -6: what is in the way is of the family that is not shown. */
		{ { "::" },
		  .family = PW_INET,
		  .says = "only IPv6 has it, at [::]:8000, which also covers IPv4" },
		{ { "127.0.0.1" },
		  .family = PW_INET6,
		  .says = "only IPv4 has it, at 127.0.0.1:8000; a server that sets IPV6_V6ONLY can bind [::]:8000" },
		{ { "127.0.0.1", "::" }, .family = PW_INET6, .says = "" },
		{ { "127.0.0.1" }, .abroad = true, .says = "" },
	};

	(void)state;
	check(tell_what_is_free, rows, ARRAY_SIZE(rows));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_dual),
		cmocka_unit_test(test_what_is_free),
	};

	return cmocka_run_group_tests_name("explain_rest", tests, NULL, NULL);
}
