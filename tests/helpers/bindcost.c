// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * bindcost: what a bind() costs for the program of a guard, next to an empty program beside it.
 *
 *	bindcost LINK CGROUP PORT COUNT
 *
 * Prints empty=NS guard=NS, each the mean of one run, by the kernel's own statistics
 * (BPF_ENABLE_STATS); both programs see the same calls.
 */
#include <bpf/bpf.h>
#include <err.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static int load_empty(void)
{
	const struct bpf_insn code[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = 1 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	LIBBPF_OPTS(bpf_prog_load_opts, opts, .expected_attach_type = BPF_CGROUP_INET4_BIND);
	int fd = bpf_prog_load(BPF_PROG_TYPE_CGROUP_SOCK_ADDR, "empty", "GPL", code,
			       sizeof(code) / sizeof(code[0]), &opts);

	if (fd < 0)
		err(2, "an empty program");
	return fd;
}

static int program_of(const char *path)
{
	struct bpf_link_info info = {};
	__u32 len = sizeof(info);
	int link = bpf_obj_get(path), fd;

	if (link < 0 || bpf_obj_get_info_by_fd(link, &info, &len))
		err(2, "%s", path);
	fd = bpf_prog_get_fd_by_id(info.prog_id);
	if (fd < 0)
		err(2, "the program of %s", path);
	return fd;
}

struct cost {
	unsigned long long ns, runs;
};

static struct cost cost_of(int prog)
{
	struct bpf_prog_info info = {};
	__u32 len = sizeof(info);

	if (bpf_obj_get_info_by_fd(prog, &info, &len))
		err(2, "what a program costs");
	return (struct cost){ info.run_time_ns, info.run_cnt };
}

static double mean(struct cost before, struct cost after)
{
	if (after.runs == before.runs)
		errx(2, "a program has not run");
	return (double)(after.ns - before.ns) / (double)(after.runs - before.runs);
}

static void bind_often(int port, long count)
{
	const struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons((in_port_t)port) };

	for (; count > 0; count--) {
		int fd = socket(AF_INET, SOCK_DGRAM, 0);

		if (fd < 0)
			err(2, "socket");
		/* Refused or not: both cost. */
		(void)bind(fd, (const struct sockaddr *)&to, sizeof(to));
		close(fd);
	}
}

int main(int argc, char **argv)
{
	struct cost empty, guard;
	int progs[2], cgroup;

	if (argc != 5)
		errx(2, "bindcost LINK CGROUP PORT COUNT");
	progs[0] = load_empty();
	progs[1] = program_of(argv[1]);
	cgroup = open(argv[2], O_RDONLY | O_DIRECTORY);
	if (cgroup < 0 || bpf_link_create(progs[0], cgroup, BPF_CGROUP_INET4_BIND, NULL) < 0)
		err(2, "%s", argv[2]);
	if (bpf_enable_stats(BPF_STATS_RUN_TIME) < 0)
		err(2, "statistics");
	bind_often(atoi(argv[3]), 1000);
	empty = cost_of(progs[0]);
	guard = cost_of(progs[1]);
	bind_often(atoi(argv[3]), atol(argv[4]));
	printf("empty=%.0f guard=%.0f\n", mean(empty, cost_of(progs[0])),
	       mean(guard, cost_of(progs[1])));
	return 0;
}
