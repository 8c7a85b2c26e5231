// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Prints what the readers without BPF see, one record a line.
 *
 *	floor sockets [PORT]		sock_diag, the current network namespace
 *	floor small [PORT]		sock_diag, what has no struct socket
 *	floor listeners [PORT]		sock_diag, in state LISTEN alone
 *	floor shows-bound		1: this kernel shows sockets that are bound only
 *	floor alive PORT STATE COOKIE	is the socket still there? 1 or 0
 *	floor alive-inode PORT STATE INODE
 *	floor time N PORT		microseconds of the quickest of N dumps of a port
 *	floor procnet PID [PORT]	/proc/PID/net; 0: our own
 *	floor holders PORT [PID]	the port's sockets by sock_diag, and their holders by /proc
 *	floor holder INODE [PID]	the holders of that one
 *	floor netns			network namespaces, with names at last
 *	floor unshared NR		listen NR times, each in a thread with its own descriptors
 */
#include <arpa/inet.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/addr.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "model/names.h"
#include "sys/netns.h"
#include "sys/proc.h"
#include "tables/diag.h"
#include "tables/procfd.h"
#include "tables/procnet.h"
#include "tables/procns.h"

static uint64_t ports[1024];

static void want_port(struct question *q, const char *text)
{
	unsigned long port = text ? strtoul(text, NULL, 10) : 0;

	if (!port)
		return;
	ports[port / 64 & 1023] |= 1ull << port % 64;
	q->ports = ports;
}

static void print_end(const char *name, const struct pw_sock *s, const struct pw_addr *a,
		      uint16_t port)
{
	char text[ADDR_LEN];

	addr_format(s->family, a, text);
	printf(" %s=%s:%u", name, text, port);
}

static int print_socket(void *arg, const struct pw_rec *rec)
{
	const struct pw_sock *s = &rec->sock;

	(void)arg;
	printf("%s family=%d state=%s", s->proto == PW_TCP ? "tcp" : "udp",
	       s->family == PW_INET ? 4 : 6, names_state(s->state));
	print_end("local", s, &s->laddr, s->lport);
	print_end("remote", s, &s->raddr, s->rport);
	printf(" inode=%llu cookie=%llu netns=%u socket=%u backlog=%u", rec->inode, s->cookie,
	       s->netns, rec->has_socket, s->backlog);
	if (s->flags & PW_F_V6ONLY)
		printf(" v6only=1");
	if (s->flags & PW_F_RELEASED)
		printf(" released=1");
	if (rec->has_uid)
		printf(" uid=%u", rec->bind.uid);
	if (rec->timewait)
		printf(" timewait=1 expires=%lld hz=%u", rec->expires, rec->hz);
	putchar('\n');
	return 0;
}

static int ignore(void *arg, const struct pw_rec *rec)
{
	(void)rec;
	return ++*(size_t *)arg, 0;
}

static int run_sockets(const char *const *args)
{
	struct question q = { .small = !strcmp(args[0], "small") };

	if (!strcmp(args[0], "listeners"))
		q.states = 1u << PW_LISTEN;
	want_port(&q, args[1]);
	return diag_sockets(&q, print_socket, NULL);
}

static int run_shows_bound(const char *const *args)
{
	int shows = diag_shows_bound();

	(void)args;
	return shows < 0 ? shows : (printf("%d\n", shows), 0);
}

static int run_alive(const char *const *args)
{
	struct pw_sock s = { .proto = PW_TCP, .family = PW_INET };
	int alive;

	s.lport = strtoul(args[1], NULL, 10);
	s.state = strtoul(args[2], NULL, 10);
	alive = !strcmp(args[0], "alive") ? diag_alive(strtoull(args[3], NULL, 10), &s) :
					    diag_alive_inode(strtoull(args[3], NULL, 10), &s);
	return alive < 0 ? alive : (printf("%d\n", alive), 0);
}

static int run_time(const char *const *args)
{
	uint64_t best = UINT64_MAX, begin;
	struct question q = {};
	size_t nr = 0;
	int err = 0;

	want_port(&q, args[2]);
	for (long i = strtol(args[1], NULL, 10); i > 0 && !err; i--) {
		begin = clock_boot_ns();
		err = diag_sockets(&q, ignore, &nr);
		begin = clock_boot_ns() - begin;
		best = begin < best ? begin : best;
	}
	printf("%llu us\n", (unsigned long long)best / 1000);
	return err;
}

static int run_procnet(const char *const *args)
{
	struct question q = {};

	want_port(&q, args[2]);
	return procnet_sockets(strtoul(args[1], NULL, 10), &q, print_socket, NULL);
}

