// SPDX-License-Identifier: GPL-2.0-or-later
#include "sys/nsmount.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/num.h"

/* Words of a line, show_mountinfo in fs/proc_namespace.c: "77 23 0:4 net:[4026532592] /run/kept rw
 * - nsfs nsfs rw", with some optional words in front of the dash. */
enum { WORD_ROOT = 3, WORD_PATH = 4, WORDS };

static bool is_octal(char c)
{
	return c >= '0' && c <= '7';
}

/* "\040" for a blank, and so on (mangle_path, fs/seq_file.c). */
static void unescape(char *text)
{
	char *to = text;

	for (; *text; to++) {
		if (text[0] == '\\' && is_octal(text[1]) && is_octal(text[2]) &&
		    is_octal(text[3])) {
			*to = (char)((text[1] - '0') << 6 | (text[2] - '0') << 3 | (text[3] - '0'));
			text += 4;
		} else {
			*to = *text++;
		}
	}
	*to = '\0';
}

/* "net:[4026532592]", ns_dname in fs/nsfs.c. */
static uint32_t inode_of(const char *root)
{
	size_t len = strlen(root);
	uint64_t inode;

	if (len < 7 || strncmp(root, "net:[", 5) != 0 || root[len - 1] != ']' ||
	    num_parse_span(root + 5, len - 6, 1, UINT32_MAX, &inode))
		return 0;
	return (uint32_t)inode;
}

uint32_t nsmount_parse(char *line, char **ret_path)
{
	char *rest = strstr(line, " - nsfs "), *words[WORDS], *state = NULL;
	uint32_t inode;

	if (!rest)
		return 0;
	*rest = '\0';
	for (size_t i = 0; i < WORDS; i++) {
		words[i] = strtok_r(i ? NULL : line, " ", &state);
		if (!words[i])
			return 0;
	}
	inode = inode_of(words[WORD_ROOT]);
	if (!inode)
		return 0;
	unescape(words[WORD_PATH]);
	*ret_path = words[WORD_PATH];
	return inode;
}

int nsmount_each(int (*fn)(void *arg, uint32_t inode, const char *path), void *arg)
{
	_cleanup_fclose_ FILE *f = fopen("/proc/self/mountinfo", "re");
	_cleanup_free_ char *line = NULL;
	size_t cap = 0;
	int err = 0;

	while (f && !err && getline(&line, &cap, f) > 0) {
		char *path;
		uint32_t inode = nsmount_parse(line, &path);

		if (inode)
			err = fn(arg, inode, path);
	}
	return err;
}
