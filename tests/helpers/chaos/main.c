// SPDX-License-Identifier: GPL-2.0-or-later
/*
 *	chaos [--workers N] [--ops N] [--every N] [--seed N] [--seconds N]
 *
 * Prints "quiet OPS" after each --every operations, when all processes stand still, and goes on
 * when it reads a line. Ends with "done OPS" and a line for each kind of operation.
 */
#include "chaos.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define LOOK_NS 120000000000ull

struct shared *shared;
static struct slot *my_slot;
static uint64_t state = 88172645463325252ull;

static const char *const op_names[OP_MAX] = {
	"socket", "bind",	"listen",  "connect", "disconnect", "accept", "send",  "shutdown",
	"close",  "dup",	"range",   "pass",    "take",	    "fork",   "vfork", "exec",
	"noexec", "clonefiles", "unshare", "thread",  "kill",	    "netns",
};

uint32_t dice(uint32_t sides)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (state >> 11) % sides;
}

void reseed(void)
{
	state ^= (uint64_t)getpid() * 0x9E3779B97F4A7C15ull;
	dice(2);
}

uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ull + ts.tv_nsec;
}

static void nap(long ms)
{
	nanosleep(&(struct timespec){ .tv_nsec = ms * 1000000 }, NULL);
}

void breathe(void)
{
	if (!shared->pause && !shared->stop)
		return;
	if (my_slot)
		my_slot->paused = true;
	/* Not in the middle of a look, unless nobody is there any more who might end it. */
	while (shared->pause && !shared->stop && now_ns() < shared->end_ns + LOOK_NS)
		nap(2);
	if (shared->stop || now_ns() >= shared->end_ns)
		_exit(0);
	if (my_slot)
		my_slot->paused = false;
}

struct slot *slot_take(void)
{
	for (size_t i = 0; i < MAX_PROCS; i++) {
		pid_t free_one = 0;

		if (atomic_compare_exchange_strong(&shared->slots[i].pid, &free_one, -getpid())) {
			shared->slots[i].paused = false;
			return &shared->slots[i];
		}
	}
	return NULL;
}

void slot_is_me(struct slot *s)
{
	my_slot = s;
	s->pid = getpid();
}

pid_t fork_one(void)
{
	struct slot *s = slot_take();
	pid_t pid;

	if (!s)
		return -1;
	pid = fork();
	if (pid < 0)
		s->pid = 0;
	if (pid > 0) {
		/* The child may be dead before it could say who it is. */
		pid_t unsaid = -getpid();

		atomic_compare_exchange_strong(&s->pid, &unsaid, pid);
	}
	if (pid == 0) {
		slot_is_me(s);
		reseed();
	}
	return pid;
}

static uint64_t ops_total(void)
{
	uint64_t n = 0;

	for (size_t i = 0; i < OP_MAX; i++)
		n += shared->ops[i];
	return n;
}

/* A zombie has closed its files. */
static bool is_dead(pid_t pid)
{
	char path[32], buf[512], *p;
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : read(fd, buf, sizeof(buf) - 1);
	if (fd >= 0)
		close(fd);
	if (n <= 0)
		return true;
	buf[n] = '\0';
	p = strrchr(buf, ')');
	return p && (p[2] == 'Z' || p[2] == 'X');
}

/* Frees the slots of the dead; how many live. */
static size_t bury(bool *ret_all_paused)
{
	size_t nr = 0;

	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
	*ret_all_paused = true;
	for (size_t i = 0; i < MAX_PROCS; i++) {
		struct slot *s = &shared->slots[i];
		pid_t pid = s->pid;

		if (!pid)
			continue;
		/* Killed between taking the slot and forking? The child has a second to speak. */
		if (!is_dead(abs(pid)))
			s->dead_since_ns = 0;
		else if (!s->dead_since_ns)
			s->dead_since_ns = now_ns();
		if (s->dead_since_ns && (pid > 0 || now_ns() - s->dead_since_ns > 1000000000ull)) {
			s->dead_since_ns = 0;
			s->pid = 0;
			continue;
		}
		nr++;
		*ret_all_paused = *ret_all_paused && pid > 0 && s->paused;
	}
	return nr;
}

