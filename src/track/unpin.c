// SPDX-License-Identifier: GPL-2.0-or-later
/* Remove a tracker's directory: the list of what may be in it, and the order. */
#include <bpf/bpf.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "track/hooks.h"
#include "track/pins.h"
#include "track/register.h"
#include "track/reason.h"

/* Name of the pin that pins_try() leaves behind if it is killed. */
#define TRIAL "try"

static bool is_hook(const char *name)
{
	for (size_t n = 0; n < PW_NEED_MAX; n++)
		for (size_t v = 0; v < HOOK_VARIANTS; v++)
			for (size_t i = 0; i < HOOK_PROGS && hooks[n].variants[v].progs[i]; i++)
				if (!strcmp(hooks[n].variants[v].progs[i], name))
					return true;
	return false;
}

static bool is_prog(const char *name)
{
	for (size_t i = 0; i < PROG_MAX; i++)
		if (!strcmp(prog_rows[i].name, name))
			return true;
	return false;
}

static bool is_map(const char *name)
{
	for (size_t i = 0; i < MAP_MAX; i++)
		if (!strcmp(map_rows[i].name, name))
			return true;
	return !strcmp(name, "last_taken"); /* pinned by earlier versions */
}

static bool is_entry(const char *name)
{
	for (size_t i = 0; i < PIN_KINDS; i++)
		if (!strcmp(pin_folders[i], name))
			return true;
	return !strcmp(name, TRIAL);
}

static bool (*const is_known[PIN_KINDS])(const char *name) = {
	[PIN_LINKS] = is_hook,
	[PIN_PROGS] = is_prog,
	[PIN_MAPS] = is_map,
};

/* 0, what fn returned, or a negative errno. No folder is an empty one. */
static int each_name(int folder, int (*fn)(void *arg, int folder, const char *name), void *arg)
{
	int fd = folder < 0 ? -1 : openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), err = 0;
	struct dirent *d;
	DIR *stream;

	if (folder < 0)
		return 0;
	if (fd < 0)
		return -errno;
	stream = fdopendir(fd);
	if (!stream) {
		close(fd);
		return -ENOMEM;
	}
	while (!err && (d = readdir(stream)) != NULL)
		if (strcmp(d->d_name, ".") && strcmp(d->d_name, ".."))
			err = fn(arg, folder, d->d_name);
	closedir(stream);
	return err;
}

struct knowledge {
	const char *path, *folder;
	bool (*is_known)(const char *name);
};

static int refuse_unknown(void *arg, int folder, const char *name)
{
	const struct knowledge *k = arg;

	(void)folder;
	if (k->is_known(name))
		return 0;
	return failed(-EEXIST,
		      "%s%s has something in it that is not a tracker's: nothing was changed",
		      k->path, k->folder);
}

int pins_foreign(const struct pins *p)
{
	struct knowledge k = { .path = p->path, .folder = "", .is_known = is_entry };
	struct stat st;
	int err;

	if (p->folder[PIN_MAPS] >= 0 &&
	    !fstatat(p->folder[PIN_MAPS], map_rows[MAP_META].name, &st, AT_SYMLINK_NOFOLLOW))
		return 0;
	err = each_name(p->dir, refuse_unknown, &k);
	for (size_t i = 0; !err && i < PIN_KINDS; i++) {
		char folder[16] = "/";

		k.folder = strcat(folder, pin_folders[i]);
		k.is_known = is_known[i];
		err = each_name(p->folder[i], refuse_unknown, &k);
	}
	return err;
}

static int found(void *arg, int folder, const char *name)
{
	(void)arg, (void)folder, (void)name;
	return 1;
}

bool pins_empty(const struct pins *p)
{
	int any = 0;

	for (size_t i = 0; !any && i < PIN_KINDS; i++)
		any = each_name(p->folder[i], found, NULL);
	return any == 0;
}

static int remove_known(void *arg, int folder, const char *name)
{
	bool (*const *known)(const char *name) = arg;

	return (*known)(name) && unlinkat(folder, name, 0) && errno != ENOENT ? -errno : 0;
}

static int remove_folder(struct pins *p, enum pin_kind kind)
{
	bool (*known)(const char *name) = is_known[kind];
	int err = each_name(p->folder[kind], remove_known, &known);

	if (err || p->folder[kind] < 0)
		return err;
	unlinkat(p->dir, pin_folders[kind], AT_REMOVEDIR);
	close(p->folder[kind]);
	p->folder[kind] = -1;
	return 0;
}

int pins_clear(struct pins *p)
{
	int err = 0;

	/* Remove the map meta first: it makes the directory a tracker. If we are killed afterwards,
	 * a part of the maps is left, which no hook keeps right, and nobody must believe it. */
	if (p->folder[PIN_MAPS] >= 0)
		unlinkat(p->folder[PIN_MAPS], map_rows[MAP_META].name, 0);
	for (size_t i = 0; !err && i < PIN_KINDS; i++)
		err = remove_folder(p, i);
	unlinkat(p->dir, TRIAL, 0);
	return err ? failed(err, "cannot remove the tracker in %s: %s", p->path, strerror(-err)) :
		     0;
}

int pins_remove(struct pins *p)
{
	int err = pins_clear(p);

	if (!err && unlinkat(p->parent, p->name, AT_REMOVEDIR) && errno != ENOENT)
		return failed(-errno, "cannot remove %s: %s", p->path, strerror(errno));
	return err;
}

int pins_try(const struct pins *p, int fd)
{
	char path[64];
	int err;

	snprintf(path, sizeof(path), "/proc/self/fd/%d/" TRIAL, p->dir);
	err = bpf_obj_pin(fd, path) ? -errno : 0;
	if (!err)
		unlinkat(p->dir, TRIAL, 0);
	return err;
}
