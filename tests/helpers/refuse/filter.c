// SPDX-License-Identifier: GPL-2.0-or-later
/* The calls that are looked at, and the seccomp filter that stops them. */

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/netlink.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "refuse.h"

#ifndef SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV /* from 5.19 on */
#define SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (1UL << 5)
#endif

#ifdef __aarch64__
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#else
#define ARCHITECTURE AUDIT_ARCH_X86_64
#endif

static const struct call calls[] = {
	{ .nr = SYS_bpf, .about = ABOUT_BPF },
	{ .nr = SYS_socket, .about = ABOUT_SOCKET, .name = "sock_diag" },
	{ .nr = SYS_openat, .about = ABOUT_OPEN, .path = 1, .at = true },
	{ .nr = SYS_openat2, .about = ABOUT_OPEN, .path = 1, .at = true },
	{ .nr = SYS_mkdirat, .about = ABOUT_MKDIR, .path = 1, .at = true },
	{ .nr = SYS_readlinkat, .about = ABOUT_READLINK, .path = 1, .at = true },
#ifdef SYS_open /* architectures that are older than the calls above */
	{ .nr = SYS_open, .about = ABOUT_OPEN },
	{ .nr = SYS_mkdir, .about = ABOUT_MKDIR },
	{ .nr = SYS_readlink, .about = ABOUT_READLINK },
#endif
	{ .nr = SYS_perf_event_open, .about = ABOUT_OTHERS, .name = "perf" },
	{ .nr = SYS_setns, .about = ABOUT_OTHERS, .name = "setns" },
	{ .nr = SYS_unshare, .about = ABOUT_OTHERS, .name = "unshare" },
	{ .nr = SYS_mount, .about = ABOUT_OTHERS, .name = "mount" },
	{ .nr = SYS_pidfd_open, .about = ABOUT_OTHERS, .name = "pidfd_open" },
	{ .nr = SYS_pidfd_getfd, .about = ABOUT_OTHERS, .name = "pidfd_getfd" },
	{ .nr = SYS_kcmp, .about = ABOUT_OTHERS, .name = "kcmp" },
};
#define NR_CALLS (sizeof(calls) / sizeof(calls[0]))

const struct call *call_find(int nr)
{
	for (size_t i = 0; i < NR_CALLS; i++)
		if (calls[i].nr == nr)
			return &calls[i];
	return NULL;
}

#define LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define UNLESS(value, skip) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned int)(value), 0, skip)
#define RETURN(what) BPF_STMT(BPF_RET | BPF_K, what)

/* Stops sock_diag's sockets, and leaves the call's number loaded. */
static size_t filter_socket(struct sock_filter *f)
{
	const struct sock_filter code[] = {
		UNLESS(SYS_socket, 6),
		LOAD(args[0]),
		UNLESS(AF_NETLINK, 3),
		LOAD(args[2]),
		UNLESS(NETLINK_SOCK_DIAG, 1),
		RETURN(SECCOMP_RET_USER_NOTIF),
		LOAD(nr),
	};

	for (size_t i = 0; i < sizeof(code) / sizeof(code[0]); i++)
		f[i] = code[i];
	return sizeof(code) / sizeof(code[0]);
}

static size_t filter_build(struct sock_filter *f, unsigned int about)
{
	size_t n = 0;

	f[n++] = (struct sock_filter)LOAD(arch);
	f[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCHITECTURE, 1, 0);
	f[n++] = (struct sock_filter)RETURN(SECCOMP_RET_ALLOW);
	f[n++] = (struct sock_filter)LOAD(nr);
	for (size_t i = 0; i < NR_CALLS; i++) {
		if (!(calls[i].about & about))
			continue;
		if (calls[i].about == ABOUT_SOCKET) {
			n += filter_socket(f + n);
			continue;
		}
		f[n++] = (struct sock_filter)UNLESS(calls[i].nr, 1);
		f[n++] = (struct sock_filter)RETURN(SECCOMP_RET_USER_NOTIF);
	}
	f[n++] = (struct sock_filter)RETURN(SECCOMP_RET_ALLOW);
	return n;
}

static int install(struct sock_fprog *program)
{
	/* A signal must not make a call be asked about twice: it waits until the call is answered.
	 */
	int fd = (int)syscall(
		SYS_seccomp, SECCOMP_SET_MODE_FILTER,
		SECCOMP_FILTER_FLAG_NEW_LISTENER | SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV, program);

	if (fd < 0 && errno == EINVAL)
		fd = (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
				  SECCOMP_FILTER_FLAG_NEW_LISTENER, program);
	return fd;
}

int filter_install(unsigned int about)
{
	struct sock_filter f[2 * NR_CALLS + 16];
	struct sock_fprog program = { .filter = f };
	int fd;

	program.len = (unsigned short)filter_build(f, about);
	fd = install(&program);
	/* A user who may not do this as he is gives up what setuid programs would gain. */
	if (fd < 0 && errno == EACCES && !prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		fd = install(&program);
	return fd;
}
