// SPDX-License-Identifier: GPL-2.0-or-later
#include "tables/netuse.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"

/* Find the line that begins with this name, and its length. */
static const char *line_of(const char *text, const char *name, size_t *ret_len)
{
	const size_t len = strlen(name);

	for (; text && *text; text = strchr(text, '\n'), text += text != NULL) {
		if (strncmp(text, name, len) != 0 || text[len] != ':')
			continue;
		*ret_len = strcspn(text, "\n");
		return text;
	}
	return NULL;
}

bool netuse_is_zero(const char *text, const char *name, const char *number)
{
	const size_t word = strlen(number);
	size_t len;
	const char *line = line_of(text, name, &len);

	for (const char *p = line; p && p + word + 3 <= line + len; p++)
		if (*p == ' ' && !strncmp(p + 1, number, word) && p[word + 1] == ' ')
			return p[word + 2] == '0' &&
			       (p + word + 3 == line + len || p[word + 3] == ' ');
	return false;
}

/* Read the beginning of a file that is shorter by far. */
static bool read_text(int dir, const char *file, char *text, size_t size)
{
	_cleanup_close_ int fd = openat(dir, file, O_RDONLY | O_CLOEXEC);
	ssize_t len = fd < 0 ? -1 : read(fd, text, size - 1);

	if (len <= 0)
		return false;
	text[len] = '\0';
	return true;
}

static void read_once(int dir, struct netuse *ret)
{
	char text[1024];
	bool no_timewait;

	*ret = (struct netuse){ true, true };
	if (!read_text(dir, "sockstat", text, sizeof(text)))
		return;
	/* TIME-WAIT is counted for both families together. */
	no_timewait = netuse_is_zero(text, "TCP", "tw");
	ret->tcp = !no_timewait || !netuse_is_zero(text, "TCP", "inuse");
	if (no_timewait && read_text(dir, "sockstat6", text, sizeof(text)))
		ret->tcp6 = !netuse_is_zero(text, "TCP6", "inuse");
}

/* A number is the sum over all processors, read one after another (sock_prot_inuse_get): a socket
 * that comes on one and goes on another at that moment can hide one that stays. That does not
 * happen twice running. */
void netuse_read(int dir, struct netuse *ret)
{
	struct netuse again;

	read_once(dir, ret);
	if (ret->tcp && ret->tcp6)
		return;
	read_once(dir, &again);
	ret->tcp = ret->tcp || again.tcp;
	ret->tcp6 = ret->tcp6 || again.tcp6;
}
