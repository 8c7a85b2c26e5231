// SPDX-License-Identifier: GPL-2.0-or-later
#include "sys/forwards.h"

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "sys/cgroup_path.h"

#define NAME_LEN (sizeof(((struct dirent *)0)->d_name))

static uint64_t netns_of(const char *pid)
{
	char path[NAME_LEN + 32];
	struct stat st;

	snprintf(path, sizeof(path), "/proc/%s/ns/net", pid);
	return stat(path, &st) ? 0 : st.st_ino;
}

static bool read_text(const char *path, char *buf, size_t size)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, buf, size - 1);

	buf[n > 0 ? n : 0] = '\0';
	return n > 0;
}

/* "docker-ID.scope" was made by docker. */
static void name_tool(struct plan_forwards *f, struct span path)
{
	static const struct {
		const char *part, *tool;
	} tools[] = {
		{ "docker", "docker" },	    { "libpod", "podman" },   { "crio", "crictl" },
		{ "containerd", "crictl" }, { "nerdctl", "nerdctl" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(tools) && !f->tool[0]; i++)
		if (memmem(path.s, path.len, tools[i].part, strlen(tools[i].part)))
			snprintf(f->tool, sizeof(f->tool), "%s", tools[i].tool);
}

/* Find the container with this network namespace. Call it only for a process that forwards, because
 * it looks through all processes. */
static void find_container(struct plan_forwards *f, uint64_t netns)
{
	_cleanup_free_ char *text = malloc(8192);
	DIR *proc = opendir("/proc");
	char path[NAME_LEN + 32];
	struct span at, id;
	struct dirent *de;

	while (text && proc && !f->container[0] && (de = readdir(proc))) {
		if (de->d_name[0] < '1' || de->d_name[0] > '9' || netns_of(de->d_name) != netns)
			continue;
		snprintf(path, sizeof(path), "/proc/%s/cgroup", de->d_name);
		if (!read_text(path, text, 8192) || !cgroup_path_parse(text, strlen(text), &at) ||
		    !cgroup_path_container(at.s, at.len, &id))
			continue;
		snprintf(f->container, sizeof(f->container), "%.*s", (int)id.len, id.s);
		name_tool(f, at);
	}
	if (proc)
		closedir(proc);
}

/* The name of the device behind a descriptor of /dev/net/tun, if it is in another namespace. */
static bool is_foreign_tun(uint32_t pid, const char *fd, char name[16])
{
	_cleanup_free_ char *text = malloc(65536);
	char path[NAME_LEN + 64], *p, wanted[20];

	if (!text)
		return false;
	snprintf(path, sizeof(path), "/proc/%u/fdinfo/%s", pid, fd);
	if (!read_text(path, text, 65536) || !(p = strstr(text, "iff:\t")))
		return false;
	if (sscanf(p, "iff:\t%15[^\n]", name) != 1)
		return false;
	snprintf(path, sizeof(path), "/proc/%u/net/dev", pid);
	snprintf(wanted, sizeof(wanted), "%s:", name);
	return read_text(path, text, 65536) && !strstr(text, wanted);
}

/* The inode number of the network namespace behind an open file, 0: it is none. A namespace that is
 * mounted goes by its path. Other files are not opened: what they are on may not answer. */
static uint64_t netns_behind(const char *path, const char *target)
{
	struct stat st;

	if (strncmp(target, "net:[", 5) != 0 && !strstr(target, "/netns/"))
		return 0;

	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0 || ioctl(fd, NS_GET_NSTYPE) != CLONE_NEWNET || fstat(fd, &st))
		return 0;
	return st.st_ino;
}

static void look_at_fd(const struct process *p, const char *fd, uint64_t own,
		       struct plan_forwards *f)
{
	char path[NAME_LEN + 64], target[256], name[16];
	uint64_t netns;
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%u/fd/%s", p->pid, fd);
	n = readlink(path, target, sizeof(target) - 1);
	if (n <= 0)
		return;
	target[n] = '\0';
	netns = netns_behind(path, target);
	if (netns && netns != own) {
		f->yes = true;
		snprintf(f->what, sizeof(f->what), "it holds network namespace %" PRIu64, netns);
		find_container(f, netns);
	} else if (!strcmp(target, "/dev/net/tun") && is_foreign_tun(p->pid, fd, name)) {
		f->yes = true;
		snprintf(f->what, sizeof(f->what), "it feeds %s of another network namespace",
			 name);
	}
}

static void look_at_files(const struct process *p, struct plan_forwards *f)
{
	char path[32], pid[16];
	struct dirent *de;
	uint64_t own;
	DIR *dir;

	snprintf(pid, sizeof(pid), "%u", p->pid);
	own = netns_of(pid);
	snprintf(path, sizeof(path), "/proc/%u/fd", p->pid);
	dir = own ? opendir(path) : NULL;
	while (dir && !f->yes && (de = readdir(dir)))
		if (de->d_name[0] != '.')
			look_at_fd(p, de->d_name, own, f);
	if (dir)
		closedir(dir);
}

static bool has_argument(const struct process *p, const char *wanted)
{
	for (size_t i = 0; p->cmdline && i < p->cmdline_len;
	     i += strnlen(p->cmdline + i, p->cmdline_len - i) + 1)
		if (!strcmp(p->cmdline + i, wanted))
			return true;
	return false;
}

static void look_at_unit(const struct process *p, struct plan_forwards *f)
{
	static const struct {
		const char *unit, *tool;
	} engines[] = {
		{ "docker.service", "docker" },
		{ "podman.service", "podman" },
		{ "containerd.service", "nerdctl" },
		{ "crio.service", "crictl" },
		{ "k3s.service", "" },
		{ "kubelet.service", "" },
	};

	for (size_t i = 0; p->unit && i < ARRAY_SIZE(engines); i++) {
		if (strcmp(p->unit, engines[i].unit) != 0)
			continue;
		f->yes = true;
		snprintf(f->tool, sizeof(f->tool), "%s", engines[i].tool);
		snprintf(f->what, sizeof(f->what), "it is the container engine of %s", p->unit);
	}
}

void forwards_read(const struct process *p, struct plan_forwards *ret)
{
	struct plan_forwards f = {};

	/* A process in a container is no engine of the host's. */
	if (p->pid && !p->container) {
		look_at_files(p, &f);
		if (!f.yes)
			look_at_unit(p, &f);
		if (!f.yes && has_argument(p, "-container-ip") && has_argument(p, "-host-port")) {
			f.yes = true;
			snprintf(f.tool, sizeof(f.tool), "docker");
			snprintf(f.what, sizeof(f.what), "it forwards the port to a container");
		}
	}
	*ret = f;
}
