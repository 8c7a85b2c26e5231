/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * portfix opens a port in every shape that a tracker may meet, says when it has, and holds it.
 *
 * Output is one line per fact, `key=value` words after the first, each in one write:
 *
 *	ready port=8000 pid=12 children=13,14	everything asked for is in place
 *	accepted pid=14 peer=127.0.0.1:43670	a connection came in, and this process has it
 *	sent ..., done ...			a shape's later steps
 *
 * Every process of portfix ends by itself after --lifetime seconds, so none outlives its test.
 * Errors end it with a line on standard error: it is a fixture, nothing is worth going on for.
 */
#ifndef PORTFIX_H
#define PORTFIX_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/types.h>

struct options {
	/* the socket */
	const char *proto;  /* "udp", or else TCP: */
	int type;	    /* SOCK_STREAM or SOCK_DGRAM */
	int family;	    /* AF_INET or AF_INET6 */
	const char *addr;   /* NULL: any */
	const char *device; /* SO_BINDTODEVICE */
	int port;
	int v6only; /* -1: the system's default */
	bool reuseaddr, reuseport, mptcp;
	bool no_bind, bind_only;
	int backlog;
	int dups; /* further file descriptors for the same socket */

	/* what it talks to */
	const char *connect, *sendto; /* ADDR:PORT */
	int conns;
	int accept;
	bool accept_fork;

	/* who has it */
	int workers, reuseport_workers;
	bool daemonize, leak, thread, inflight;
	const char *send_fd, *recv_fd;
	char **exec;

	/* whole scenes */
	const char *state, *side;
	bool client_side, orphan, drop_listener;
	int churn, rate, for_ms;
	bool linger0;
	const char *crowd;
	int crowd_procs, crowd_fds;

	/* the process */
	const char *comm;
	bool ignore_term, until_eof;
	const char *on_term, *give_fd;
	int lifetime;
};

union address {
	struct sockaddr sa;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

/* room for [addr]:port */
#define ADDRESS_TEXT (INET6_ADDRSTRLEN + 9)

/* main.c */
extern int first_pid; /* the process that was started, even where another one goes on */
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));
pid_t fork_process(const struct options *o);
void pipe_wait(int pipefd[2]);
void hold(const struct options *o, int listener) __attribute__((noreturn));

/* options.c */
void options_parse(struct options *o, char **words);

/* sock.c */
socklen_t address_make(union address *a, int family, const char *host, int port);
socklen_t address_parse(union address *a, const char *text);
const char *address_text(const union address *a, char text[ADDRESS_TEXT]);
int sock_port(int fd);
int sock_new(const struct options *o);
int sock_open(const struct options *o);
void sock_connect(int fd, const char *where);
int sock_accept(int listener, char peer[ADDRESS_TEXT]);
int sock_keep(int fd);
void sock_close_kept(void);

/* shape.c: who has the socket */
void shape_workers(const struct options *o) __attribute__((noreturn));
void shape_reuseport_workers(const struct options *o) __attribute__((noreturn));
void shape_daemonize(const struct options *o);
void shape_leak(const struct options *o) __attribute__((noreturn));
void shape_exec(const struct options *o) __attribute__((noreturn));
void shape_thread(const struct options *o) __attribute__((noreturn));
void shape_crowd(const struct options *o) __attribute__((noreturn));

/* pass.c: sockets in flight between processes */
void pass_inflight(const struct options *o) __attribute__((noreturn));
void pass_give(const char *path, int fd);
void pass_send(const struct options *o) __attribute__((noreturn));
void pass_receive(const struct options *o) __attribute__((noreturn));

/* state.c: a connection held in one TCP state, and many short ones */
void state_hold(const struct options *o) __attribute__((noreturn));
void state_churn(const struct options *o) __attribute__((noreturn));

#endif
