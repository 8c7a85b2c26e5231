// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * empty OBJECT CGROUP: attaches every program of the object, those of cgroups to CGROUP,
 * says ready and keeps them until it is killed.
 */
#include <bpf/libbpf.h>
#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	struct bpf_program *p;
	struct bpf_object *o;
	int cgroup;

	if (argc != 3)
		errx(2, "usage: empty OBJECT CGROUP");
	cgroup = open(argv[2], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	o = bpf_object__open_file(argv[1], NULL);
	if (cgroup < 0 || !o || bpf_object__load(o))
		err(1, "%s", argv[1]);
	bpf_object__for_each_program(p, o) {
		bool on_cgroup = !strncmp(bpf_program__section_name(p), "cgroup/", 7);

		if (!(on_cgroup ? bpf_program__attach_cgroup(p, cgroup) : bpf_program__attach(p)))
			err(1, "%s", bpf_program__name(p));
	}
	puts("ready");
	fflush(stdout);
	pause();
	return 0;
}
