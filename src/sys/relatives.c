// SPDX-License-Identifier: GPL-2.0-or-later
#include "sys/relatives.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <linux/nsfs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "sys/forwards.h"
#include "sys/proc.h"
#include "sys/procstate.h"
#include "sys/socketunit.h"
#include "sys/unitrestart.h"

size_t relatives_ancestors(uint32_t ret[RELATIVES_MAX_ANCESTORS])
{
	pid_t pid = getppid();
	size_t nr = 0;
	char state;

	/* 0: the parent is outside of our PID namespace. */
	while (pid > 1 && nr < RELATIVES_MAX_ANCESTORS) {
		ret[nr++] = (uint32_t)pid;
		if (proc_parent(pid, &pid, &state))
			break;
	}
	return nr;
}

/* Numbers separated by blanks. */
static unsigned int count_words(int fd)
{
	unsigned int nr = 0;
	char buf[4096];
	ssize_t n;

	while ((n = read(fd, buf, sizeof(buf))) > 0)
		for (ssize_t i = 0; i < n; i++)
			nr += buf[i] == ' ';
	return nr;
}

/* The kernel lists children by the thread that started them (CONFIG_PROC_CHILDREN). */
static unsigned int count_children(uint32_t pid)
{
	char path[320];
	unsigned int nr = 0;
	struct dirent *de;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%u/task", pid);
	dir = opendir(path);
	if (!dir)
		return 0;
	while ((de = readdir(dir))) {
		if (de->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "/proc/%u/task/%s/children", pid, de->d_name);

		_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);

		nr += fd < 0 ? 0 : count_words(fd);
	}
	closedir(dir);
	return nr;
}

static void read_comm(pid_t pid, char ret[PW_COMM_LEN])
{
	char path[32];
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%d/comm", pid);

	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);

	n = fd < 0 ? 0 : read(fd, ret, PW_COMM_LEN);
	memset(ret + (n > 0 ? n - 1 : 0), 0, PW_COMM_LEN - (n > 0 ? n - 1 : 0));
}

/* Is this PID namespace the wanted one, or inside of it? Takes the descriptor. */
static bool is_inside(int fd, ino_t wanted)
{
	struct stat st;
	int parent;

	/* PID namespaces nest at most 32 deep: MAX_PID_NS_LEVEL, include/linux/pid_namespace.h. */
	for (int depth = 0; fd >= 0 && depth < 33; depth++) {
		if (!fstat(fd, &st) && st.st_ino == wanted) {
			close(fd);
			return true;
		}
		parent = ioctl(fd, NS_GET_PARENT);
		close(fd);
		fd = parent;
	}
	if (fd >= 0)
		close(fd);
	return false;
}

/* Whom the kernel ends with the first process of a PID namespace. A search, for a rare case. */
static unsigned int count_namespace(uint32_t pid)
{
	char path[300];
	struct dirent *de;
	unsigned int nr = 0;
	struct stat st;
	DIR *proc;

	snprintf(path, sizeof(path), "/proc/%u/ns/pid", pid);
	if (stat(path, &st))
		return 0;
	proc = opendir("/proc");
	while (proc && (de = readdir(proc))) {
		if (de->d_name[0] < '1' || de->d_name[0] > '9')
			continue;
		snprintf(path, sizeof(path), "/proc/%s/ns/pid", de->d_name);
		nr += is_inside(open(path, O_RDONLY | O_CLOEXEC), st.st_ino);
	}
	if (proc)
		closedir(proc);
	return nr ? nr - 1 : 0;
}

static bool is_one_of(const char *name, const char *const *names)
{
	for (; *names; names++)
		if (!strcmp(name, *names))
			return true;
	return false;
}

/* "bash -c 'while ...'": does the text that it was given loop? */
static bool runs_loop(pid_t pid)
{
	char path[32], text[4096];
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%d/cmdline", pid);

	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);

	n = fd < 0 ? 0 : read(fd, text, sizeof(text) - 1);
	if (n <= 0)
		return false;
	text[n] = '\0';
	for (ssize_t i = 0; i < n; i++)
		if (!text[i])
			text[i] = ' ';
	return strstr(text, " -c ") &&
	       (strstr(text, "while ") || strstr(text, "until ") || strstr(text, "for "));
}

