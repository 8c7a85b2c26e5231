// SPDX-License-Identifier: GPL-2.0-or-later
#include "sys/unitrestart.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"

#define MAX_UNIT 65536 /* bytes looked at */

/* The last Restart= of a text that has one counts. */
static void parse(char *text, char *value, size_t size)
{
	char *line, *rest = text;

	while ((line = strsep(&rest, "\n"))) {
		line += strspn(line, " \t");
		if (strncmp(line, "Restart", 7) != 0)
			continue;
		line += 7 + strspn(line + 7, " \t");
		if (*line++ != '=')
			continue;
		line += strspn(line, " \t");
		line[strcspn(line, " \t\r")] = '\0';
		snprintf(value, size, "%s", line);
	}
}

static int read_unit(const char *path, char *value, size_t size)
{
	/* O_NONBLOCK: a FIFO in its place must not make us wait. */
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	_cleanup_free_ char *text = malloc(MAX_UNIT + 1);
	struct stat st;
	ssize_t n;

	if (fd < 0 || fstat(fd, &st) || !S_ISREG(st.st_mode))
		return -ENOENT;
	n = text ? read(fd, text, MAX_UNIT) : -1;
	if (n < 0)
		return -EIO;
	text[n] = '\0';
	parse(text, value, size);
	return 0;
}

static void read_dropins(const char *dir, const char *unit, char *value, size_t size)
{
	char path[PATH_MAX];
	struct dirent **names;
	int nr;

	snprintf(path, sizeof(path), "%s/%s.d", dir, unit);
	nr = scandir(path, &names, NULL, alphasort);
	for (int i = 0; i < nr; i++) {
		size_t len = strlen(names[i]->d_name);

		snprintf(path, sizeof(path), "%s/%s.d/%s", dir, unit, names[i]->d_name);
		if (len > 5 && !strcmp(names[i]->d_name + len - 5, ".conf"))
			read_unit(path, value, size);
		free(names[i]);
	}
	if (nr >= 0)
		free(names);
}

/* "web@1.service" is made from "web@.service". */
static void template_of(const char *unit, char *ret, size_t size)
{
	const char *at = strchr(unit, '@'), *dot = strrchr(unit, '.');

	if (at && dot && dot > at)
		snprintf(ret, size, "%.*s%s", (int)(at - unit + 1), unit, dot);
	else
		snprintf(ret, size, "%s", unit);
}

int unitrestart_read(const char *const *dirs, const char *unit, char *ret, size_t size)
{
	char value[64] = "no", path[PATH_MAX], template[256];
	int err = -ENOENT;
	size_t nr = 0;

	/* The unit's name goes into a path. */
	if (strchr(unit, '/') || strlen(unit) > 255)
		return -ENOENT;
	template_of(unit, template, sizeof(template));
	for (size_t i = 0; dirs[i] && err; i++, nr++) {
		snprintf(path, sizeof(path), "%s/%s", dirs[i], unit);
		err = read_unit(path, value, sizeof(value));
		if (err) {
			snprintf(path, sizeof(path), "%s/%s", dirs[i], template);
			err = read_unit(path, value, sizeof(value));
		}
	}
	if (err)
		return err;
	for (nr = 0; dirs[nr]; nr++)
		;
	while (nr-- > 0) {
		read_dropins(dirs[nr], template, value, sizeof(value));
		if (strcmp(template, unit) != 0)
			read_dropins(dirs[nr], unit, value, sizeof(value));
	}
	snprintf(ret, size, "%s", value);
	return 0;
}
