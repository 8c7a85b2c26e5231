// SPDX-License-Identifier: GPL-2.0-or-later
#include "track/proof.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "tables/inode_set.h"
#include "track/internal.h"

static int bind_somewhere(int fd, bool listens)
{
	struct sockaddr_in a = { .sin_family = AF_INET };

	if (listens)
		a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (bind(fd, (struct sockaddr *)&a, sizeof(a)))
		return -errno;
	return listens && listen(fd, 1) ? -errno : 0;
}

int exhibit_open(struct exhibit *e, uint8_t proto, bool listens)
{
	_cleanup_close_ int fd =
		socket(AF_INET, (proto == PW_TCP ? SOCK_STREAM : SOCK_DGRAM) | SOCK_CLOEXEC, 0);
	struct sockaddr_in a;
	socklen_t len = sizeof(a), cookie_len = sizeof(e->cookie);
	struct stat st, ns = {};
	uint64_t cookie = 0;
	int err;

	if (fd < 0)
		return -errno;
	err = bind_somewhere(fd, listens);
	if (err)
		return err;
	if (getsockname(fd, (struct sockaddr *)&a, &len) || fstat(fd, &st))
		return -errno;
	if (getsockopt(fd, SOL_SOCKET, SO_COOKIE, &cookie, &cookie_len))
		cookie = 0;
	if (stat("/proc/self/ns/net", &ns))
		ns.st_ino = 0;
	*e = (struct exhibit){ TAKE_FD(fd), ntohs(a.sin_port), ns.st_ino, st.st_ino, cookie };
	return 0;
}

void exhibit_done(struct exhibit *e)
{
	if (e->fd >= 0)
		close(e->fd);
	e->fd = -1;
}

struct search {
	const struct exhibit *e;
	uint32_t pid; /* 0: a socket is looked for, not a holder */
	bool found;
};

/* Compare, unless the source does not know the value and left it 0. */
static bool fits(uint64_t is, uint64_t said)
{
	return !is || !said || is == said;
}

static int on_record(void *arg, const struct pw_rec *rec)
{
	struct search *s = arg;

	if (s->pid && (rec->pid != s->pid || rec->fd != (uint32_t)s->e->fd))
		return 0;
	if (rec->inode ? rec->inode != s->e->inode : !s->e->cookie || !rec->sock.cookie)
		return 0;
	s->found = s->found ||
		   (fits(s->e->cookie, rec->sock.cookie) && fits(s->e->port, rec->sock.lport) &&
		    fits(s->e->netns, rec->sock.netns));
	return 0;
}

static void ask_for(const struct exhibit *e, uint64_t ports[1024], struct question *ret)
{
	memset(ports, 0, 1024 * sizeof(*ports));
	ports[e->port / 64] |= 1ull << e->port % 64;
	*ret = (struct question){ .ports = ports };
}

int proof_of_holder(struct tracker *t, const struct source *s, const struct exhibit *e)
{
	struct search search = { .e = e, .pid = getpid() };
	struct inode_set inodes = INODE_SET;
	uint64_t ports[1024];
	struct question q;
	int err;

	ask_for(e, ports, &q);
	q.pid = getpid();
	err = inode_set_add(&inodes, e->inode);
	q.inodes = &inodes;
	if (!err)
		err = s->run(t, &q, on_record, &search);
	inode_set_done(&inodes);
	return err ? err : search.found;
}

int proof_of_socket(struct tracker *t, const struct source *s, const struct exhibit *e)
{
	struct search search = { .e = e };
	uint64_t ports[1024];
	struct question q;
	int err;

	ask_for(e, ports, &q);
	err = s->run(t, &q, on_record, &search);
	return err ? err : search.found;
}

int proof_of_types(struct tracker *t)
{
	struct exhibit e = EXHIBIT_NONE;
	int r = exhibit_open(&e, PW_TCP, false);

	if (r)
		return r;
	r = proof_of_holder(t, facts_proof(), &e);
	exhibit_done(&e);
	return r;
}
