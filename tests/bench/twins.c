// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * twins PIN_DIR CGROUP: what the hooks of a tracker cost in themselves.
 *
 * Makes, for every link that the loaded tracker has pinned, a program of the same type for the same
 * place that does nothing: so the two have the same hooks on every kernel and in every tier. A link
 *it knows no twin for ends it, rather than to compare unlike things.
 *
 * Then it does what it reads, a word a line, and answers with a line:
 *
 *	on	attach all		off	detach all
 *	hooks	which there are: one line	cost	run time (ns) and runs of all so far
 *(kernel.bpf_stats_enabled)
 */
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <dirent.h>
#include <err.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define MAX_TWINS 64

static struct twin {
	int prog, link;
	__u32 link_type, attach_type;
	const char *name; /* of the tracker's link */
} twins[MAX_TWINS];
static size_t nr_twins;

static struct bpf_insn *nothing(__s32 result)
{
	static struct bpf_insn insns[2];

	insns[0] = (struct bpf_insn){ .code = BPF_ALU64 | BPF_MOV | BPF_K,
				      .dst_reg = BPF_REG_0,
				      .imm = result };
	insns[1] = (struct bpf_insn){ .code = BPF_JMP | BPF_EXIT };
	return insns;
}

/* Programs of tracepoints (tp_btf) and functions (fentry, fexit) return 0, those of cgroups 1: "let
 * it". */
static void twin_make(const char *name, int link_fd)
{
	LIBBPF_OPTS(bpf_prog_load_opts, opts);
	struct twin *t = &twins[nr_twins++];
	struct bpf_prog_info prog = {};
	struct bpf_link_info link = {};
	__u32 link_size = sizeof(link), prog_size = sizeof(prog);
	char where[48];
	int fd, result = 0;

	link.raw_tracepoint.tp_name = (uintptr_t)where;
	link.raw_tracepoint.tp_name_len = sizeof(where);
	if (bpf_obj_get_info_by_fd(link_fd, &link, &link_size))
		err(1, "%s", name);
	fd = bpf_prog_get_fd_by_id(link.prog_id);
	if (fd < 0 || bpf_obj_get_info_by_fd(fd, &prog, &prog_size))
		err(1, "%s: its program", name);
	close(fd);

	switch (link.type) {
	case BPF_LINK_TYPE_RAW_TRACEPOINT:
		t->attach_type = BPF_TRACE_RAW_TP;
		opts.attach_btf_id = libbpf_find_vmlinux_btf_id(where, BPF_TRACE_RAW_TP);
		break;
	case BPF_LINK_TYPE_TRACING:
		t->attach_type = link.tracing.attach_type;
		opts.attach_btf_id = link.tracing.target_btf_id;
		break;
	case BPF_LINK_TYPE_CGROUP:
		t->attach_type = link.cgroup.attach_type;
		result = 1;
		break;
	default:
		errx(1, "%s: no twin for a link of type %u", name, link.type);
	}
	opts.expected_attach_type = t->attach_type;
	t->link_type = link.type;
	t->name = strdup(name);
	t->prog = bpf_prog_load(prog.type, "twin", "GPL", nothing(result), 2, &opts);
	if (t->prog < 0)
		err(1, "the twin of %s", name);
}

static void twins_make(const char *pin_dir)
{
	char path[512];
	struct dirent *e;
	DIR *dir;

	snprintf(path, sizeof(path), "%s/links", pin_dir);
	dir = opendir(path);
	if (!dir)
		err(1, "%s", path);
	while ((e = readdir(dir))) {
		int fd;

		if (e->d_name[0] == '.')
			continue;
		if (nr_twins == MAX_TWINS)
			errx(1, "more than %d links", MAX_TWINS);
		snprintf(path, sizeof(path), "%s/links/%s", pin_dir, e->d_name);
		fd = bpf_obj_get(path);
		if (fd < 0)
			err(1, "%s", path);
		twin_make(e->d_name, fd);
		close(fd);
	}
	closedir(dir);
}

static void attach(struct twin *t, int cgroup)
{
	if (t->link_type == BPF_LINK_TYPE_CGROUP)
		t->link = bpf_link_create(t->prog, cgroup, t->attach_type, NULL);
	else /* for tracing programs the kernel makes either kind of link of it */
		t->link = bpf_raw_tracepoint_open(NULL, t->prog);
	if (t->link < 0)
		err(1, "attaching the twin of %s", t->name);
}

static void detach(struct twin *t)
{
	/* one of a cgroup goes at once; the others when their last reference does */
	if (t->link_type == BPF_LINK_TYPE_CGROUP)
		bpf_link_detach(t->link);
	close(t->link);
	t->link = -1;
}

int main(int argc, char **argv)
{
	char word[32];
	int cgroup;

	if (argc != 3)
		errx(2, "usage: twins PIN_DIR CGROUP");
	cgroup = open(argv[2], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (cgroup < 0)
		err(1, "%s", argv[2]);
	twins_make(argv[1]);
	printf("%zu programs\n", nr_twins);
	fflush(stdout);
	while (scanf("%31s", word) == 1) {
		bool on = !strcmp(word, "on"), off = !strcmp(word, "off");

		for (size_t i = 0; (on || off) && i < nr_twins; i++) {
			if (on)
				attach(&twins[i], cgroup);
			else
				detach(&twins[i]);
		}
		puts(word);
		fflush(stdout);
	}
	return 0;
}
