// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "sys/cgroup_path.h"

#define ID "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define ID2 "fedcba9876543210fedcba9876543210fedcba9876543210fedcba9876543210"

static void assert_span(bool found, struct span s, const char *want)
{
	char got[512];

	if (!want) {
		assert_false(found);
		return;
	}
	assert_true(found);
	assert_true(s.len < sizeof(got));
	memcpy(got, s.s, s.len);
	got[s.len] = '\0';
	assert_string_equal(got, want);
}

/* A copy that ends where the text does, so that sanitizers see a read past it. */
static char *exact(const char *s)
{
	char *copy = malloc(strlen(s) + !*s);

	assert_non_null(copy);
	memcpy(copy, s, strlen(s));
	return copy;
}

static void test_container(void **state)
{
	static const struct {
		const char *path, *id;
	} cases[] = {
		{ "/docker/" ID, ID },
		{ "/system.slice/docker-" ID ".scope", ID },
		{ "/system.slice/docker-" ID ".scope/system.slice/nginx.service", ID },
		{ "/user.slice/user-1000.slice/user@1000.service/user.slice/docker-" ID ".scope",
		  ID },
		{ "/docker/" ID "/docker/" ID2, ID2 },
		{ "/machine.slice/libpod-" ID ".scope", ID },
		{ "/machine.slice/libpod-" ID ".scope/container", ID },
		{ "/libpod_parent/libpod-" ID, ID },
		{ "/system.slice/app.service/libpod-payload-" ID, ID },
		{ "/kubepods.slice/kubepods-pod1.slice/cri-containerd-" ID ".scope", ID },
		{ "/kubepods/burstable/pod2a7d/" ID, ID },
		{ "/system.slice/containerd.service/kubepods-pod1.slice:cri-containerd:" ID, ID },
		{ "/system.slice/nerdctl-" ID ".scope", ID },
		{ "/kubepods.slice/crio-" ID ".scope", ID },
		{ "/kubepods.slice/crio-" ID ".scope/container/", ID },
		{ "/../../docker/" ID, ID },
		/* The monitor stands outside. */
		{ "/machine.slice/libpod-conmon-" ID ".scope", NULL },
		{ "/kubepods.slice/crio-conmon-" ID ".scope", NULL },
		/* Nearly. */
		{ "/docker/" ID "0", NULL },
		{ "/docker/0123456789ABCDEF0123456789abcdef0123456789abcdef0123456789abcdef",
		  NULL },
		{ "/docker/123456789abcdef", NULL },
		{ "/evil-" ID ".scope", NULL },
		{ "/system.slice/nginx.service", NULL },
		{ "/", NULL },
		{ "", NULL },
		{ "////", NULL },
		{ ".scope", NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_free_ char *path = exact(cases[i].path);
		struct span s = {};
		bool found = cgroup_path_container(path, strlen(cases[i].path), &s);

		assert_span(found, s, cases[i].id);
	}
}

static void test_unit(void **state)
{
	static const struct {
		const char *path, *unit;
	} cases[] = {
		{ "/system.slice/nginx.service", "nginx.service" },
		{ "/system.slice/system-getty.slice/getty@tty1.service", "getty@tty1.service" },
		{ "/system.slice/sshd.socket", "sshd.socket" },
		{ "/user.slice/user-1000.slice/session-3.scope", "session-3.scope" },
		{ "/user.slice/user-1000.slice/user@1000.service/app.slice/foo.service",
		  "foo.service" },
		{ "/user.slice/user-1000.slice/user@1000.service/app.slice", "user@1000.service" },
		{ "/system.slice/foo.service/worker", "foo.service" },
		{ "/init.scope", "init.scope" },
		{ "/system.slice/_cgroup.odd.service", "cgroup.odd.service" },
		{ "/system.slice/app-a\\x2db@1.service", "app-a\\x2db@1.service" },
		{ "/user.slice/user@1000.service/x;reboot;.service", "user@1000.service" },
		{ "/user.slice/user@1000.service/$(id).scope", "user@1000.service" },
		{ "/\x1b[2J.service", NULL },
		{ "/system.slice", NULL },
		{ "/.service", NULL },
		{ "/_.service", NULL },
		{ "/service", NULL },
		{ "/_", NULL },
		{ "/", NULL },
		{ "", NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_free_ char *path = exact(cases[i].path);
		struct span s = {};
		bool found = cgroup_path_unit(path, strlen(cases[i].path), &s);

		assert_span(found, s, cases[i].unit);
	}
}

static void test_parse(void **state)
{
	static const struct {
		const char *text, *path;
	} cases[] = {
		{ "0::/system.slice/a.service\n", "/system.slice/a.service" },
		{ "0::/a", "/a" },
		{ "12:cpu,cpuacct:/x\n1:name=systemd:/system.slice/b.service\n0::/y\n", "/y" },
		{ "12:cpu,cpuacct:/x\n1:name=systemd:/system.slice/b.service\n",
		  "/system.slice/b.service" },
		/* cgroup v1 with the unified hierarchy mounted, but unused */
		{ "1:name=systemd:/system.slice/b.service\n0::/\n", "/system.slice/b.service" },
		{ "0::/with:colons:in it\n", "/with:colons:in it" },
		{ "0::/\n", "/" },
		{ "10:memory:/only\n", NULL },
		{ "0::\n", NULL },
		{ "0:\n::\n\n:", NULL },
		{ "", NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_free_ char *text = exact(cases[i].text);
		struct span s = {};
		bool found = cgroup_path_parse(text, strlen(cases[i].text), &s);

		assert_span(found, s, cases[i].path);
	}
}

/* A result lies inside of the path given, whatever its bytes. */
static void test_noise(void **state)
{
	static const char alphabet[] = "/:.-_0a\nscopervice";
	unsigned int seed = 1;

	(void)state;
	for (int round = 0; round < 20000; round++) {
		size_t len = rand_r(&seed) % 80;
		_cleanup_free_ char *text = malloc(len + !len);
		struct span s;

		assert_non_null(text);
		for (size_t i = 0; i < len; i++)
			text[i] = alphabet[rand_r(&seed) % (sizeof(alphabet) - 1)];
		if (cgroup_path_parse(text, len, &s))
			assert_true(s.s >= text && s.len && s.s + s.len <= text + len);
		if (cgroup_path_unit(text, len, &s))
			assert_true(s.s >= text && s.len && s.s + s.len <= text + len);
		cgroup_path_container(text, len, &s);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_container),
		cmocka_unit_test(test_unit),
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_noise),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
