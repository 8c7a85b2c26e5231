// SPDX-License-Identifier: GPL-2.0-or-later
#include "track/share.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <linux/magic.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "portwatch.skel.h"
#include "track/why.h"

static const char *const shared[] = { "sockets", "ports",    "port_slots", "timewait", "procs",
				      "kin",	 "families", "history",	   "lives",    "words",
				      "meta",	 "stats",    "churn" };

struct share {
	struct portwatch_bpf *skel;
};

static int give(const char *path, gid_t group, mode_t mode)
{
	if (chown(path, (uid_t)-1, group) || chmod(path, mode))
		return why(-errno, "cannot give %s to the group: %s", path, strerror(errno));
	return 0;
}

/*
 * systemd mounts bpffs for root alone. Whoever may pass its root sees no name there, and what
 * others have pinned keeps its own mode.
 */
static int let_pass(const char *dir)
{
	char path[PATH_MAX], *slash;
	struct statfs fs;
	struct stat st;

	snprintf(path, sizeof(path), "%s", dir);
	while ((slash = strrchr(path, '/')) && slash != path) {
		*slash = '\0';
		if (statfs(path, &fs) || (unsigned int)fs.f_type != BPF_FS_MAGIC)
			break;
		if (stat(path, &st) || st.st_mode & S_IXOTH)
			continue;
		if (chmod(path, (st.st_mode & 07777) | S_IXOTH))
			return why(-errno, "cannot let others pass %s: %s", path, strerror(errno));
	}
	return 0;
}

int share_with(const char *dir, gid_t group)
{
	char path[PATH_MAX + 64];
	int err;

	/* To be passed, not read: who can open a directory can lock it, and a lock stops root. */
	snprintf(path, sizeof(path), "%s/maps", dir);
	err = give(path, group, 0710);
	for (size_t i = 0; !err && i < ARRAY_SIZE(shared); i++) {
		snprintf(path, sizeof(path), "%s/maps/%s", dir, shared[i]);
		err = give(path, group, 0640);
	}
	if (!err)
		err = give(dir, group, 0710);
	return err ? err : let_pass(dir);
}

bool share_is_member(void)
{
	return geteuid() != 0 && getauxval(AT_SECURE);
}

/* Nobody but root can put another directory in the place of one of these. */
int share_trusted(const char *dir)
{
	char path[PATH_MAX], *end;
	struct stat st;

	if (!realpath(dir, path))
		return -errno;
	do {
		if (lstat(path[0] ? path : "/", &st))
			return -errno;
		if (st.st_uid || (st.st_mode & (S_IWGRP | S_IWOTH) && !(st.st_mode & S_ISVTX)))
			return why(
				-EPERM,
				"%s is not root's alone: members of a group ask root's trackers only",
				path[0] ? path : "/");
		end = strrchr(path, '/');
		if (end)
			*end = '\0';
	} while (end);
	return 0;
}

static bool is_shared(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(shared); i++)
		if (!strcmp(shared[i], name))
			return true;
	return false;
}

static int borrow(struct bpf_map *m, const char *dir)
{
	DECLARE_LIBBPF_OPTS(bpf_obj_get_opts, opts, .file_flags = BPF_F_RDONLY);
	_cleanup_close_ int fd = -1;
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/maps/%s", dir, bpf_map__name(m));
	fd = bpf_obj_get_opts(path, &opts);
	if (fd < 0 || bpf_map__reuse_fd(m, fd))
		return why(-errno, "cannot read %s: %s", path, strerror(errno));
	return 0;
}

static int prepare(struct portwatch_bpf *skel, const char *dir)
{
	struct bpf_program *p;
	struct bpf_map *m;
	int err = 0;

	bpf_object__for_each_program(p, skel->obj) {
		const char *section = bpf_program__section_name(p);

		bpf_program__set_autoload(p, !strncmp(section, "iter/", 5) ||
						     !strcmp(bpf_program__name(p), "holds_port"));
	}
	bpf_object__for_each_map(m, skel->obj) {
		if (is_shared(bpf_map__name(m)))
			err = err ?: borrow(m, dir);
		else if (bpf_map__type(m) == BPF_MAP_TYPE_HASH ||
			 bpf_map__type(m) == BPF_MAP_TYPE_LRU_HASH)
			bpf_map__set_max_entries(m, 64);
	}
	return err;
}

int share_open(const char *dir, struct share **ret)
{
	struct portwatch_bpf *skel = portwatch_bpf__open();
	int err;

	if (!skel)
		return why(-errno, "cannot open the BPF object: %s", strerror(errno));
	err = prepare(skel, dir);
	if (!err) {
		err = portwatch_bpf__load(skel);
		if (err)
			err = why(err, "the kernel refuses the BPF programs: %s", strerror(-err));
	}
	*ret = err ? NULL : calloc(1, sizeof(**ret));
	if (!*ret) {
		portwatch_bpf__destroy(skel);
		return err ? err : why(-ENOMEM, "out of memory");
	}
	(*ret)->skel = skel;
	return 0;
}

struct share *share_free(struct share *s)
{
	if (s)
		portwatch_bpf__destroy(s->skel);
	free(s);
	return NULL;
}

static int copy(int fd)
{
	int own = fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, 3);

	return fd < 0 ? fd : own < 0 ? -errno : own;
}

int share_map(struct share *s, const char *name)
{
	return copy(bpf_object__find_map_fd_by_name(s->skel->obj, name));
}

int share_prog(struct share *s, const char *name)
{
	struct bpf_program *p = bpf_object__find_program_by_name(s->skel->obj, name);

	/* What is not loaded is not for members: to repair the maps. */
	if (!p || bpf_program__fd(p) < 0)
		return why(-EPERM, "%s is for root", name);
	return copy(bpf_program__fd(p));
}
