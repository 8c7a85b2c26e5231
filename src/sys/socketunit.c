// SPDX-License-Identifier: GPL-2.0-or-later
#include "sys/socketunit.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/num.h"
#include "portwatch.h"

#define SUFFIX ".socket"
#define MAX_UNIT 65536 /* bytes looked at */

const char *const socketunit_dirs[] = {
	"/etc/systemd/system",	   "/run/systemd/system", "/run/systemd/generator",
	"/usr/lib/systemd/system", "/lib/systemd/system", NULL,
};

/* "8000", "0.0.0.0:8000", "[::]:8000" */
static bool value_is_port(const char *value, size_t len, uint16_t port)
{
	uint64_t n;

	for (size_t i = len; i-- > 0;)
		if (value[i] == ':') {
			value += i + 1;
			len -= i + 1;
			break;
		}
	return !num_parse_span(value, len, 1, 65535, &n) && n == port;
}

static bool line_listens(const char *line, size_t len, uint8_t proto, uint16_t port)
{
	const char *key = proto == PW_UDP ? "ListenDatagram" : "ListenStream", *value;

	while (len && strchr(" \t\r", line[len - 1]))
		len--;
	if (len <= strlen(key) || strncmp(line, key, strlen(key)) != 0)
		return false;
	value = line + strlen(key);
	while (value < line + len && (*value == ' ' || *value == '\t'))
		value++;
	if (value == line + len || *value++ != '=')
		return false;
	while (value < line + len && (*value == ' ' || *value == '\t'))
		value++;
	return value_is_port(value, (size_t)(line + len - value), port);
}

static bool file_listens(int dir, const char *name, uint8_t proto, uint16_t port)
{
	/* O_NONBLOCK: a FIFO in its place must not make us wait. */
	_cleanup_close_ int fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	_cleanup_free_ char *text = NULL;
	const char *line, *end;
	struct stat st;
	ssize_t n;

	if (fd < 0 || fstat(fd, &st) || !S_ISREG(st.st_mode))
		return false;
	text = malloc(MAX_UNIT + 1);
	n = text ? read(fd, text, MAX_UNIT) : -1;
	if (n <= 0)
		return false;
	text[n] = '\0';
	for (line = text; *line; line = *end ? end + 1 : end) {
		end = line + strcspn(line, "\n");
		if (line_listens(line, (size_t)(end - line), proto, port))
			return true;
	}
	return false;
}

static bool is_socket_unit(const char *name)
{
	size_t len = strlen(name);

	return len > strlen(SUFFIX) && !strcmp(name + len - strlen(SUFFIX), SUFFIX);
}

const char *socketunit_find(const char *const *dirs, uint8_t proto, uint16_t port)
{
	static char found[256];

	found[0] = '\0';
	for (; *dirs && !found[0]; dirs++) {
		DIR *dir = opendir(*dirs);
		struct dirent *de;

		while (dir && !found[0] && (de = readdir(dir)))
			if (is_socket_unit(de->d_name) &&
			    file_listens(dirfd(dir), de->d_name, proto, port))
				snprintf(found, sizeof(found), "%s", de->d_name);
		if (dir)
			closedir(dir);
	}
	return found[0] ? found : NULL;
}
