// SPDX-License-Identifier: GPL-2.0-or-later
#include "track/session.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/perf_event.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "session.skel.h"
#include "sys/fsroot.h"
#include "track/internal.h"
#include "track/typespath.h"

#define MAX_CALLS 8

struct session {
	struct session_bpf *skel;
	struct bpf_link *links[MAX_CALLS];
	size_t nr_links;
};

/* The tracepoint's number, from tracefs, which need not be mounted for that. */
static int tracepoint_id(int tracefs, const char *event)
{
	_cleanup_close_ int fd = -1;
	char path[128], buf[16] = "";

	snprintf(path, sizeof(path), "events/syscalls/%s/id", event);
	fd = openat(tracefs, path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	return read(fd, buf, sizeof(buf) - 1) > 0 ? atoi(buf) : -EIO;
}

/* As libbpf does it, but for the place where the number is read. */
static int attach(struct session *s, struct bpf_program *p, int tracefs)
{
	const char *event = strrchr(bpf_program__section_name(p), '/') + 1;
	struct perf_event_attr attr = { .type = PERF_TYPE_TRACEPOINT, .size = sizeof(attr) };
	int id = tracepoint_id(tracefs, event), fd;
	struct bpf_link *link;

	if (id < 0)
		return id;
	attr.config = id;
	fd = syscall(SYS_perf_event_open, &attr, -1, 0, -1, PERF_FLAG_FD_CLOEXEC);
	if (fd < 0)
		return -errno;
	link = bpf_program__attach_perf_event(p, fd); /* owns the fd from here */
	if (!link) {
		int err = -errno;

		close(fd);
		return err;
	}
	s->links[s->nr_links++] = link;
	return 0;
}

static bool is_needed(const struct tracker *t, const struct pw_filter *f,
		      const struct session_row *row)
{
	return t->meta.variant[row->need] == row->variant &&
	       (!f || !f->events || f->events & row->events);
}

/* Choose the programs to load. Return how many. */
static int choose_progs(struct session *s, const struct tracker *t, const struct pw_filter *f)
{
	struct bpf_program *p;
	int nr = 0;

	bpf_object__for_each_program(p, s->skel->obj)
		bpf_program__set_autoload(p, false);
	for (size_t i = 0; i < nr_session_rows; i++) {
		if (!is_needed(t, f, &session_rows[i]))
			continue;
		p = bpf_object__find_program_by_name(s->skel->obj, session_rows[i].name);
		if (!p)
			return -ENOENT;
		bpf_program__set_autoload(p, true);
		nr++;
	}
	return nr;
}

/* Use the tracker's maps. */
static int share_maps(struct session *s, struct tracker *t)
{
	struct bpf_map *m;

	bpf_object__for_each_map(m, s->skel->obj) {
		enum map_id id = map_named(bpf_map__name(m));
		int fd, err;

		if (id == MAP_MAX)
			continue;
		fd = tracker_map(t, id);
		err = fd < 0 ? fd : bpf_map__reuse_fd(m, fd);
		if (err)
			return err;
	}
	return 0;
}

/* Return 1 if this reader needs no program. */
static int load(struct session *s, struct tracker *t, uint32_t seat, const struct pw_filter *f)
{
	LIBBPF_OPTS(bpf_object_open_opts, opts, .btf_custom_path = types_path());
	int nr, err;

	s->skel = session_bpf__open_opts(&opts);
	if (!s->skel)
		return -errno;
	s->skel->rodata->my_seat = seat;
	err = share_maps(s, t);
	if (err)
		return err;
	nr = choose_progs(s, t, f);
	if (nr <= 0)
		return nr ?: 1;
	return session_bpf__load(s->skel);
}

static int start(struct session *s)
{
	_cleanup_close_ int tracefs = fsroot_open("tracefs");
	struct bpf_program *p;
	int err;

	if (tracefs < 0)
		return tracefs;
	bpf_object__for_each_program(p, s->skel->obj) {
		err = bpf_program__autoload(p) ? attach(s, p, tracefs) : 0;
		if (err)
			return err;
	}
	return 0;
}

int session_new(struct tracker *t, uint32_t seat, const struct pw_filter *filter,
		struct session **ret)
{
	struct session *s = calloc(1, sizeof(*s));
	int err;

	if (!s)
		return failed(-ENOMEM, "out of memory");
	err = load(s, t, seat, filter);
	if (!err)
		err = start(s);
	if (err) {
		s = session_free(s);
		if (err < 0)
			failed(err,
			       "system calls cannot be traced (%s): failed binds are not seen, and "
			       "accepted connections are taken for their listener's",
			       strerror(-err));
	}
	*ret = s;
	return err < 0 ? err : 0;
}

struct session *session_free(struct session *s)
{
	if (!s)
		return NULL;
	for (size_t i = 0; i < s->nr_links; i++)
		bpf_link__destroy(s->links[i]);
	session_bpf__destroy(s->skel);
	free(s);
	return NULL;
}
