// SPDX-License-Identifier: GPL-2.0-or-later
#include "track/portguard_ask.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "guard.skel.h"
#include "track/object.h"
#include "track/portguard_root.h"
#include "track/reason.h"
#include "track/typespath.h"

#ifndef SO_NETNS_COOKIE /* 5.14: e8b9eab99232c */
#define SO_NETNS_COOKIE 71
#endif

DEFINE_CLEANUP(struct guard_bpf *, guard_bpf__destroy);

static int open_program(struct guard_bpf **ret)
{
	LIBBPF_OPTS(bpf_object_open_opts, opts, .btf_custom_path = types_path());
	_cleanup_(guard_bpf__destroy_p) struct guard_bpf *skel = NULL;
	struct bpf_program *p;
	struct bpf_map *m;
	int err;

	object_set_verbose(log_verbosity() > 0);
	skel = guard_bpf__open_opts(&opts);
	if (!skel)
		return failed(-errno, "cannot open the BPF object: %s", strerror(errno));
	bpf_object__for_each_program(p, skel->obj)
		bpf_program__set_autoload(p, p == skel->progs.guard_ask);
	bpf_object__for_each_map(m, skel->obj)
		bpf_map__set_autocreate(m, m == skel->maps.guard_asked);
	err = guard_bpf__load(skel);
	if (err)
		return failed(err == -EPERM ? err : -EOPNOTSUPP,
			      "the kernel refuses the program that is to tell about a file: %s",
			      strerror(-err));
	*ret = TAKE_PTR(skel);
	return 0;
}

static int attach(struct guard_bpf *skel)
{
	_cleanup_close_ int root = portguard_root();

	if (root < 0)
		return root;
	skel->links.guard_ask = bpf_program__attach_cgroup(skel->progs.guard_ask, root);
	if (!skel->links.guard_ask)
		return failed(-errno,
			      "a program on bind() cannot be attached to the root cgroup: %s",
			      strerror(errno));
	return 0;
}

static int ask(int fd, struct pw_guard_asked *ret)
{
	_cleanup_(guard_bpf__destroy_p) struct guard_bpf *skel = NULL;
	_cleanup_close_ int sock = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	const struct sockaddr_in any = { .sin_family = AF_INET };
	struct pw_guard_asked a = { .fd = fd };
	socklen_t len = sizeof(a.cookie);
	int map, err = open_program(&skel);
	__u32 zero = 0;

	if (!err)
		err = attach(skel);
	if (err)
		return err;
	map = bpf_map__fd(skel->maps.guard_asked);
	if (sock < 0 || getsockopt(sock, SOL_SOCKET, SO_COOKIE, &a.cookie, &len) ||
	    bpf_map_update_elem(map, &zero, &a, BPF_ANY) ||
	    bind(sock, (const struct sockaddr *)&any, sizeof(any)) ||
	    bpf_map_lookup_elem(map, &zero, &a))
		return failed(-errno, "cannot ask the kernel by a bind(): %s", strerror(errno));
	if (a.answered < (fd < 0 ? 1 : 2))
		return failed(-EOPNOTSUPP, "no program sees a bind() of this process: this kernel "
					   "cannot guard ports");
	*ret = a;
	return 0;
}

int portguard_netns(uint64_t *ret)
{
	_cleanup_close_ int sock = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct pw_guard_asked a;
	socklen_t len = sizeof(*ret);
	uint64_t cookie;
	int err;

	if (sock >= 0 && !getsockopt(sock, SOL_SOCKET, SO_NETNS_COOKIE, &cookie, &len)) {
		*ret = cookie;
		return 0;
	}
	err = ask(-1, &a);
	if (!err)
		*ret = a.netns;
	return err;
}

int portguard_file(int fd, struct pw_guard_who *ret)
{
	struct pw_guard_asked a;
	int err = ask(fd, &a);

	if (err)
		return err;
	ret->id = a.inode;
	ret->device = a.device;
	ret->generation = a.generation;
	return 0;
}
