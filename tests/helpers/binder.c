// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * binder: calls bind() as somebody, somewhere, and says what came of it.
 *
 *	binder one KEY[=VALUE]...
 *	binder storm COUNT PROCESSES PORT SEED IN OUT NETNS COPY
 *
 * A single bind() prints ok, or the name of the error. Its keys are proto (tcp, udp, mptcp, sctp,
 * udplite), family (4, 6), addr, port, reuseport, freebind, noport, v6only, uid, cgroup and netns.
 *
 * A storm calls so many at random, in and out of a guard that allows the cgroup IN, the user 4242
 * and the program COPY; it prints wrong=N refused=N.
 */
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define ALLOWED_USER 4242

static void enter_cgroup(const char *dir)
{
	char path[4096];
	int fd;

	snprintf(path, sizeof(path), "%s/cgroup.procs", dir);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, "0", 1) != 1)
		err(2, "%s", path);
	close(fd);
}

static void enter_netns(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || setns(fd, CLONE_NEWNET))
		err(2, "%s", path);
	close(fd);
}

struct wish {
	int family, type, protocol, port;
	const char *addr;
	bool reuseport, freebind, noport;
	int v6only; /* -1: as the system has it */
};

static void set(int fd, int level, int name, int value)
{
	if (setsockopt(fd, level, name, &value, sizeof(value)))
		err(2, "setsockopt %d %d", level, name);
}

static socklen_t fill(struct sockaddr_storage *to, const struct wish *w)
{
	struct sockaddr_in *v4 = (void *)to;
	struct sockaddr_in6 *v6 = (void *)to;
	const char *addr = w->addr ? w->addr : w->family == AF_INET ? "0.0.0.0" : "::";

	memset(to, 0, sizeof(*to));
	to->ss_family = (sa_family_t)w->family;
	if (w->family == AF_INET) {
		v4->sin_port = htons((uint16_t)w->port);
		if (inet_pton(AF_INET, addr, &v4->sin_addr) != 1)
			errx(2, "no address: %s", addr);
		return sizeof(*v4);
	}
	v6->sin6_port = htons((uint16_t)w->port);
	if (inet_pton(AF_INET6, addr, &v6->sin6_addr) != 1)
		errx(2, "no address: %s", addr);
	return sizeof(*v6);
}

/* 0 or the errno of bind(); that of socket(), negative. */
static int try_bind(const struct wish *w)
{
	int fd = socket(w->family, w->type | SOCK_CLOEXEC, w->protocol), result;
	struct sockaddr_storage to;
	socklen_t len = fill(&to, w);

	if (fd < 0)
		return -errno;
	if (w->reuseport)
		set(fd, SOL_SOCKET, SO_REUSEPORT, 1);
	if (w->freebind)
		set(fd, IPPROTO_IP, IP_FREEBIND, 1);
	if (w->noport)
		set(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1);
	if (w->v6only >= 0)
		set(fd, IPPROTO_IPV6, IPV6_V6ONLY, w->v6only);
	result = bind(fd, (struct sockaddr *)&to, len) ? errno : 0;
	close(fd);
	return result;
}

static void choose_proto(struct wish *w, const char *name)
{
	static const struct {
		const char *name;
		int type, protocol;
	} protos[] = {
		{ "tcp", SOCK_STREAM, IPPROTO_TCP },	    { "udp", SOCK_DGRAM, IPPROTO_UDP },
		{ "mptcp", SOCK_STREAM, IPPROTO_MPTCP },    { "sctp", SOCK_STREAM, IPPROTO_SCTP },
		{ "udplite", SOCK_DGRAM, IPPROTO_UDPLITE },
	};

	for (size_t i = 0; i < sizeof(protos) / sizeof(protos[0]); i++)
		if (!strcmp(protos[i].name, name)) {
			w->type = protos[i].type;
			w->protocol = protos[i].protocol;
			return;
		}
	errx(2, "no protocol: %s", name);
}

