/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * refuse: run a command to which the kernel seems to refuse single facilities.
 *
 *	refuse [-v] [--hits FILE] [--unhit-ok] RULE[,RULE...] -- COMMAND [ARG...]
 *
 * A RULE is WHAT[=ERRNO], the error by name or number. WHAT is a pattern of fnmatch(3), whose `*`
 *takes slashes, too. When no error is given, it is the one of the last column:
 *
 *	bpf				every bpf(2)					EPERM
 *	cmd:PROG_TEST_RUN		this command of bpf(2), by name or number	EPERM
 *	map:ringbuf			making a map of this type, by name or number	EPERM
 *	prog:NAME			loading the program of this name		EPERM
 *	iter/task_file, tp_btf, fentry	loading programs of this type: also lsm raw_tp	EPERM
 *	  (fexit and fmod_ret, too),	  tp kprobe perf_event syscall ext sockops
 *	  type:N for any other		  sk_lookup cgroup/sock cgroup/sock_addr cgroup/skb
 *	btf				opening /sys/kernel/btf/vmlinux			ENOENT
 *	tracefs				opening and making files of tracefs		EACCES
 *	open:PATTERN, readlink:PATTERN	opening, reading links at matching paths	EACCES
 *	sock_diag			netlink sockets of this family
 *EPROTONOSUPPORT perf				perf_event_open EACCES setns unshare mount
 *pidfd_open pidfd_getfd kcmp					EPERM
 *
 * The command and all its children are concerned, static programs too: each call is stopped by a
 *seccomp filter that asks this program (SECCOMP_RET_USER_NOTIF), and goes on if no rule matches.
 *Paths are matched after they were made absolute, from the directory's descriptor or the working
 *directory, and cleaned of `.` and `..`; links in them are not followed. Calls of another
 *architecture are not looked at.
 *
 * A call that goes on (SECCOMP_USER_NOTIF_FLAG_CONTINUE) reads its arguments a second time, so
 *another thread could change them after they were judged. seccomp_unotify(2) warns of this where
 *security is at stake. Here only a command that wants to evade its own test would do so.
 *
 * -v prints each refusal on standard error. --hits writes one line `RULE NUMBER` for each rule: how
 *many calls matched. A rule that no call matched is a mistake in the test, unless --unhit-ok is
 *given.
 *
 * Exit status: that of the command, 128+N if signal N ended it; 120 if a rule was not hit; 125 if
 *this program failed, 126 and 127 if the command could not be run. INT, TERM, HUP, QUIT, USR1 and
 *USR2 are passed on. It ends with the command: a child that lives on has nobody to ask then, and
 *the calls that the rules are about fail in it with ENOSYS (all opens, for instance, if there is a
 *rule for paths).
 */
#ifndef REFUSE_H
#define REFUSE_H

#include <linux/seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/types.h>

/* rules.c: what is refused. A wrong rule ends the program. */

/* Calls that a rule has to be asked about */
enum about {
	ABOUT_BPF = 1 << 0,
	ABOUT_OPEN = 1 << 1,
	ABOUT_MKDIR = 1 << 2,
	ABOUT_READLINK = 1 << 3,
	ABOUT_SOCKET = 1 << 4,
	ABOUT_OTHERS = 1 << 5, /* those without arguments to look at */
};

extern bool rules_verbose; /* prints each refusal */
/* Reads the comma-separated list, which is cut into pieces and must stay. */
void rules_parse(char *list);
/* All kinds of calls that some rule is about. */
unsigned int rules_about(void);
bool rules_have(const char *prefix);
/* The error for what a call does, printf-like: 0 if no rule matches, else that of the first that
 * does. Every rule that matches counts it. */
int rules_ask(const char *what, ...) __attribute__((format(printf, 1, 2)));
void rules_write(FILE *f);
/* Whether every rule was hit; names the others on standard error. */
bool rules_all_hit(void);

/* names.c: the names in rules. Unknown numbers get a number as their name, in a static buffer. */
const char *name_cmd(unsigned long cmd);
const char *name_map(unsigned long type);
/* Of a program type with its expected_attach_type and, for iterators, its attach_btf_id. */
const char *name_prog(unsigned int type, unsigned int attach, unsigned int btf_id);
/* Whether there can be such a type of program. */
bool name_is_prog(const char *name);

/* btf.c: the name of a type in the kernel's BTF, NULL if there is none. Valid for good. */
const char *btf_name(unsigned int id);

/* filter.c: the calls that are stopped */

struct call {
	int nr;
	enum about about;
	const char *name; /* what a rule calls it, if it has no arguments to look at */
	int path;	  /* the argument that is a path */
	bool at;	  /* the one before it is a directory's descriptor */
};

const struct call *call_find(int nr);
/* Installs the filter in this process. The listener's descriptor, or -1. */
int filter_install(unsigned int about);

/* decide.c: the error for this call, 0 to let it go on */
int decide(const struct seccomp_notif *n);

#endif
