/* SPDX-License-Identifier: GPL-2.0-or-later */
/* filter_system: a system for filters to look names up in, and their command line. */
#ifndef UNIT_FILTER_SYSTEM_H
#define UNIT_FILTER_SYSTEM_H

#include "model/filter.h"
#include "model/filter_opts.h"
#include "unit.h"

unit_fn int look_up_service(void *arg, const char *name, uint8_t proto, uint16_t *ret)
{
	assert_string_equal(arg, "system");
	if (strcmp(name, "http") != 0 || proto != PW_TCP)
		return -ENOENT;
	*ret = 80;
	return 0;
}

unit_fn int look_up_user(void *arg, const char *name, uint32_t *ret)
{
	assert_string_equal(arg, "system");
	if (strcmp(name, "trac") != 0)
		return -ENOENT;
	*ret = 1000;
	return 0;
}

unit_fn int look_up_netns(void *arg, const char *text, uint32_t *ret)
{
	assert_string_equal(arg, "system");
	assert_string_not_equal(text, "all");
	if (strcmp(text, "self") == 0)
		*ret = 4026531840;
	else if (strcmp(text, "blue") == 0)
		*ret = 4026532200;
	else
		return -ENOENT;
	return 0;
}

unit_fn int look_up_cgroup(void *arg, const char *text, char **ret_path, uint64_t *ret_id)
{
	assert_string_equal(arg, "system");
	if (text[0] != '/')
		return -ENOENT;
	*ret_path = strdup(text);
	*ret_id = strcmp(text, "/gone") == 0 ? 99 : 0;
	return 0;
}

unit_fn const char *path_of(void *arg, uint64_t id)
{
	assert_string_equal(arg, "system");
	return id == 1 ? "/system.slice/nginx.service" : id == 2 ? "/system.slice2" : NULL;
}

unit_fn const char *unit_of(void *arg, uint64_t id)
{
	assert_string_equal(arg, "system");
	return id == 1 ? "nginx.service" : id == 3 ? "nginx.socket" : NULL;
}

unit_fn const char *container_of(void *arg, uint64_t id)
{
	assert_string_equal(arg, "system");
	return id == 1 ? "c0ffee00000000000000000000000000000000000000000000000000000000ab" : NULL;
}

unit_fn const char *device_of(void *arg, uint32_t netns, uint32_t ifindex)
{
	assert_string_equal(arg, "system");
	return netns == 99 ? NULL : ifindex == 1 ? "lo" : "d0";
}

static const struct filter_lookup all_lookups = {
	(void *)"system", look_up_service, look_up_user, look_up_netns, look_up_cgroup,
	path_of,	  unit_of,	   container_of, device_of,
};

/* Parses "--port 80 --pid 5" with the real option table. */
unit_fn int parse(struct filter *f, const char *line, struct strbuf *why)
{
	struct opt_set set = { "Filters", filter_opts, f };
	struct opt_parser parser = { .sets = &set, .nr_sets = 1 };
	struct opt_operands operands;
	char copy[512], *argv[32];
	int argc = 0;

	*f = (struct filter){ .lookup = all_lookups };
	snprintf(copy, sizeof(copy), "%s", line);
	argv[argc++] = (char *)"stream";
	for (char *word = strtok(copy, " "); word; word = strtok(NULL, " "))
		argv[argc++] = word;
	argv[argc] = NULL;
	return opt_parse(&parser, argc, argv, &operands, why);
}

#endif
