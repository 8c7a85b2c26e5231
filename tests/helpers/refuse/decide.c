// SPDX-License-Identifier: GPL-2.0-or-later
/* Whether a call that was stopped is refused: what it is about, read out of its process. */

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/bpf.h>
#include <stdint.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "refuse.h"

/* 0 or a negative errno. What the process itself could not read, and what is gone with it, is the
 * kernel's to answer. That we may not look, the test has to know. */
static int peek(pid_t pid, __u64 address, void *to, size_t size)
{
	struct iovec local = { to, size }, remote = { (void *)(uintptr_t)address, size };

	if (process_vm_readv(pid, &local, 1, &remote, 1, 0) == (ssize_t)size)
		return 0;
	if (errno == EPERM)
		err(125, "process %d cannot be looked into", pid);
	return -EFAULT;
}

/* Page by page, since the next one may not be there. */
static int peek_path(pid_t pid, __u64 address, char path[PATH_MAX])
{
	const size_t page = 4096; /* the smallest there is */
	size_t length = 0;

	while (length < PATH_MAX) {
		size_t part = page - (address + length) % page;

		if (part > PATH_MAX - length)
			part = PATH_MAX - length;
		if (peek(pid, address + length, path + length, part))
			return -EFAULT;
		if (memchr(path + length, '\0', part))
			return 0;
		length += part;
	}
	return -ENAMETOOLONG;
}

/* Takes `.`, `..` and doubled slashes out of an absolute path. */
static void clean(char *path)
{
	char *to = path, *state;

	for (char *name = strtok_r(path, "/", &state); name; name = strtok_r(NULL, "/", &state)) {
		if (!strcmp(name, "."))
			continue;
		if (!strcmp(name, "..")) {
			while (to > path && *--to != '/')
				;
			continue;
		}
		*to++ = '/';
		memmove(to, name, strlen(name));
		to += strlen(name);
	}
	*to = '\0';
}

static int absolute_path(pid_t pid, const struct call *c, const __u64 *args,
			 char path[2 * PATH_MAX])
{
	char name[PATH_MAX], from[64];
	int dir = c->at ? (int)args[c->path - 1] : AT_FDCWD;
	ssize_t length;

	if (peek_path(pid, args[c->path], name))
		return -EFAULT;
	path[0] = '\0';
	if (name[0] != '/') {
		snprintf(from, sizeof(from), dir == AT_FDCWD ? "/proc/%d/cwd" : "/proc/%d/fd/%d",
			 pid, dir);
		length = readlink(from, path, PATH_MAX - 1);
		if (length < 0)
			return -errno;
		path[length] = '\0';
		strcat(path, "/");
	}
	strcat(path, name);
	clean(path);
	return 0;
}

static bool in_tracefs(const char *path)
{
	return !strncmp(path, "/sys/kernel/tracing", 19) ||
	       !strncmp(path, "/sys/kernel/debug/tracing", 25);
}

static int decide_path(pid_t pid, const struct call *c, const __u64 *args)
{
	char path[2 * PATH_MAX];
	int error;

	if (absolute_path(pid, c, args, path))
		return 0;
	if (c->about == ABOUT_READLINK)
		return rules_ask("readlink:%s", path);
	if (in_tracefs(path) && (error = rules_ask("tracefs")))
		return error;
	if (c->about == ABOUT_MKDIR)
		return 0;
	error = strcmp(path, "/sys/kernel/btf/vmlinux") ? 0 : rules_ask("btf");
	return error ? error : rules_ask("open:%s", path);
}

static int decide_program(const union bpf_attr *attr)
{
	int by_type = rules_ask(
		"%s", name_prog(attr->prog_type, attr->expected_attach_type, attr->attach_btf_id));
	int by_name = rules_ask("prog:%.*s", BPF_OBJ_NAME_LEN, attr->prog_name);

	return by_type ? by_type : by_name;
}

/* Every rule that matches is asked, so that it counts. */
static int decide_bpf(pid_t pid, const __u64 *args)
{
	union bpf_attr attr = {};
	int any = rules_ask("bpf"), by_cmd = rules_ask("cmd:%s", name_cmd(args[0])), error = 0;
	size_t size = args[2] & 0xffffffff; /* an unsigned int of the call */

	if (peek(pid, args[1], &attr, size < sizeof(attr) ? size : sizeof(attr)))
		return any ? any : by_cmd;
	if (args[0] == BPF_PROG_LOAD)
		error = decide_program(&attr);
	else if (args[0] == BPF_MAP_CREATE)
		error = rules_ask("map:%s", name_map(attr.map_type));
	if (any)
		return any;
	return by_cmd ? by_cmd : error;
}

int decide(const struct seccomp_notif *n)
{
	const struct call *c = call_find(n->data.nr);
	pid_t pid = (pid_t)n->pid;

	if (!c)
		return 0;
	if (c->about == ABOUT_BPF)
		return decide_bpf(pid, n->data.args);
	return c->name ? rules_ask("%s", c->name) : decide_path(pid, c, n->data.args);
}