static int print_holder(void *arg, const struct pw_rec *rec)
{
	(void)arg;
	printf("holder pid=%u fd=%u inode=%llu tgid=%u uid=%u start=%llu alive=%d comm=%.16s\n",
	       rec->pid, rec->fd, rec->inode, rec->actor.tgid, rec->actor.uid, rec->actor.start_ns,
	       proc_alive((pid_t)rec->pid, rec->actor.start_ns), rec->actor.comm);
	return 0;
}

static int print_holders(struct question *q, const struct inode_set *wanted, const char *pid)
{
	struct procfd_blind blind = {};
	int err;

	q->pid = pid ? strtoul(pid, NULL, 10) : 0;
	err = procfd_holders(q, wanted, print_holder, NULL, &blind);
	if (!err)
		printf("blind processes=%zu unreadable=%zu descriptors=%zu concealed=%d pid=%u uid=%u\n",
		       blind.processes, blind.unreadable, blind.descriptors, blind.concealed,
		       blind.pid, blind.uid);
	return err;
}

static int want_inode(void *arg, const struct pw_rec *rec)
{
	return print_socket(NULL, rec) ?: inode_set_add(arg, rec->inode);
}

static int run_holders(const char *const *args)
{
	struct inode_set wanted = INODE_SET;
	struct question q = {};
	int err;

	want_port(&q, args[1]);
	err = diag_sockets(&q, want_inode, &wanted) ?: print_holders(&q, &wanted, args[2]);
	inode_set_done(&wanted);
	return err;
}

static int run_holder(const char *const *args)
{
	struct inode_set wanted = INODE_SET;
	struct question q = {};
	int err = inode_set_add(&wanted, strtoull(args[1], NULL, 10)) ?:
			  print_holders(&q, &wanted, args[2]);

	inode_set_done(&wanted);
	return err;
}

static int print_netns(void *arg, uint32_t inode, uint32_t pid)
{
	(void)arg;
	printf("netns=%u pid=%u\n", inode, pid);
	return 0;
}

static int print_name(void *arg, uint32_t inode, const char *name)
{
	(void)arg;
	printf("netns=%u name=%s\n", inode, name);
	return 0;
}

static int run_netns(const char *const *args)
{
	(void)args;
	return procns_each(print_netns, NULL) ?: netns_each_name(print_name, NULL);
}

/* The thread has a table of descriptors of its own: nobody sees the socket in /proc/PID/fd. */
static void *listen_unshared(void *arg)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(a);
	int fd = unshare(CLONE_FILES) ? -1 : socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)arg;
	if (fd < 0 || bind(fd, (struct sockaddr *)&a, sizeof(a)) || listen(fd, 1) ||
	    getsockname(fd, (struct sockaddr *)&a, &len))
		exit(EXIT_FAILURE);
	printf("ready port=%u pid=%d fd=%d\n", ntohs(a.sin_port), getpid(), fd);
	fflush(stdout);
	for (;;)
		pause();
}

static int run_unshared(const char *const *args)
{
	pthread_t thread;
	int err = 0;

	for (long i = strtol(args[1], NULL, 10); i > 0 && !err; i--)
		err = -pthread_create(&thread, NULL, listen_unshared, NULL);
	if (err)
		return err;
	for (;;)
		pause();
}

static const struct {
	const char *name;
	int nr_args;
	int (*run)(const char *const *args);
} commands[] = {
	{ "sockets", 0, run_sockets },	 { "small", 0, run_sockets },
	{ "listeners", 0, run_sockets }, { "shows-bound", 0, run_shows_bound },
	{ "alive", 3, run_alive },	 { "time", 2, run_time },
	{ "alive-inode", 3, run_alive }, { "procnet", 1, run_procnet },
	{ "holders", 1, run_holders },	 { "holder", 1, run_holder },
	{ "netns", 0, run_netns },	 { "unshared", 1, run_unshared },
};

int main(int argc, char **argv)
{
	const char *args[8] = {};
	int err;

	for (int i = 1; i < argc && i < 7; i++)
		args[i - 1] = argv[i];
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
		if (!args[0] || strcmp(args[0], commands[i].name) != 0)
			continue;
		if (argc < commands[i].nr_args + 2)
			break;
		err = commands[i].run(args);
		if (err)
			fprintf(stderr, "floor: %s\n", strerror(-err));
		return err ? EXIT_FAILURE : EXIT_SUCCESS;
	}
	fprintf(stderr, "usage: see tests/helpers/floor.c\n");
	return 2;
}
