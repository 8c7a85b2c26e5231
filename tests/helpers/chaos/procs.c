// SPDX-License-Identifier: GPL-2.0-or-later
/* Operations of processes on each other: fork, execute, share, kill, and leave for other
 * namespaces. */
#include "chaos.h"

#include <errno.h>
#include <net/if.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static void count(enum op op)
{
	atomic_fetch_add(&shared->ops[op], 1);
}

static void live_for(uint32_t ops)
{
	for (uint32_t i = dice(ops); i; i--) {
		breathe();
		op_random();
	}
}

/* In one of the ways that processes end. */
static void end(void)
{
	if (!dice(3))
		kill(getpid(), dice(2) ? SIGKILL : SIGTERM);
	_exit(dice(3));
}

static void child_of_fork(void)
{
	live_for(60);
	if (!dice(4) && fork_one() > 0)
		end(); /* a daemon: the grandchild goes on */
	live_for(60);
	end();
}

static void execute(bool by_vfork)
{
	char slot_text[16], ms[16], name[64];
	char *words[] = { "chaos", "--hold", slot_text, ms, NULL };
	struct slot *s = slot_take();
	ssize_t n = readlink("/proc/self/exe", name, sizeof(name) - 1);
	pid_t pid;

	if (!s)
		return;
	if (n < 0) {
		s->pid = 0;
		return;
	}
	name[n] = '\0';
	snprintf(slot_text, sizeof(slot_text), "%d", (int)(s - shared->slots));
	snprintf(ms, sizeof(ms), "%u", dice(40));
	/* NOLINTNEXTLINE(clang-analyzer-unix.Vfork,clang-analyzer-security.insecureAPI.vfork) */
	pid = by_vfork ? vfork() : fork();
	if (pid == 0) {
		s->pid = getpid();
		if (by_vfork || dice(4))
			execv(name, words);
		_exit(127);
	}
	if (pid < 0)
		s->pid = 0;
}

static void execute_nothing(void)
{
	pid_t pid = fork_one();

	if (pid)
		return;
	execl("/no/such/program", "nothing", NULL);
	live_for(20);
	end();
}

/* Two processes with one table of descriptors. */
static void share_files(void)
{
	struct slot *s = slot_take();
	pid_t pid;

	if (!s)
		return;
	pid = syscall(SYS_clone, CLONE_FILES | SIGCHLD, 0, 0, 0, 0);
	if (pid == 0) {
		slot_is_me(s);
		reseed();
		live_for(10);
		if (dice(2)) {
			count(OP_UNSHARE);
			unshare(CLONE_FILES);
			live_for(20);
		}
		end();
	}
	if (pid < 0)
		s->pid = 0;
	else
		while (waitpid(pid, NULL, WNOHANG) == 0) {
			breathe();
			usleep(100);
		}
	ops_forget();
}

/* The thread opens what its process keeps. */
static void *thread_body(void *arg)
{
	(void)arg;
	op_socket_random();
	return NULL;
}

static void by_thread(void)
{
	pthread_t thread;

	if (!pthread_create(&thread, NULL, thread_body, NULL))
		pthread_join(thread, NULL);
}

static void kill_anyone(void)
{
	pid_t pid = shared->slots[dice(MAX_PROCS)].pid;

	if (pid > 0 && pid != getpid())
		kill(pid, SIGKILL);
}

/* A namespace that lives as long as this process, or as a socket of it that was passed on. */
static void another_netns(void)
{
	struct ifreq lo = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	int fd;

	if (fork_one())
		return;
	if (unshare(CLONE_NEWNET))
		_exit(1);
	fd = socket(AF_INET, SOCK_DGRAM, 0);
	if (fd >= 0 && !ioctl(fd, SIOCSIFFLAGS, &lo))
		close(fd);
	live_for(200);
	end();
}

void proc_random(void)
{
	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
	switch (dice(20)) {
	case 0:
	case 1:
	case 2:
	case 3:
	case 4:
	case 5:
		count(OP_FORK);
		if (fork_one() == 0)
			child_of_fork();
		break;
	case 6:
		count(OP_VFORK);
		execute(true);
		break;
	case 7:
	case 8:
		count(OP_EXEC);
		execute(false);
		break;
	case 9:
		count(OP_EXEC_FAIL);
		execute_nothing();
		break;
	case 10:
	case 11:
		count(OP_SHARE);
		share_files();
		break;
	case 12:
	case 13:
		count(OP_THREAD);
		by_thread();
		break;
	case 14:
	case 15:
		count(OP_KILL);
		kill_anyone();
		break;
	case 16:
		if (!dice(4)) {
			count(OP_NETNS);
			another_netns();
		}
		break;
	default:
		op_random();
	}
}
