// SPDX-License-Identifier: GPL-2.0-or-later
/* pidswap: what happens in a round, and whether portwatch came through it. See pidswap.h. */

#include <arpa/inet.h>
#include <err.h>
#include <getopt.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "pidswap.h"

enum scene {
	SWAP,	/* the holder's number goes to a bystander */
	RETAKE, /* it goes to a newcomer, which takes the port as well */
	FORK,	/* the holder's child has the socket, too */
	LEAVE,	/* the holder's child has let go of it */
	PASS,	/* a bystander is given the socket */
	NR_SCENES
};

static const char *const scene_names[NR_SCENES] = { "swap", "retake", "fork", "leave", "pass" };

struct stage {
	enum scene scene;
	int port;
	struct person holder, other;
	bool possible; /* the number was not taken by a stranger */
};

struct tally {
	long rounds, acted, wrong, untrue, hung, pessimistic;
};

static bool can_bind(int port)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	struct sockaddr_in a = {
		.sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	bool can = fd >= 0 && !bind(fd, (struct sockaddr *)&a, sizeof(a));

	close(fd);
	return can;
}

/* The process under test stands still meanwhile. */
static void act(void *arg)
{
	struct stage *s = arg;
	pid_t number = s->holder.pid;

	switch (s->scene) {
	case SWAP:
	case RETAKE:
		person_end(&s->holder);
		s->possible = !person_start(&s->other, s->scene == SWAP ? BYSTANDER : NEWCOMER,
					    number, s->port);
		break;
	case FORK:
	case LEAVE:
		person_fork(&s->holder, &s->other, s->scene == FORK);
		break;
	case PASS:
		person_pass(&s->holder, &s->other);
		break;
	case NR_SCENES:
		break;
	}
}

/* Was this signal wrong? Whom the command said it would end had the port when it looked. */
static bool is_wrong(const struct stage *s, const struct run *r, int harm)
{
	if (!harm)
		return false;
	switch (s->scene) {
	case SWAP:
	case LEAVE:
		return true;
	case RETAKE:
		return !strstr(r->output, "stopping newcomer (pid ");
	default:
		return false;
	}
}

static void judge(struct stage *s, const struct run *r, struct tally *t)
{
	bool bindable = can_bind(s->port);
	int harm = 0;

	/* A newcomer may take the port after the last look. */
	if (!r->status && !bindable && s->scene != RETAKE)
		t->untrue++;
	if (r->status == 1 && bindable)
		t->pessimistic++;
	if (r->status < 0 || r->status > 1)
		t->hung++;
	if (s->other.pid)
		harm = person_harm(&s->other);
	if (is_wrong(s, r, harm))
		t->wrong++;
	if (is_wrong(s, r, harm) || (!r->status && !bindable && s->scene != RETAKE) ||
	    r->status < 0 || r->status > 1 || (r->status == 1 && bindable))
		printf("%s: signal %d, status %d, port %s:\n%s", scene_names[s->scene], harm,
		       r->status, bindable ? "free" : "busy", r->output);
}

static void play(struct tally *t, char **command, enum scene scene, bool stubborn, int port,
		 const int stops[NR_ANCHORS])
{
	static const enum anchor chances[] = {
		AT_START, AT_OPEN,   AT_OPEN,	     AT_OPEN,
		AT_OPEN,  AT_SIGNAL, AT_SIGNAL_DONE, AT_SIGNAL_DONE
	};
	enum anchor anchor = chances[random() % (sizeof(chances) / sizeof(*chances))];
	struct stage s = { .scene = scene, .port = port, .possible = true };
	struct run r;

	if (person_start(&s.holder, stubborn ? STUBBORN : HOLDER, 0, port))
		err(1, "clone3");
	if (scene == PASS && person_start(&s.other, BYSTANDER, 0, port))
		err(1, "clone3");
	run_traced(&r, command, anchor, (int)(random() % (stops[anchor] + 1)), act, &s);
	t->rounds++;
	t->acted += r.acted && s.possible;
	judge(&s, &r, t);
	person_end(&s.holder);
	person_end(&s.other);
}

/* How many stops there are to choose from, when nothing happens. */
static void calibrate(char **command, bool stubborn, int port, int stops[NR_ANCHORS])
{
	struct person holder;
	struct run r;

	if (person_start(&holder, stubborn ? STUBBORN : HOLDER, 0, port))
		err(1, "clone3");
	run_traced(&r, command, NR_ANCHORS, 0, act, NULL);
	person_end(&holder);
	if (r.status || !r.stops[AT_SIGNAL_DONE])
		errx(1, "the command does not work even undisturbed (status %d):\n%s", r.status,
		     r.output);
	memcpy(stops, r.stops, sizeof(r.stops));
}

static char **with_port(char **command, int argc, int port)
{
	char **words = calloc((size_t)argc + 2, sizeof(*words));
	static char text[12];

	if (!words)
		err(1, "calloc");
	memcpy(words, command, (size_t)argc * sizeof(*words));
	snprintf(text, sizeof(text), "%d/tcp", port);
	words[argc] = text;
	return words;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "rounds", required_argument, NULL, 'r' },
		{ "seed", required_argument, NULL, 's' },
		{ "scene", required_argument, NULL, 'c' },
		{ "port", required_argument, NULL, 'p' },
		{ NULL, 0, NULL, 0 },
	};
	struct tally tallies[NR_SCENES] = { 0 };
	int stops[2][NR_ANCHORS], port = 8000, only = -1, c;
	long rounds = 100, bad = 0, acted = 0;
	unsigned int seed = 1;
	char **command;

	while ((c = getopt_long(argc, argv, "+", options, NULL)) != -1) {
		if (c == 'r')
			rounds = strtol(optarg, NULL, 10);
		else if (c == 's')
			seed = (unsigned int)strtoul(optarg, NULL, 10);
		else if (c == 'p')
			port = (int)strtol(optarg, NULL, 10);
		else if (c != 'c')
			return 2;
		for (int i = 0; c == 'c' && i < NR_SCENES; i++)
			only = strcmp(optarg, scene_names[i]) == 0 ? i : only;
	}
	command = with_port(argv + optind, argc - optind, port);
	srandom(seed);
	setlinebuf(stdout);
	for (int stubborn = 0; stubborn < 2; stubborn++)
		calibrate(command, stubborn, port, stops[stubborn]);

	for (long i = 0; i < rounds; i++) {
		enum scene scene = only >= 0 ? (enum scene)only : (enum scene)(i % NR_SCENES);
		bool stubborn = random() % 3 == 0;

		play(&tallies[scene], command, scene, stubborn, port, stops[stubborn]);
	}
	for (int i = 0; i < NR_SCENES; i++) {
		const struct tally *t = &tallies[i];

		printf("%s rounds=%ld acted=%ld wrong=%ld untrue=%ld hung=%ld pessimistic=%ld\n",
		       scene_names[i], t->rounds, t->acted, t->wrong, t->untrue, t->hung,
		       t->pessimistic);
		bad += t->wrong + t->untrue + t->hung;
		acted += t->acted;
	}
	printf("total rounds=%ld acted=%ld bad=%ld\n", rounds, acted, bad);
	free(command);
	return bad ? 1 : 0;
}
