// SPDX-License-Identifier: GPL-2.0-or-later
#include "track/history.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "base/cleanup.h"
#include "track/internal.h"
#include "track/tour.h"
#include "track/iter.h"

#ifndef SO_NETNS_COOKIE
#define SO_NETNS_COOKIE 71 /* Linux 5.14, include/uapi/asm-generic/socket.h */
#endif

static int take_cmdline(struct tracker *t, const struct pw_cmdline_key *key, struct past *p)
{
	struct pw_cmdline w;

	if (bpf_map_lookup_elem(tracker_map(t, MAP_CMDLINES), key, &w))
		return 0;
	if (w.len > sizeof(w.s))
		return -EIO;
	p->cmdline_cut = w.cut;
	while (w.len && !w.s[w.len - 1])
		w.len--;
	if (!w.len)
		return 0;
	p->cmdline = malloc(w.len + 1);
	if (!p->cmdline)
		return -ENOMEM;
	memcpy(p->cmdline, w.s, w.len);
	p->cmdline[w.len] = '\0';
	p->cmdline_len = w.len;
	return 0;
}

static void take_status(struct past *p, uint32_t status)
{
	p->how = WIFSIGNALED(status) ? PAST_KILLED : PAST_EXITED;
	p->code = WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status);
}

/* How a process went that did not close the last descriptor itself: it may have ended before
 * that, and else it had passed the socket on. */
static bool ended_before(struct tracker *t, const struct pw_actor *who, uint64_t until_ns,
			 struct pw_exit *ret)
{
	struct pw_exit_key key = { .start_ns = who->start_ns, .tgid = who->tgid };

	return !bpf_map_lookup_elem(tracker_map(t, MAP_EXITS), &key, ret) &&
	       ret->end_ns <= until_ns;
}

static struct past *add(struct answer *a, const struct pw_past_key *key, const struct pw_past *rec,
			const struct pw_actor *who)
{
	struct past *p = answer_add_past(a);

	if (!p)
		return NULL;
	p->port = key->port;
	p->proto = key->proto;
	p->netns = key->netns;
	p->id = *who;
	p->since_ns = rec->since_ns;
	return p;
}

static int add_last(struct tracker *t, const struct pw_past_key *key, const struct pw_past *rec,
		    struct answer *a)
{
	struct pw_cmdline_key cmdline = rec->cmdline;
	struct past *p = add(a, key, rec, &rec->actor);
	struct pw_exit end;

	if (!p)
		return -ENOMEM;
	p->until_ns = rec->until_ns;
	p->how = PAST_CLOSED;
	if (rec->how == PW_HOW_ENDED) {
		take_status(p, rec->status);
	} else if (rec->how == PW_HOW_DROPPED) {
		p->how = PAST_PASSED;
		if (ended_before(t, &rec->actor, rec->until_ns, &end)) {
			take_status(p, end.status);
			cmdline = end.cmdline;
		}
	}
	return take_cmdline(t, &cmdline, p);
}

static int add_creator(struct tracker *t, const struct pw_past_key *key, const struct pw_past *rec,
		       struct answer *a)
{
	struct pw_cmdline_key cmdline = { .start_ns = rec->creator.start_ns,
					  .tgid = rec->creator.tgid };
	struct pw_exit end;
	struct past *p;

	if (!rec->creator.tgid || actor_same(&rec->creator, &rec->actor))
		return 0;
	p = add(a, key, rec, &rec->creator);
	if (!p)
		return -ENOMEM;
	p->how = PAST_PASSED;
	if (ended_before(t, &rec->creator, rec->until_ns, &end)) {
		p->until_ns = end.end_ns;
		take_status(p, end.status);
		cmdline = end.cmdline;
	}
	return take_cmdline(t, &cmdline, p);
}

/* Read the namespace's cookie. Unlike its inode number it is never used again by this kernel. */
static int read_cookie(void *arg, uint32_t netns)
{
	_cleanup_close_ int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	socklen_t len = sizeof(uint64_t);

	(void)netns;
	if (fd < 0 || getsockopt(fd, SOL_SOCKET, SO_NETNS_COOKIE, arg, &len))
		*(uint64_t *)arg = 0;
	return 0;
}

int history_read(struct tracker *t, uint8_t proto, uint16_t port, uint32_t netns, struct answer *a)
{
	struct pw_past_key key = { .netns = netns, .port = port, .proto = proto };
	uint64_t cookie = 0;
	struct pw_past rec;
	int map, err = 0;

	if (t->kind == TRACKER_SNAPSHOT)
		return 0;
	map = tracker_map(t, MAP_HISTORY);
	if (map < 0 || tracker_map(t, MAP_EXITS) < 0 || tracker_map(t, MAP_CMDLINES) < 0)
		return -EBADF;
	for (; key.nr < PW_MAX_PAST && !err; key.nr++) {
		if (bpf_map_lookup_elem(map, &key, &rec))
			continue;
		/* Of an earlier namespace of this number? */
		if (rec.netns_cookie && !cookie)
			err = tour(t, netns, read_cookie, &cookie);
		if (err || (cookie && rec.netns_cookie && rec.netns_cookie != cookie))
			continue;
		err = add_last(t, &key, &rec, a);
		if (!err)
			err = add_creator(t, &key, &rec, a);
	}
	return err;
}