static void take(struct wish *w, uid_t *uid, char *word)
{
	char *value = strchr(word, '=');

	if (value)
		*value++ = '\0';
	if (!strcmp(word, "reuseport"))
		w->reuseport = true;
	else if (!strcmp(word, "freebind"))
		w->freebind = true;
	else if (!strcmp(word, "noport"))
		w->noport = true;
	else if (!value)
		errx(2, "no value: %s", word);
	else if (!strcmp(word, "proto"))
		choose_proto(w, value);
	else if (!strcmp(word, "family"))
		w->family = *value == '6' ? AF_INET6 : AF_INET;
	else if (!strcmp(word, "addr"))
		w->addr = value;
	else if (!strcmp(word, "port"))
		w->port = atoi(value);
	else if (!strcmp(word, "v6only"))
		w->v6only = atoi(value);
	else if (!strcmp(word, "uid"))
		*uid = (uid_t)atoi(value);
	else if (!strcmp(word, "cgroup"))
		enter_cgroup(value);
	else if (!strcmp(word, "netns"))
		enter_netns(value);
	else
		errx(2, "no key: %s", word);
}

static int one(int argc, char **argv)
{
	struct wish w = { .family = AF_INET, .v6only = -1 };
	uid_t uid = 0;
	int result;

	choose_proto(&w, "tcp");
	for (int i = 0; i < argc; i++)
		take(&w, &uid, argv[i]);
	if (uid && setresuid(uid, uid, uid))
		err(2, "setresuid");
	result = try_bind(&w);
	if (result < 0) {
		printf("no socket: %s\n", strerrorname_np(-result));
		return 3;
	}
	puts(result ? strerrorname_np(result) : "ok");
	return 0;
}

/* A process of a storm; exec() hands it on in the order of this struct. */
struct worker {
	unsigned long left, wrong, refused;
	unsigned int seed;
	int port;
	bool in_cgroup, is_copy, is_user;
	const char *in, *out, *netns, *copy, *self;
};

static bool is_allowed(const struct worker *w)
{
	return w->in_cgroup || w->is_copy || w->is_user;
}

static unsigned int pick(struct worker *w, unsigned int below)
{
	return (unsigned int)rand_r(&w->seed) / 7 % below;
}

static void bind_once(struct worker *w, bool other_netns)
{
	bool guarded = pick(w, 4) && !other_netns;
	struct wish wish = {
		.family = pick(w, 2) ? AF_INET : AF_INET6,
		.port = guarded || other_netns ? w->port : w->port + 1 + (int)pick(w, 5),
		.reuseport = pick(w, 2),
		.freebind = pick(w, 8) == 0,
		.v6only = -1,
	};
	bool expected = guarded && !is_allowed(w);
	int result;

	choose_proto(&wish, pick(w, 2) ? "tcp" : "udp");
	result = try_bind(&wish);
	/* In use already: it was allowed to try. */
	if (result && result != EPERM && result != EADDRINUSE)
		errx(2, "bind: %s", strerror(abs(result)));
	w->refused += result == EPERM;
	w->wrong += (result == EPERM) != expected;
}

static void become(uid_t uid)
{
	if (seteuid(0) || (uid && seteuid(uid)))
		err(2, "seteuid");
}

static void move(struct worker *w)
{
	become(0);
	w->in_cgroup = pick(w, 2);
	enter_cgroup(w->in_cgroup ? w->in : w->out);
	become(w->is_user ? ALLOWED_USER : 0);
}

/* In another process, which is a child's decision. */
static void bind_in_child(struct worker *w)
{
	int fds[2];
	pid_t child;

	if (pipe2(fds, O_CLOEXEC))
		err(2, "pipe");
	child = fork();
	if (child < 0)
		err(2, "fork");
	if (!child) {
		bind_once(w, false);
		if (write(fds[1], w, sizeof(*w)) != sizeof(*w))
			_exit(1);
		_exit(0);
	}
	close(fds[1]);
	if (read(fds[0], w, sizeof(*w)) != sizeof(*w))
		errx(2, "a child said nothing");
	close(fds[0]);
	waitpid(child, NULL, 0);
}

