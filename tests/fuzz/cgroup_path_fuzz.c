// SPDX-License-Identifier: GPL-2.0-or-later
/* The text of /proc/PID/cgroup, and paths of cgroups, which a container's root may choose. */
#include "fuzz.h"

#include "sys/cgroup_path.h"

static bool within(struct span inner, const char *s, size_t len)
{
	return inner.len && inner.s >= s && inner.s + inner.len <= s + len;
}

static bool ends(struct span s, const char *with)
{
	size_t len = strlen(with);

	return s.len > len && !memcmp(s.s + s.len - len, with, len);
}

static void check_path(const char *path, size_t len)
{
	struct span found;

	if (cgroup_path_unit(path, len, &found)) {
		FUZZ_CHECK(within(found, path, len) && !memchr(found.s, '/', found.len));
		FUZZ_CHECK(ends(found, ".service") || ends(found, ".scope") ||
			   ends(found, ".socket"));
	}
	if (cgroup_path_container(path, len, &found)) {
		FUZZ_CHECK(within(found, path, len) && found.len == 64);
		for (size_t i = 0; i < found.len; i++)
			FUZZ_CHECK(memchr("0123456789abcdef", found.s[i], 16));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_exact(data, size);
	struct span path;

	check_path(text, size);
	if (cgroup_path_parse(text, size, &path)) {
		FUZZ_CHECK(within(path, text, size) && !memchr(path.s, '\n', path.len));
		check_path(path.s, path.len);
	}
	free(text);
	return 0;
}