static void stand_still(void)
{
	uint64_t begin = now_ns();
	bool all;

	shared->pause = true;
	do {
		nap(2);
		bury(&all);
		if (now_ns() - begin > 20000000000ull) {
			shared->stop = true;
			errx(1, "somebody does not stand still");
		}
	} while (!all);
	nap(50); /* what was sent is received by now */
}

/* A process that was executed, with whatever it has inherited. */
static void hold(int slot, int ms)
{
	uint64_t end = now_ns() + ms * 1000000ull;

	my_slot = &shared->slots[slot];
	while (now_ns() < end) {
		nap(2);
		breathe();
	}
	_exit(0);
}

static void work(void)
{
	for (;;) {
		breathe();
		if (dice(24))
			op_random();
		else
			proc_random();
	}
}

static void map_shared(void)
{
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED, FD_SHARED, 0);
	if (shared == MAP_FAILED)
		err(1, "mmap");
}

static void setup(long seconds)
{
	struct rlimit files = { 1024, 1024 };
	int fd = memfd_create("chaos", 0), pair[2];

	if (fd < 0 || ftruncate(fd, sizeof(*shared)) || dup2(fd, FD_SHARED) < 0 ||
	    socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0, pair) ||
	    dup2(pair[0], FD_SEND) < 0 || dup2(pair[1], FD_RECEIVE) < 0)
		err(1, "setup");
	close(fd);
	close(pair[0]);
	close(pair[1]);
	map_shared();
	shared->end_ns = now_ns() + seconds * 1000000000ull;
	setrlimit(RLIMIT_NOFILE, &files);
	signal(SIGPIPE, SIG_IGN);
	prctl(PR_SET_CHILD_SUBREAPER, 1);
}

static void keep_workers(long workers)
{
	bool all;

	for (size_t nr = bury(&all); nr < (size_t)workers; nr++)
		if (fork_one() == 0)
			work();
}

static void finish(void)
{
	bool all;

	shared->stop = true;
	for (int i = 0; i < 500 && bury(&all); i++)
		nap(10);
	for (size_t i = 0; i < MAX_PROCS; i++)
		if (shared->slots[i].pid > 0)
			kill(shared->slots[i].pid, SIGKILL);
	printf("done %llu\n", (unsigned long long)ops_total());
	for (size_t i = 0; i < OP_MAX; i++)
		printf("op %s %llu\n", op_names[i], (unsigned long long)shared->ops[i]);
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "workers", required_argument, NULL, 'w' },
		{ "ops", required_argument, NULL, 'o' },
		{ "every", required_argument, NULL, 'e' },
		{ "seed", required_argument, NULL, 's' },
		{ "seconds", required_argument, NULL, 't' },
		{ 0 },
	};
	long workers = 12, ops = 20000, every = 5000, seconds = 600;
	uint64_t next;
	char line[64];
	int o;

	if (argc == 4 && !strcmp(argv[1], "--hold")) {
		map_shared();
		hold(atoi(argv[2]), atoi(argv[3]));
	}
	while ((o = getopt_long(argc, argv, "", options, NULL)) != -1) {
		long value = o == '?' ? 0 : strtol(optarg, NULL, 10);

		switch (o) {
		case 'w':
			workers = value;
			break;
		case 'o':
			ops = value;
			break;
		case 'e':
			every = value;
			break;
		case 's':
			state ^= (uint64_t)value * 0x9E3779B97F4A7C15ull;
			break;
		case 't':
			seconds = value;
			break;
		default:
			return 2;
		}
	}
	setup(seconds);
	setvbuf(stdout, NULL, _IOLBF, 0);
	for (next = every; ops_total() < (uint64_t)ops; next = ops_total() + every) {
		while (ops_total() < next && now_ns() < shared->end_ns) {
			keep_workers(workers);
			nap(2);
		}
		stand_still();
		printf("quiet %llu\n", (unsigned long long)ops_total());
		if (!fgets(line, sizeof(line), stdin) || now_ns() >= shared->end_ns)
			break;
		shared->pause = false;
	}
	finish();
	return 0;
}
