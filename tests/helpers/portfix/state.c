// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A connection over loopback, held in one TCP state; and many short connections.
 *
 * All states are reached with ordinary sockets. What would pass in an instant is held by a peer
 * that does not read: its window is closed, so a FIN behind unsent data is never acknowledged.
 */

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "portfix.h"

struct pair {
	int listener;
	int me, peer; /* me is the side that shall be in the state */
};

static void nonblocking(int fd, bool on)
{
	int flags = fcntl(fd, F_GETFL);

	if (fcntl(fd, F_SETFL, on ? flags | O_NONBLOCK : flags & ~O_NONBLOCK))
		err(1, "fcntl");
}

static int state_of(int fd)
{
	struct tcp_info info;
	socklen_t length = sizeof(info);

	if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &length))
		err(1, "TCP_INFO");
	return info.tcpi_state;
}

static void wait_state(int fd, int state)
{
	for (int tries = 0; state_of(fd) != state; tries++) {
		if (tries == 300)
			errx(1, "the connection is in state %d, not %d", state_of(fd), state);
		usleep(10000);
	}
}

/* Write until the peer's window has closed and the send buffer is full. */
static void fill(int fd)
{
	static const char data[65536];
	int idle = 0;

	nonblocking(fd, true);
	while (idle < 5) {
		if (write(fd, data, sizeof(data)) > 0) {
			idle = 0;
			continue;
		}
		if (errno != EAGAIN)
			err(1, "write");
		idle++;
		usleep(10000);
	}
	nonblocking(fd, false);
}

static void drain(int fd)
{
	static char data[65536];
	ssize_t length;

	while ((length = read(fd, data, sizeof(data))) > 0)
		;
	if (length < 0)
		err(1, "read");
}

static void finish(int fd)
{
	if (shutdown(fd, SHUT_WR))
		err(1, "shutdown");
}

static const char *loopback(const struct options *o)
{
	return o->addr ? o->addr : o->family == AF_INET6 ? "::1" : "127.0.0.1";
}

static int listener_open(const struct options *o, int backlog)
{
	struct options server = *o;

	server.addr = loopback(o);
	server.backlog = backlog;
	return sock_open(&server);
}

static int client_open(const struct options *o, int listener, bool wait)
{
	struct options client = *o;
	union address a;
	socklen_t length = address_make(&a, o->family, loopback(o), sock_port(listener));
	int fd;

	client.reuseport = false;
	fd = sock_keep(sock_new(&client));
	if (!wait)
		nonblocking(fd, true);
	if (connect(fd, &a.sa, length) && (wait || errno != EINPROGRESS))
		err(1, "connect");
	return fd;
}

static void close_kept(int fd)
{
	/* sock_close_kept() may close the number again: leave it taken. */
	int null = open("/dev/null", O_RDONLY);

	dup2(null, fd);
	close(null);
}

static void enter_fin_wait1(struct pair *p)
{
	fill(p->me);
	finish(p->me);
	wait_state(p->me, TCP_FIN_WAIT1);
}

static void enter_fin_wait2(struct pair *p)
{
	finish(p->me);
	wait_state(p->me, TCP_FIN_WAIT2);
}

static void enter_close_wait(struct pair *p)
{
	finish(p->peer);
	wait_state(p->me, TCP_CLOSE_WAIT);
}

static void enter_last_ack(struct pair *p)
{
	enter_close_wait(p);
	fill(p->me);
	finish(p->me);
	wait_state(p->me, TCP_LAST_ACK);
}

/* Both have sent a FIN behind data. Reading the peer's brings its FIN; ours is still unread. */
static void enter_closing(struct pair *p)
{
	fill(p->me);
	fill(p->peer);
	finish(p->me);
	finish(p->peer);
	drain(p->me);
	wait_state(p->me, TCP_CLOSING);
}

static void enter_time_wait(struct pair *p)
{
	close_kept(p->me);
	wait_state(p->peer, TCP_CLOSE_WAIT);
	close_kept(p->peer);
}

static void enter_established(struct pair *p)
{
	wait_state(p->me, TCP_ESTABLISHED);
}

static const struct state {
	const char *name;
	void (*enter)(struct pair *p);
} states[] = {
	{ "ESTABLISHED", enter_established }, { "FIN_WAIT1", enter_fin_wait1 },
	{ "FIN_WAIT2", enter_fin_wait2 },     { "CLOSE_WAIT", enter_close_wait },
	{ "LAST_ACK", enter_last_ack },	      { "CLOSING", enter_closing },
	{ "TIME_WAIT", enter_time_wait },
};

static const struct state *state_named(const char *name)
{
	for (size_t i = 0; i < sizeof(states) / sizeof(*states); i++) {
		if (!strcmp(states[i].name, name))
			return &states[i];
	}
	errx(2, "no such state: %s", name);
}

