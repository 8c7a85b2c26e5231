// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * pair: how long do commands take as whole processes, next to each other?
 *
 *	pair ROUNDS NAME=COMMAND...
 *
 * Each round runs every command once, in an order that turns with the round, so that
 * whatever else the machine does hits all alike. Then, per command: the median time, and
 * the median over the rounds of its time divided by that of the first command.
 */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

#define MAX_WORDS 64
#define WARM_UP 5

extern char **environ;

struct candidate {
	char *name;
	char *argv[MAX_WORDS];
	double *wall, *cpu; /* ms, per round */
	double median, ratio;
	int status;
};

static void die(const char *what)
{
	fprintf(stderr, "pair: %s: %s\n", what, strerror(errno));
	exit(1);
}

/* A command is words between blanks; there is no shell to be measured with it. */
static void parse(struct candidate *c, char *arg, size_t rounds)
{
	char *eq = strchr(arg, '=');
	size_t n = 0;

	if (!eq) {
		fprintf(stderr, "pair: not NAME=COMMAND: %s\n", arg);
		exit(2);
	}
	*eq = '\0';
	c->name = arg;
	for (char *word = strtok(eq + 1, " "); word && n < MAX_WORDS - 1; word = strtok(NULL, " "))
		c->argv[n++] = word;
	c->wall = calloc(rounds, sizeof(*c->wall));
	c->cpu = calloc(rounds, sizeof(*c->cpu));
	if (!n || !c->wall || !c->cpu)
		die(arg);
}

static double ms(struct timespec a, struct timespec b)
{
	return (b.tv_sec - a.tv_sec) * 1e3 + (b.tv_nsec - a.tv_nsec) / 1e6;
}

static void run(struct candidate *c, const posix_spawn_file_actions_t *quiet, double *ret_wall,
		double *ret_cpu)
{
	struct timespec begin, end;
	struct rusage use;
	pid_t pid;
	int err;

	clock_gettime(CLOCK_MONOTONIC, &begin);
	err = posix_spawnp(&pid, c->argv[0], quiet, NULL, c->argv, environ);
	if (err) {
		errno = err;
		die(c->argv[0]);
	}
	if (wait4(pid, &c->status, 0, &use) != pid)
		die("wait4");
	clock_gettime(CLOCK_MONOTONIC, &end);
	*ret_wall = ms(begin, end);
	*ret_cpu = (use.ru_utime.tv_sec + use.ru_stime.tv_sec) * 1e3 +
		   (use.ru_utime.tv_usec + use.ru_stime.tv_usec) / 1e3;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static double quantile(double *v, size_t n, double q)
{
	qsort(v, n, sizeof(*v), compare);
	return v[(size_t)(q * (n - 1) + 0.5)];
}

int main(int argc, char **argv)
{
	size_t rounds = argc > 1 ? strtoul(argv[1], NULL, 10) : 0, nr = argc - 2;
	struct candidate *c = calloc(argc, sizeof(*c));
	double *ratio = calloc(rounds + 1, sizeof(*ratio)), unused;
	posix_spawn_file_actions_t quiet;

	if (argc < 3 || !rounds || !c || !ratio) {
		fprintf(stderr, "usage: pair ROUNDS NAME=COMMAND...\n");
		return 2;
	}
	for (size_t i = 0; i < nr; i++)
		parse(&c[i], argv[i + 2], rounds);
	posix_spawn_file_actions_init(&quiet);
	posix_spawn_file_actions_addopen(&quiet, 1, "/dev/null", O_WRONLY, 0);
	posix_spawn_file_actions_addopen(&quiet, 2, "/dev/null", O_WRONLY, 0);

	for (size_t r = 0; r < WARM_UP; r++)
		for (size_t i = 0; i < nr; i++)
			run(&c[i], &quiet, &unused, &unused);
	for (size_t r = 0; r < rounds; r++)
		for (size_t k = 0; k < nr; k++) {
			size_t i = (k + r) % nr;

			run(&c[i], &quiet, &c[i].wall[r], &c[i].cpu[r]);
		}

	printf("%-24s %9s %9s %9s %7s %5s\n", "", "median ms", "p90 ms", "cpu ms", "ratio", "exit");
	for (size_t i = nr; i-- > 0;) { /* backwards: sorting the first one loses its rounds */
		for (size_t r = 0; r < rounds; r++)
			ratio[r] = c[i].wall[r] / c[0].wall[r];
		c[i].ratio = quantile(ratio, rounds, 0.5);
		c[i].median = quantile(c[i].wall, rounds, 0.5);
	}
	for (size_t i = 0; i < nr; i++)
		printf("%-24s %9.3f %9.3f %9.3f %7.2f %5d\n", c[i].name, c[i].median,
		       quantile(c[i].wall, rounds, 0.9), quantile(c[i].cpu, rounds, 0.5),
		       c[i].ratio, WIFEXITED(c[i].status) ? WEXITSTATUS(c[i].status) : -1);
	return 0;
}
