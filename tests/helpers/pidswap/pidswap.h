/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pidswap tries to make portwatch kill the wrong process. Each round it starts a process that
 * holds a port, runs a command that is to free that port under ptrace, and at one stop of that
 * command, at the entry or the exit of some system call, lets something happen: the holder dies and
 * its number passes at once to a bystander (clone3 with set_tid), or the holder forks, or
 * gives its socket away. Then the command goes on as if nothing had been. The program under
 * test needs no hooks for this, and no two of its steps lie so close that nothing fits between.
 *
 *	pidswap [--rounds N] [--seed N] [--scene NAME] [--port N] COMMAND... (the port is appended)
 *
 * At the end it says how many rounds there were of each kind, and exits with 1 if any process
 * was signalled that must not be, or a port was called free that was not.
 */
#ifndef PIDSWAP_H
#define PIDSWAP_H

#include <stdbool.h>
#include <sys/types.h>

/* people.c: the processes around the one under test */
struct person {
	pid_t pid; /* 0: none */
	int talk;  /* our end of a socket to it */
};

enum role {
	HOLDER,	   /* listens on the port, ends on TERM */
	STUBBORN,  /* likewise, but ignores TERM */
	BYSTANDER, /* has nothing to do with it */
	NEWCOMER,  /* listens on the port, after the holder's end */
};

/* Starts one with this number, 0: any. 0, or -EEXIST: somebody else has the number. */
int person_start(struct person *p, enum role role, pid_t number, int port);
/* Kills and reaps it. */
void person_end(struct person *p);
/* Asks the holder to fork: a child that keeps the socket, or one that closes it. */
void person_fork(struct person *holder, struct person *child, bool keeps);
/* Asks the holder to give its socket to another person, and to close it. */
void person_pass(struct person *holder, struct person *to);
/* Ends it and tells how it fared: 0: unharmed, or the signal that it got. */
int person_harm(struct person *p);

/* trace.c: the process under test */
enum anchor { AT_START, AT_OPEN, AT_SIGNAL, AT_SIGNAL_DONE, NR_ANCHORS };

struct run {
	char output[4096]; /* its standard output and error */
	int status;	   /* exit status, -1: killed, or hung */
	bool acted;
	int stops[NR_ANCHORS]; /* how many stops there were from each anchor to the next one */
};

/* Runs the command; `offset` stops after the anchor, act() is called once. anchor NR_ANCHORS:
 * never, but all stops are counted. */
void run_traced(struct run *r, char **command, enum anchor anchor, int offset,
		void (*act)(void *arg), void *arg);

#endif
