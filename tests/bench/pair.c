// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * pair: commands as whole processes, next to each other.
 *
 *	pair [-v] [-o FILE] ROUNDS NAME=COMMAND...
 *
 * Each round runs every command once, in an order that turns with the round, so that whatever else
 * the machine does hits all alike. Every measurement is one line, for report.py to make pairs and
 * medians of:
 *
 *	NAME <tab> ROUND <tab> ms|cpu_ms|rss_kib|exit <tab> VALUE
 *
 * -v gives each run a victim: a process that listens on a port of its own, which stands for %p in
 *the command. ms is then the time until the victim is gone and with it its socket, said_ms the time
 *until the command said so by its end. -o keeps the commands' output, which otherwise goes nowhere.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MAX_WORDS 64
#define WARM_UP 1   /* round; none if only a few are measured */
#define PATIENCE 30 /* seconds that a victim may outlive the command */

extern char **environ;

struct candidate {
	char *name;
	char *argv[MAX_WORDS];
	char **port; /* the word %p of it */
};

struct measured {
	double ms, said_ms, cpu_ms;
	long rss_kib;
	int status;
	bool freed;
};

/* A command is words between blanks; there is no shell to be measured with it. */
static void parse(struct candidate *c, char *arg)
{
	char *eq = strchr(arg, '=');
	size_t n = 0;

	if (!eq)
		errx(2, "not NAME=COMMAND: %s", arg);
	*eq = '\0';
	c->name = arg;
	for (char *word = strtok(eq + 1, " "); word && n < MAX_WORDS - 1;
	     word = strtok(NULL, " ")) {
		if (strstr(word, "%p"))
			c->port = &c->argv[n];
		c->argv[n++] = word;
	}
	if (!n)
		errx(2, "no command: %s", arg);
}

static double ms_since(struct timespec begin)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (now.tv_sec - begin.tv_sec) * 1e3 + (now.tv_nsec - begin.tv_nsec) / 1e6;
}

/* Returns when it listens. */
static pid_t victim_start(int *ret_port)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t length = sizeof(a);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	pid_t pid;

	if (fd < 0 || bind(fd, (struct sockaddr *)&a, length) || listen(fd, 16) ||
	    getsockname(fd, (struct sockaddr *)&a, &length))
		err(1, "victim");
	pid = fork();
	if (pid < 0)
		err(1, "fork");
	if (!pid) {
		for (;;)
			pause();
	}
	close(fd);
	*ret_port = ntohs(a.sin_port);
	return pid;
}

static void overdue(int signal)
{
	(void)signal;
}

/* The command's end and the victim's, in either order. */
static void await_both(struct measured *m, pid_t pid, pid_t victim, struct timespec begin)
{
	struct rusage use;
	int status;

	while (pid || victim) {
		pid_t gone;

		if (!pid)
			alarm(PATIENCE);
		gone = wait4(-1, &status, 0, &use);
		if (gone < 0 && errno == EINTR) {
			kill(victim, SIGKILL);
			waitpid(victim, NULL, 0);
			return;
		}
		if (gone == victim) {
			m->ms = ms_since(begin);
			m->freed = true;
			victim = 0;
		} else if (gone == pid) {
			m->said_ms = ms_since(begin);
			m->status = status;
			m->rss_kib = use.ru_maxrss;
			m->cpu_ms = (use.ru_utime.tv_sec + use.ru_stime.tv_sec) * 1e3 +
				    (use.ru_utime.tv_usec + use.ru_stime.tv_usec) / 1e3;
			pid = 0;
		} else if (gone < 0) {
			err(1, "wait4");
		}
	}
	alarm(0);
}

static struct measured run(struct candidate *c, const posix_spawn_file_actions_t *output,
			   bool with_victim)
{
	char word[MAX_WORDS], *pattern = c->port ? *c->port : NULL;
	struct measured m = {};
	struct timespec begin;
	pid_t pid, victim = 0;
	int port, failed;

	if (with_victim) {
		victim = victim_start(&port);
		if (pattern) {
			int before = strstr(pattern, "%p") - pattern;

			snprintf(word, sizeof(word), "%.*s%d%s", before, pattern, port,
				 pattern + before + 2);
			*c->port = word;
		}
	}
	clock_gettime(CLOCK_MONOTONIC, &begin);
	failed = posix_spawnp(&pid, c->argv[0], output, NULL, c->argv, environ);
	if (failed) {
		if (victim)
			kill(victim, SIGKILL);
		errno = failed;
		err(1, "%s", c->argv[0]);
	}
	await_both(&m, pid, victim, begin);
	if (!with_victim)
		m.ms = m.said_ms;
	if (pattern)
		*c->port = pattern;
	return m;
}

static void print(const struct candidate *c, size_t round, const struct measured *m,
		  bool with_victim)
{
	if (!with_victim || m->freed)
		printf("%s\t%zu\tms\t%.4f\n", c->name, round, m->ms);
	if (with_victim)
		printf("%s\t%zu\tsaid_ms\t%.4f\n", c->name, round, m->said_ms);
	printf("%s\t%zu\tcpu_ms\t%.4f\n", c->name, round, m->cpu_ms);
	printf("%s\t%zu\trss_kib\t%ld\n", c->name, round, m->rss_kib);
	printf("%s\t%zu\texit\t%d\n", c->name, round,
	       WIFEXITED(m->status) ? WEXITSTATUS(m->status) : -1);
}

int main(int argc, char **argv)
{
	static struct candidate c[MAX_WORDS];
	const char *output = "/dev/null";
	posix_spawn_file_actions_t files;
	bool with_victim = false;
	size_t rounds, nr = 0;
	int option;

	while ((option = getopt(argc, argv, "+vo:")) > 0) {
		if (option == 'v')
			with_victim = true;
		else if (option == 'o')
			output = optarg;
		else
			return 2;
	}
	argv += optind;
	rounds = *argv ? strtoul(*argv++, NULL, 10) : 0;
	while (*argv && nr < MAX_WORDS)
		parse(&c[nr++], *argv++);
	if (!rounds || !nr)
		errx(2, "usage: pair [-v] [-o FILE] ROUNDS NAME=COMMAND...");
	sigaction(SIGALRM, &(struct sigaction){ .sa_handler = overdue }, NULL);
	posix_spawn_file_actions_init(&files);
	posix_spawn_file_actions_addopen(&files, 1, output, O_WRONLY | O_CREAT | O_APPEND, 0600);
	posix_spawn_file_actions_addopen(&files, 2, "/dev/null", O_WRONLY, 0);

	for (size_t r = 0; rounds > WARM_UP && r < WARM_UP; r++)
		for (size_t i = 0; i < nr; i++)
			run(&c[i], &files, with_victim);
	for (size_t r = 0; r < rounds; r++)
		for (size_t k = 0; k < nr; k++) {
			struct candidate *turn = &c[(k + r) % nr];
			struct measured m = run(turn, &files, with_victim);

			print(turn, r, &m, with_victim);
		}
	return 0;
}
