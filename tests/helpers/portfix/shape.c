// SPDX-License-Identifier: GPL-2.0-or-later
/* Shapes of who has the socket: every way for it to end up with a process other than its creator.
 */

#include <err.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "portfix.h"

/* 1,2,3 */
static char *pid_list(const pid_t *pids, int count)
{
	char *text = calloc(count + 1, 12);
	size_t length = 0;

	if (!text)
		err(1, "calloc");
	for (int i = 0; i < count; i++)
		length += sprintf(text + length, "%s%d", i ? "," : "", pids[i]);
	return text;
}

/* nginx, gunicorn: the master opens the socket, and its children serve it. */
void shape_workers(const struct options *o)
{
	int fd = sock_open(o);
	pid_t *pids = calloc(o->workers, sizeof(*pids));

	if (!pids)
		err(1, "calloc");
	for (int i = 0; i < o->workers; i++) {
		pids[i] = fork_process(o);
		if (!pids[i])
			hold(o, fd);
	}
	say("ready port=%d pid=%d children=%s", sock_port(fd), getpid(),
	    pid_list(pids, o->workers));
	hold(o, -1);
}

/* Each worker opens the port for itself; the first one finds it where none was given. */
void shape_reuseport_workers(const struct options *o)
{
	struct options each = *o;
	pid_t *pids = calloc(o->reuseport_workers, sizeof(*pids));
	int pipefd[2];

	each.reuseport = true;
	if (!pids || pipe2(pipefd, O_CLOEXEC))
		err(1, "pipe");
	for (int i = 0; i < o->reuseport_workers; i++) {
		pids[i] = fork_process(o);
		if (!pids[i]) {
			int fd = sock_open(&each);
			int port = sock_port(fd);

			if (write(pipefd[1], &port, sizeof(port)) != sizeof(port))
				err(1, "write");
			hold(&each, fd);
		}
		if (read(pipefd[0], &each.port, sizeof(each.port)) != sizeof(each.port))
			err(1, "read");
	}
	say("ready port=%d pid=%d children=%s", each.port, getpid(),
	    pid_list(pids, o->reuseport_workers));
	hold(o, -1);
}

/* The classic daemon: the process that opened the socket is gone, and so is its child. */
void shape_daemonize(const struct options *o)
{
	pid_t parent = getpid();

	if (fork_process(o))
		_exit(0);
	while (getppid() == parent)
		usleep(1000);
	if (setsid() < 0)
		err(1, "setsid");
	parent = getpid();
	if (fork_process(o))
		_exit(0);
	while (getppid() == parent)
		usleep(1000);
}

static void exec_sleep(const struct options *o)
{
	char seconds[16];

	snprintf(seconds, sizeof(seconds), "%d", o->lifetime);
	execlp("sleep", "sleep", seconds, NULL);
	err(1, "exec sleep");
}

/* A child that nobody meant to have the socket outlives the server: the port stays busy. */
void shape_leak(const struct options *o)
{
	int fd = sock_open(o), pipefd[2];
	pid_t child;

	if (pipe2(pipefd, O_CLOEXEC))
		err(1, "pipe");
	child = fork_process(o);
	if (!child)
		exec_sleep(o);
	/* exec closes the other end */
	pipe_wait(pipefd);
	say("ready port=%d pid=%d creator=%d", sock_port(fd), child, getpid());
	exit(0);
}

/*
 * The socket survives exec. A process cannot report after its own exec, so an orphan does, which
 * gives the socket back first: before the exec, for a program may end at once.
 */
void shape_exec(const struct options *o)
{
	int fd = sock_open(o), executed[2], given_back[2], port = sock_port(fd);
	pid_t pid;

	if (pipe2(executed, O_CLOEXEC) || pipe2(given_back, O_CLOEXEC))
		err(1, "pipe");
	pid = fork_process(o);
	if (!pid) {
		if (fork_process(o))
			_exit(0);
		sock_close_kept();
		close(given_back[1]);
		pipe_wait(executed);
		say("ready port=%d pid=%d", port, first_pid);
		_exit(0);
	}
	waitpid(pid, NULL, 0);
	pipe_wait(given_back);
	signal(SIGCHLD, SIG_DFL);
	execvp(o->exec[0], o->exec);
	err(1, "exec %s", o->exec[0]);
}

static void *thread_main(void *arg)
{
	const struct options *o = arg;
	int fd = sock_open(o);

	say("ready port=%d pid=%d tid=%d", sock_port(fd), getpid(), (int)syscall(SYS_gettid));
	hold(o, fd);
}

/* A thread's own id is not the process: owners are named by the latter. */
void shape_thread(const struct options *o)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, thread_main, (void *)o))
		errx(1, "pthread_create");
	pthread_join(thread, NULL);
	exit(1);
}

/* A busy machine: many processes with many files, none of them a socket. They end with this one. */
void shape_crowd(const struct options *o)
{
	int pipefd[2];

	if (pipe2(pipefd, O_CLOEXEC))
		err(1, "pipe");
	for (int i = 0; i < o->crowd_procs; i++) {
		if (fork_process(o))
			continue;
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (int j = 0; j < o->crowd_fds; j++) {
			if (open("/dev/null", O_RDONLY) < 0)
				err(1, "open");
		}
		close(pipefd[1]);
		for (;;)
			pause();
	}
	pipe_wait(pipefd);
	say("ready pid=%d processes=%d files=%d", getpid(), o->crowd_procs, o->crowd_fds);
	hold(o, -1);
}
