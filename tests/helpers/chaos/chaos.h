/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * chaos: many processes that do to sockets, and to each other, whatever can be done, at random.
 * Now and then all of them stand still, so that a test may look. See main.c for the words that
 * it exchanges with the test.
 *
 * All processes share one page table of facts (struct shared, by descriptor, so that a program
 * that was executed finds it again). A process has a slot in it from before it is forked until
 * the first process has seen it dead.
 */
#ifndef CHAOS_H
#define CHAOS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* Descriptors that every process has; sockets are below. */
#define FD_SHARED 900
#define FD_SEND 901 /* an AF_UNIX pair in which descriptors are passed on */
#define FD_RECEIVE 902
#define FD_FIRST 3
#define FD_LAST 899

#define MAX_PROCS 192
#define MAX_FDS 48 /* open ones per process */
#define MAX_PORTS 64

enum op {
	OP_SOCKET,
	OP_BIND,
	OP_LISTEN,
	OP_CONNECT,
	OP_DISCONNECT,
	OP_ACCEPT,
	OP_SEND,
	OP_SHUTDOWN,
	OP_CLOSE,
	OP_DUP,
	OP_CLOSE_RANGE,
	OP_PASS,
	OP_TAKE,
	OP_FORK,
	OP_VFORK,
	OP_EXEC,
	OP_EXEC_FAIL,
	OP_SHARE,
	OP_UNSHARE,
	OP_THREAD,
	OP_KILL,
	OP_NETNS,
	OP_MAX
};

struct slot {
	_Atomic pid_t pid; /* 0: free; negative: about to be forked, by that one */
	_Atomic bool paused;
	uint64_t dead_since_ns; /* the first process's alone */
};

struct shared {
	_Atomic bool pause, stop;
	_Atomic uint64_t ops[OP_MAX];
	_Atomic uint16_t ports[MAX_PORTS]; /* somebody listens there, or did */
	struct slot slots[MAX_PROCS];
	uint64_t end_ns; /* nobody goes on after it */
};

extern struct shared *shared;

/* main.c */
uint32_t dice(uint32_t sides);
void reseed(void);
uint64_t now_ns(void);
void breathe(void); /* stands still as long as all must; ends when all must */
struct slot *slot_take(void);
void slot_is_me(struct slot *s);

/* A slot of our own is ours before we do anything. */
pid_t fork_one(void);

/* ops.c: sockets */
void op_socket_random(void);
void ops_forget(void); /* which descriptors are open: somebody else may have closed some */
bool op_random(void);

/* procs.c: processes */
void proc_random(void);

#endif
