// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * sockets NAMESPACES LISTENERS CONNECTIONS: very many sockets, held until it is ended.
 *
 * Processes of at most 15,000 descriptors each have their share; connections have both ends here,
 * so that each pair counts as two. NAMESPACES 0: in the one it was started in, otherwise a process
 * in a namespace of its own for each. Then: ready sockets=N
 */
#include <err.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define MOST 15000
#define FIRST_PORT 2000 /* below those that connect() takes */

static void own_namespace(void)
{
	struct ifreq lo = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	int fd;

	if (unshare(CLONE_NEWNET))
		err(1, "unshare");
	fd = socket(AF_INET, SOCK_DGRAM, 0);
	if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &lo))
		err(1, "lo");
	close(fd);
}

/* Reset when it is closed: a TIME-WAIT would be in the way of the next ones. An accepted socket has
 * that of its listener. */
static int tcp(void)
{
	struct linger reset = { .l_onoff = 1 };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset)))
		err(1, "socket");
	return fd;
}

/* Listeners of one address each per process: 127.1.x.y, so that any number finds ports. */
static void hold(int nth, int listeners, int connections)
{
	struct sockaddr_in a = { .sin_family = AF_INET };
	int *fds = calloc(listeners, sizeof(*fds));

	if (!fds)
		err(1, "calloc");
	a.sin_addr.s_addr = htonl(0x7f010001 + nth);
	for (int i = 0; i < listeners; i++) {
		fds[i] = tcp();
		a.sin_port = htons(FIRST_PORT + i);
		if (bind(fds[i], (struct sockaddr *)&a, sizeof(a)) || listen(fds[i], 16))
			err(1, "listen");
	}
	for (int i = 0; i < connections / 2; i++) {
		a.sin_port = htons(FIRST_PORT + i % listeners);
		if (connect(tcp(), (struct sockaddr *)&a, sizeof(a)))
			err(1, "connect");
		if (accept(fds[i % listeners], NULL, NULL) < 0)
			err(1, "accept");
	}
	free(fds);
}

int main(int argc, char **argv)
{
	int namespaces, listeners, connections, processes, pipefd[2], done = 0;

	if (argc != 4)
		errx(2, "usage: sockets NAMESPACES LISTENERS CONNECTIONS");
	namespaces = atoi(argv[1]);
	listeners = atoi(argv[2]);
	connections = atoi(argv[3]);
	processes = namespaces ? namespaces : (listeners + connections) / MOST + 1;
	if (pipe(pipefd))
		err(1, "pipe");
	for (int i = 0; i < processes; i++) {
		pid_t pid = fork();

		if (pid < 0)
			err(1, "fork");
		if (pid)
			continue;
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (namespaces)
			own_namespace();
		hold(i, listeners / processes, connections / processes);
		if (write(pipefd[1], "", 1) != 1)
			err(1, "write");
		close(pipefd[1]);
		for (;;)
			pause();
	}
	close(pipefd[1]);
	for (char byte; done < processes && read(pipefd[0], &byte, 1) == 1;)
		done++;
	if (done < processes)
		errx(1, "%d of %d processes have what they should", done, processes);
	printf("ready sockets=%d\n",
	       listeners / processes * processes + connections / processes / 2 * 2 * processes);
	fflush(stdout);
	pause();
	return 0;
}
