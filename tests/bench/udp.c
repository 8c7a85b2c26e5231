// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * udp send MS: datagrams from one unconnected socket to another, on loopback, for so long.
 * udp ask MS: questions as a resolver asks them, each from a new socket that is connected and
 * closed.
 *
 * One process, one thread: what is measured is the path through the kernel and no scheduler. Then:
 * done datagrams=N
 */
#include <err.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static double now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1e3 + t.tv_nsec / 1e6;
}

int main(int argc, char **argv)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int server = socket(AF_INET, SOCK_DGRAM, 0), client = socket(AF_INET, SOCK_DGRAM, 0);
	double end = now_ms() + (argc == 3 ? atoi(argv[2]) : 0);
	struct sockaddr *to = (struct sockaddr *)&a;
	socklen_t length = sizeof(a);
	char data[64] = {};
	long done;

	if (argc != 3 || (strcmp(argv[1], "send") && strcmp(argv[1], "ask")))
		errx(2, "usage: udp send|ask MS");
	if (server < 0 || client < 0 || bind(server, to, length) ||
	    getsockname(server, to, &length))
		err(1, "server");
	for (done = 0; now_ms() < end; done++) {
		if (argv[1][0] == 's') {
			if (sendto(client, data, sizeof(data), 0, to, length) < 0)
				err(1, "sendto");
		} else {
			int fd = socket(AF_INET, SOCK_DGRAM, 0);

			if (fd < 0 || connect(fd, to, length) ||
			    send(fd, data, sizeof(data), 0) < 0)
				err(1, "send");
			close(fd);
		}
		if (recv(server, data, sizeof(data), 0) < 0)
			err(1, "recv");
	}
	printf("done datagrams=%ld\n", done);
	return 0;
}