static void bind_elsewhere(struct worker *w)
{
	int home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);

	become(0);
	enter_netns(w->netns);
	become(w->is_user ? ALLOWED_USER : 0);
	bind_once(w, true);
	become(0);
	if (home < 0 || setns(home, CLONE_NEWNET))
		err(2, "setns");
	close(home);
	become(w->is_user ? ALLOWED_USER : 0);
}

static void exec_other(struct worker *w)
{
	char text[160];

	become(0);
	w->is_copy = !w->is_copy;
	snprintf(text, sizeof(text), "%lu %lu %lu %u %d %d %d %d", w->left, w->wrong, w->refused,
		 w->seed, w->port, w->in_cgroup, w->is_copy, w->is_user);
	execl(w->is_copy ? w->copy : w->self, "binder", "worker", text, w->in, w->out, w->netns,
	      w->copy, w->self, NULL);
	err(2, "exec");
}

static int work(struct worker *w)
{
	become(w->is_user ? ALLOWED_USER : 0);
	for (; w->left; w->left--) {
		switch (pick(w, 64)) {
		case 0:
			move(w);
			break;
		case 1:
			w->is_user = !w->is_user;
			become(w->is_user ? ALLOWED_USER : 0);
			break;
		case 2:
			bind_in_child(w);
			continue;
		case 3:
			bind_elsewhere(w);
			continue;
		case 4:
			if (!pick(w, 4))
				exec_other(w);
			break;
		default:
			break;
		}
		bind_once(w, false);
	}
	printf("%lu %lu\n", w->wrong, w->refused);
	return 0;
}

static int go_on(char **argv)
{
	struct worker w = {
		.in = argv[1], .out = argv[2], .netns = argv[3], .copy = argv[4], .self = argv[5]
	};
	int in_cgroup, is_copy, is_user;

	if (sscanf(argv[0], "%lu %lu %lu %u %d %d %d %d", &w.left, &w.wrong, &w.refused, &w.seed,
		   &w.port, &in_cgroup, &is_copy, &is_user) != 8)
		errx(2, "not a worker: %s", argv[0]);
	w.in_cgroup = in_cgroup;
	w.is_copy = is_copy;
	w.is_user = is_user;
	return work(&w);
}

static int storm(char **argv)
{
	unsigned long count = strtoul(argv[0], NULL, 10), nr = strtoul(argv[1], NULL, 10);
	unsigned long wrong = 0, refused = 0, w, r, answers = 0;
	char self[4096] = "";
	int fds[2], status = 0, one_status;
	FILE *f;

	if (readlink("/proc/self/exe", self, sizeof(self) - 1) < 0 || pipe(fds))
		err(2, "storm");
	for (unsigned long i = 0; i < nr; i++) {
		struct worker worker = {
			.left = count / nr,
			.seed = (unsigned int)strtoul(argv[3], NULL, 10) * 1000 + (unsigned int)i,
			.port = atoi(argv[2]),
			.in = argv[4],
			.out = argv[5],
			.netns = argv[6],
			.copy = argv[7],
			.self = self,
		};

		if (fork())
			continue;
		dup2(fds[1], STDOUT_FILENO);
		close(fds[0]);
		close(fds[1]);
		move(&worker);
		return work(&worker);
	}
	close(fds[1]);
	f = fdopen(fds[0], "r");
	for (; f && fscanf(f, "%lu %lu", &w, &r) == 2; answers++) {
		wrong += w;
		refused += r;
	}
	while (wait(&one_status) > 0)
		status |= one_status;
	printf("wrong=%lu refused=%lu\n", wrong, refused);
	return answers != nr || status ? 2 : 0;
}

int main(int argc, char **argv)
{
	if (argc > 2 && !strcmp(argv[1], "one"))
		return one(argc - 2, argv + 2);
	if (argc == 10 && !strcmp(argv[1], "storm"))
		return storm(argv + 2);
	if (argc == 8 && !strcmp(argv[1], "worker"))
		return go_on(argv + 2);
	errx(2, "one or storm?");
}