static bool is_our_ancestor(pid_t pid)
{
	uint32_t ancestors[RELATIVES_MAX_ANCESTORS];
	size_t nr = relatives_ancestors(ancestors);

	for (size_t i = 0; i < nr; i++)
		if (ancestors[i] == (uint32_t)pid)
			return true;
	return false;
}

static enum keeper keeper_of_unit(const struct process *p, struct plan_relatives *relatives)
{
	/* A unit of a user's manager is not in the system's folders. */
	if (unitrestart_read(socketunit_dirs, p->unit, relatives->restart,
			     sizeof(relatives->restart)))
		return KEEPER_UNIT;
	return strcmp(relatives->restart, "no") && *relatives->restart ? KEEPER_UNIT : KEEPER_NONE;
}

/* Tell who may start the process again from who has started it. */
static enum keeper keeper_of(const struct process *p, struct plan_relatives *relatives)
{
	static const char *const shells[] = { "sh",  "bash", "dash", "zsh",	"fish", "ksh",
					      "ash", "csh",  "tcsh", "busybox", NULL };
	/* Commands that start one program and end with it */
	static const char *const once[] = { "sudo",    "su",	  "doas",    "timeout",
					    "unshare", "nsenter", "setpriv", "script",
					    "sshd",    "login",	  NULL };
	const char *suffix = p->unit ? strrchr(p->unit, '.') : NULL;
	char comm[PW_COMM_LEN + 1] = "";

	memcpy(comm, relatives->parent_comm, PW_COMM_LEN);
	if (p->container)
		return KEEPER_CONTAINER;
	if (suffix && !strcmp(suffix, ".service") &&
	    (relatives->parent == 1 || !strcmp(comm, "systemd")))
		return keeper_of_unit(p, relatives);
	if (relatives->parent <= 1 || !strcmp(comm, "systemd") || is_one_of(comm, once))
		return KEEPER_NONE;
	if (!is_one_of(comm, shells))
		return KEEPER_PARENT;
	/* A shell that runs portwatch at this moment waits for that. */
	return !is_our_ancestor((pid_t)relatives->parent) && runs_loop((pid_t)relatives->parent) ?
		       KEEPER_LOOP :
		       KEEPER_NONE;
}

/* A session leader with a terminal: fields 6 and 7 of its stat file. */
static bool leads_terminal(uint32_t pid)
{
	char path[32], buf[1024], *p;
	int session, tty;
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%u/stat", pid);

	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);

	n = fd < 0 ? 0 : read(fd, buf, sizeof(buf) - 1);
	buf[n > 0 ? n : 0] = '\0';
	p = strrchr(buf, ')');
	return p && sscanf(p, ") %*c %*d %*d %d %d", &session, &tty) == 2 && tty &&
	       (uint32_t)session == pid;
}

void relatives_read(const struct process *p, struct plan_relatives *ret)
{
	struct plan_relatives relatives = {};
	pid_t parent;
	char state;

	*ret = relatives;
	if (!p->pid || proc_parent((pid_t)p->pid, &parent, &state))
		return;
	relatives.parent = (uint32_t)parent;
	procstate_read((pid_t)p->pid, &relatives.condition);
	relatives.nr_children = count_children(p->pid);
	if (parent)
		read_comm(parent, relatives.parent_comm);
	if (relatives.condition.namespace_init)
		relatives.nr_die_with = count_namespace(p->pid);
	relatives.terminal = leads_terminal(p->pid);
	relatives.keeper = keeper_of(p, &relatives);
	forwards_read(p, &relatives.forwards);
	/* All of that was about this process only if it is there still. */
	if (proc_alive((pid_t)p->pid, p->id.start_ns))
		*ret = relatives;
}
