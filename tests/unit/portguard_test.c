// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/portguard.h"

#include "unit.h"

static struct pw_guard_who unit_of(const char *name)
{
	_cleanup_(strbuf_done) struct strbuf why = {};
	struct pw_guard_who w;

	assert_int_equal(portguard_unit(name, &w, &why), 0);
	return w;
}

static struct pw_guard_who cgroup_of(const char *path)
{
	_cleanup_(strbuf_done) struct strbuf why = {};
	struct pw_guard_who w;

	assert_int_equal(portguard_cgroup(path, path, &w, &why), 0);
	return w;
}

static bool allows(struct pw_guard_who w, const char *cgroup)
{
	return portguard_allows(&w, &(struct portguard_caller){ .cgroup = cgroup });
}

static void test_unit(void **state)
{
	struct pw_guard_who nginx = unit_of("nginx");

	(void)state;
	assert_string_equal(nginx.text, "nginx.service");
	assert_string_equal(unit_of("a.socket").part[0], "a.socket");
	assert_true(allows(nginx, "/system.slice/nginx.service"));
	assert_true(allows(nginx, "/system.slice/system-x.slice/nginx.service/worker"));
	assert_true(allows(nginx, "/nginx.service"));
	assert_false(allows(nginx, "/system.slice/nginx.service2"));
	assert_false(allows(nginx, "/system.slice/xnginx.service"));
	assert_false(allows(nginx, "/user.slice/user@1000.service/nginx.service"));
	assert_false(allows(nginx, "/.slice/nginx.service"));
	assert_false(allows(nginx, "/system.slice"));
	assert_false(allows(nginx, "/"));
	assert_false(allows(nginx, NULL));
}

static void refused(int (*parse)(const char *, struct pw_guard_who *, struct strbuf *),
		    const char *value)
{
	_cleanup_(strbuf_done) struct strbuf why = {};
	struct pw_guard_who w = { .kind = 77 };

	assert_int_equal(parse(value, &w, &why), -EINVAL);
	assert_int_equal(w.kind, 77);
	assert_true(strbuf_len(&why) > 10);
}

static int cgroup(const char *path, struct pw_guard_who *ret, struct strbuf *why)
{
	return portguard_cgroup(path, path, ret, why);
}

static void test_refused(void **state)
{
	char longest[PW_GUARD_TEXT + 10], deep[80] = "";

	(void)state;
	memset(longest, 'a', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	refused(portguard_unit, "");
	refused(portguard_unit, "a/b");
	refused(portguard_unit, "system.slice");
	refused(portguard_unit, longest);
	refused(portguard_exe, longest);
	refused(cgroup, "/");
	refused(cgroup, "");
	refused(cgroup, longest);
	for (int i = 0; i <= PW_GUARD_PARTS; i++)
		strcat(deep, "/a");
	refused(cgroup, deep);
	deep[2 * PW_GUARD_PARTS] = '\0';
	assert_int_equal(cgroup_of(deep).depth, PW_GUARD_PARTS);
	/* With a byte more it could be the beginning of a longer name. */
	longest[126] = '\0';
	assert_int_equal(cgroup_of(longest).depth, 1);
	longest[126] = 'a';
	longest[127] = '\0';
	refused(cgroup, longest);
}

static void test_cgroup(void **state)
{
	struct pw_guard_who w = cgroup_of("/a/b/");

	(void)state;
	assert_int_equal(w.depth, 2);
	assert_true(allows(w, "/a/b"));
	assert_true(allows(w, "/a/b/c"));
	assert_false(allows(w, "/a"));
	assert_false(allows(w, "/a/bb"));
	assert_false(allows(w, "/x/a/b"));
}

static void test_others(void **state)
{
	struct pw_guard_who user, exe = { .kind = PW_GUARD_EXE, .text = "/usr/sbin/nginx" };
	struct portguard_caller c = { .uid = 33, .exe = "/usr/sbin/nginx" };

	(void)state;
	portguard_user(33, "www-data", &user);
	assert_true(portguard_allows(&user, &c));
	assert_true(portguard_allows(&exe, &c));
	c = (struct portguard_caller){ .uid = 34, .exe = "/usr/sbin/nginx2" };
	assert_false(portguard_allows(&user, &c));
	assert_false(portguard_allows(&exe, &c));
}

static void test_same(void **state)
{
	struct pw_guard_who a[2] = { unit_of("a"), cgroup_of("/b") };
	struct pw_guard_who b[2] = { cgroup_of("/b"), unit_of("a") };

	(void)state;
	assert_true(portguard_same(a, 2, b, 2));
	assert_false(portguard_same(a, 2, b, 1));
	assert_false(portguard_same(a, 1, b, 2));
	b[1].seen = 7; /* the kernel's to remember */
	assert_true(portguard_same(a, 2, b, 2));
	b[1].kind = PW_GUARD_CGROUP;
	assert_false(portguard_same(a, 2, b, 2));
}

static void add(struct portguard_rule *r, uint8_t proto, uint16_t port, uint64_t last_ns)
{
	struct portguard_port *p = portguard_rule_add(r);

	assert_non_null(p);
	p->key.proto = proto;
	p->key.port = port;
	p->count.last_ns = last_ns;
	p->count.refused = last_ns;
}

static void test_words(void **state)
{
	_cleanup_(strbuf_done) struct strbuf text = {};
	_cleanup_(portguard_list_done) struct portguard_list l = {};
	struct portguard_rule *r = portguard_list_add(&l);
	const struct portguard_port *last;

	(void)state;
	assert_non_null(r);
	r->id = 2;
	add(r, PW_UDP, 53, 0);
	add(r, PW_TCP, 8001, 5);
	add(r, PW_TCP, 53, 0);
	add(r, PW_TCP, 8000, 9);
	add(r, PW_TCP, 8003, 0);
	portguard_list_sort(&l);
	portguard_ports(r, &text);
	assert_string_equal(strbuf_str(&text), "53/tcp, 8000-8001/tcp, 8003/tcp, 53/udp");
	assert_int_equal(portguard_refused(r, &last), 14);
	assert_int_equal(last->key.port, 8000);
	assert_ptr_equal(portguard_list_find(&l, 2), r);
	assert_null(portguard_list_find(&l, 3));
	r->whos = calloc(2, sizeof(*r->whos));
	r->r.nr_whos = 2;
	r->whos[0] = unit_of("a");
	portguard_user(1, "bin", &r->whos[1]);
	strbuf_reset(&text);
	portguard_describe(r, &text);
	assert_string_equal(strbuf_str(&text), "a.service, user bin");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_unit),   cmocka_unit_test(test_refused),
		cmocka_unit_test(test_cgroup), cmocka_unit_test(test_others),
		cmocka_unit_test(test_same),   cmocka_unit_test(test_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
