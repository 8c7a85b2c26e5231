// SPDX-License-Identifier: GPL-2.0-or-later
#include "sys/cgroup_path.h"

#include <string.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

#define CONTAINER_ID_LEN 64 /* a SHA-256 in hexadecimal, for all four runtimes */

/*
 * Prefixes of the id in a component. The empty one is the cgroupfs driver
 * (/docker/ID, /kubepods/burstable/podUID/ID, /libpod_parent/…). Not listed on
 * purpose: libpod-conmon- and crio-conmon-, the monitor outside of the container.
 */
static const char *const container_prefix[] = {
	"",	    "docker-", "libpod-", "libpod-payload-", "cri-containerd-", "containerd-",
	"nerdctl-", "crio-",
};

static const char *const unit_suffix[] = { ".service", ".scope", ".socket" };

/* systemd's VALID_CHARS and UNIT_NAME_MAX (src/basic/unit-name.c). Whoever may make cgroups may
 * call one what he likes; what is no unit's name must not get into an advice to stop that unit. */
static bool is_unit_name(struct span a)
{
	static const char valid[] = "0123456789abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ:-_.\\@";

	for (size_t i = 0; i < a.len; i++)
		if (!memchr(valid, a.s[i], sizeof(valid) - 1))
			return false;
	return a.len < 256;
}

static bool span_is(struct span a, const char *s)
{
	return a.len == strlen(s) && !memcmp(a.s, s, a.len);
}

static bool span_ends(struct span a, const char *s)
{
	size_t len = strlen(s);

	return a.len > len && !memcmp(a.s + a.len - len, s, len);
}

/* Cuts the last component off the path; false when there is none left. */
static bool pop_component(struct span *path, struct span *ret)
{
	size_t end = path->len, start;

	while (end && path->s[end - 1] == '/')
		end--;
	if (!end)
		return false;
	for (start = end; start && path->s[start - 1] != '/'; start--)
		;
	*ret = (struct span){ path->s + start, end - start };
	path->len = start;
	return true;
}

/* Cuts the next line off the text, without its newline. */
static bool pop_line(struct span *text, struct span *ret)
{
	const char *nl;

	if (!text->len)
		return false;
	nl = memchr(text->s, '\n', text->len);
	ret->s = text->s;
	ret->len = nl ? (size_t)(nl - text->s) : text->len;
	text->s += ret->len + !!nl;
	text->len -= ret->len + !!nl;
	return true;
}

/* A line is ID:CONTROLLERS:PATH; the path may hold colons itself. */
static bool split_line(struct span line, struct span *ret_controllers, struct span *ret_path)
{
	const char *end = line.s + line.len;
	const char *a = memchr(line.s, ':', line.len), *b;

	if (!a)
		return false;
	b = memchr(a + 1, ':', end - a - 1);
	if (!b || b + 1 == end)
		return false;
	*ret_controllers = (struct span){ a + 1, b - a - 1 };
	*ret_path = (struct span){ b + 1, end - b - 1 };
	return true;
}

/* "cpu,cpuacct" has "cpu". The unified hierarchy has the number 0 and no controllers. */
static bool has_controller(struct span line, struct span controllers, const char *wanted)
{
	struct span one = controllers;

	if (!*wanted)
		return !controllers.len && line.s[0] == '0';
	for (size_t i = 0; i <= controllers.len; i++) {
		if (i < controllers.len && controllers.s[i] != ',')
			continue;
		one.len = (size_t)(controllers.s + i - one.s);
		if (span_is(one, wanted))
			return true;
		one.s = controllers.s + i + 1;
	}
	return false;
}

bool cgroup_path_controller(const char *text, size_t len, const char *controller, struct span *ret)
{
	struct span rest = { text, len }, line, controllers, path;

	while (pop_line(&rest, &line))
		if (split_line(line, &controllers, &path) &&
		    has_controller(line, controllers, controller)) {
			*ret = path;
			return true;
		}
	return false;
}

bool cgroup_path_parse(const char *text, size_t len, struct span *ret)
{
	struct span unified = { 0 }, systemd = { 0 };

	cgroup_path_controller(text, len, "", &unified);
	cgroup_path_controller(text, len, "name=systemd", &systemd);
	/* On cgroup v1 there is a unified line, too, if only with the root. */
	if (systemd.len && (!unified.len || span_is(unified, "/")))
		unified = systemd;
	if (!unified.len)
		return false;
	*ret = unified;
	return true;
}

bool cgroup_path_unit(const char *path, size_t len, struct span *ret)
{
	struct span rest = { path, len }, part;

	while (pop_component(&rest, &part)) {
		/* systemd puts "_" before a name that the kernel might mistake for a file of
		 * its own (cg_escape()), so that it is not part of the unit's name. */
		if (part.s[0] == '_') {
			part.s++;
			part.len--;
		}
		for (size_t i = 0; i < ARRAY_SIZE(unit_suffix); i++) {
			if (span_ends(part, unit_suffix[i]) && is_unit_name(part)) {
				*ret = part;
				return true;
			}
		}
	}
	return false;
}

static bool is_hex(struct span a)
{
	for (size_t i = 0; i < a.len; i++)
		if (!memchr("0123456789abcdef", a.s[i], 16))
			return false;
	return true;
}

static bool known_prefix(struct span prefix)
{
	/* containerd given the wrong driver: kubepods-burstable-podUID.slice:cri-containerd:ID */
	if (span_ends(prefix, ":cri-containerd:"))
		return true;
	for (size_t i = 0; i < ARRAY_SIZE(container_prefix); i++)
		if (span_is(prefix, container_prefix[i]))
			return true;
	return false;
}

bool cgroup_path_container(const char *path, size_t len, struct span *ret)
{
	struct span rest = { path, len }, part, prefix, id;

	while (pop_component(&rest, &part)) {
		if (span_ends(part, ".scope"))
			part.len -= strlen(".scope");
		if (part.len < CONTAINER_ID_LEN)
			continue;
		prefix = (struct span){ part.s, part.len - CONTAINER_ID_LEN };
		id = (struct span){ part.s + prefix.len, CONTAINER_ID_LEN };
		if (known_prefix(prefix) && is_hex(id)) {
			*ret = id;
			return true;
		}
	}
	return false;
}