/* A full backlog drops the SYN, and the client goes on trying for about two minutes. */
static void hold_syn_sent(const struct options *o, struct pair *p)
{
	p->listener = listener_open(o, 0);
	client_open(o, p->listener, true);
	p->me = client_open(o, p->listener, false);
	wait_state(p->me, TCP_SYN_SENT);
}

/* With TCP_DEFER_ACCEPT the server stays where it is until data comes. */
static void hold_syn_recv(const struct options *o, struct pair *p)
{
	int seconds = 120;

	p->listener = listener_open(o, o->backlog);
	if (setsockopt(p->listener, IPPROTO_TCP, TCP_DEFER_ACCEPT, &seconds, sizeof(seconds)))
		err(1, "TCP_DEFER_ACCEPT");
	p->peer = client_open(o, p->listener, true);
	p->me = -1;
}

static void hold_pair(const struct options *o, struct pair *p)
{
	char peer[ADDRESS_TEXT];
	int client, server;

	p->listener = listener_open(o, o->backlog);
	client = client_open(o, p->listener, true);
	server = sock_keep(sock_accept(p->listener, peer));
	p->me = o->client_side ? client : server;
	p->peer = o->client_side ? server : client;
}

static void end_text(int fd, bool remote, char text[ADDRESS_TEXT])
{
	union address a = { 0 };
	socklen_t length = sizeof(a);

	if (remote ? getpeername(fd, &a.sa, &length) : getsockname(fd, &a.sa, &length))
		err(1, "getsockname");
	address_text(&a, text);
}

void state_hold(const struct options *o)
{
	char local[ADDRESS_TEXT], remote[ADDRESS_TEXT];
	struct pair p = { -1, -1, -1 };
	int port;

	if (!strcmp(o->state, "SYN_SENT")) {
		union address a;

		hold_syn_sent(o, &p);
		end_text(p.me, false, local);
		address_make(&a, o->family, loopback(o), sock_port(p.listener));
		address_text(&a, remote);
	} else if (!strcmp(o->state, "SYN_RECV")) {
		hold_syn_recv(o, &p);
		end_text(p.peer, true, local);
		end_text(p.peer, false, remote);
	} else {
		const struct state *state = state_named(o->state);

		hold_pair(o, &p);
		end_text(p.me, false, local);
		end_text(p.me, true, remote);
		state->enter(&p);
	}
	port = sock_port(p.listener);
	if (o->orphan && p.me >= 0)
		close_kept(p.me);
	if (o->drop_listener)
		close_kept(p.listener);
	say("ready port=%d pid=%d state=%s local=%s remote=%s", port, getpid(), o->state, local,
	    remote);
	hold(o, -1);
}

static void close_now(const struct options *o, int fd)
{
	struct linger reset = { .l_onoff = 1 };

	if (o->linger0 && setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset)))
		err(1, "SO_LINGER");
	close(fd);
}

/* Not before the nth of so many a second is due. */
static void pace(struct timespec begin, int rate, int nth)
{
	long long ns = nth * 1000000000LL / rate + begin.tv_nsec;
	struct timespec due = { begin.tv_sec + ns / 1000000000, ns % 1000000000 };

	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &due, NULL);
}

static bool over(struct timespec begin, int ms)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (now.tv_sec - begin.tv_sec) * 1000 + (now.tv_nsec - begin.tv_nsec) / 1000000 >= ms;
}

/* Connect, accept, close, one after the other; the side that closes first is left in TIME_WAIT. The
 * other has heard of it before it closes: else, where softirqs wait, both would be left. */
void state_churn(const struct options *o)
{
	struct options client = *o;
	union address a;
	int listener = listener_open(o, o->backlog), i;
	socklen_t length = address_make(&a, o->family, loopback(o), sock_port(listener));
	struct timespec begin;

	clock_gettime(CLOCK_MONOTONIC, &begin);
	client.reuseport = false;
	say("ready port=%d pid=%d", sock_port(listener), getpid());
	for (i = 0; i < o->churn && !(o->for_ms && over(begin, o->for_ms)); i++) {
		int out, in, second;
		char none;

		if (o->rate)
			pace(begin, o->rate, i);
		out = sock_new(&client);
		if (connect(out, &a.sa, length))
			err(1, "connect %d", i);
		in = accept(listener, NULL, NULL);
		if (in < 0)
			err(1, "accept %d", i);
		second = o->client_side ? in : out;
		close_now(o, o->client_side ? out : in);
		if (recv(second, &none, 1, 0) > 0)
			errx(1, "data");
		close_now(o, second);
	}
	say("done connections=%d pid=%d", i, getpid());
	_exit(0);
}
