// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/guard.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/strbuf.h"

/* Programs that hold a container's published port in the host's namespace. */
static const struct {
	const char *comm, *tool;
} proxies[] = {
	{ "docker-proxy", "docker" },	 { "rootlessport", "podman" }, /* "rootlessport-child" has
									  the same first 15 letters
									*/
	{ "rootlessport-ch", "podman" }, { "pasta", "podman" },	       { "pasta.avx2", "podman" },
	{ "slirp4netns", "podman" },	 { "dockerd", "docker" },
};

static bool comm_is(const struct process *p, const char *name)
{
	return !strncmp(p->id.comm, name, PW_COMM_LEN);
}

/* Return the tool of a proxy, found by its name or its program's: the name can be changed. */
static const char *proxy_tool(const struct process *p)
{
	const char *base = p->cmdline, *slash = base ? strrchr(base, '/') : NULL;

	base = slash ? slash + 1 : base;
	for (size_t i = 0; i < sizeof(proxies) / sizeof(proxies[0]); i++)
		if (comm_is(p, proxies[i].comm) || (base && !strcmp(base, proxies[i].comm)))
			return proxies[i].tool;
	return NULL;
}

/* The system's, and those of users (`systemd --user`). */
static bool is_systemd(const struct process *p)
{
	return comm_is(p, "systemd");
}

/* The socket by which systemd would start the process again: both hold it. */
static const struct socket *activation_socket(const struct answer *a, const struct target *t)
{
	for (size_t i = 0; i < a->nr_sockets; i++) {
		const struct socket *s = &a->sockets[i];
		bool mine = false, systemds = false;

		for (size_t j = 0; plan_is_listening(s) && j < s->nr_holders; j++) {
			const struct process *p = &a->processes[s->holders[j].process];

			mine = mine || actor_same(&p->id, &t->process.id);
			systemds = systemds || is_systemd(p);
		}
		if (mine && systemds)
			return s;
	}
	return NULL;
}

static bool is_user_manager(const struct answer *a, const struct socket *s)
{
	for (size_t j = 0; j < s->nr_holders; j++)
		if (is_systemd(&a->processes[s->holders[j].process]) &&
		    a->processes[s->holders[j].process].pid == 1)
			return false;
	return true;
}

static void activation_command(struct strbuf *out, const struct answer *a, const struct socket *s,
			       const struct plan_facts *f)
{
	bool user = is_user_manager(a, s);
	const char *unit =
		!user && f->socket_unit ? f->socket_unit(f->arg, s->s.proto, s->s.lport) : NULL;

	if (unit)
		strbuf_addf(out, "systemctl stop %s", unit);
	else
		strbuf_addf(out, "systemctl %sstop UNIT.socket, found by: systemctl %slist-sockets",
			    user ? "--user " : "", user ? "--user " : "");
}

typedef bool socket_is_fn(const struct socket *s, const struct target *t,
			  const struct plan_facts *f);

/* Whether the target holds a socket of the answer, and each that it holds is as the function says.
 */
static bool holds_only(const struct target *t, const struct answer *a, const struct plan_facts *f,
		       socket_is_fn *is)
{
	bool any = false;

	for (size_t i = 0; i < a->nr_sockets; i++) {
		const struct socket *s = &a->sockets[i];

		if (!answer_held_by(a, s, &t->process.id))
			continue;
		if (!is(s, t, f))
			return false;
		any = true;
	}
	return any;
}

/* Whether this is a UDP socket that nobody meant. */
static bool is_by_chance(const struct socket *s, const struct target *t, const struct plan_facts *f)
{
	(void)t;
	return plan_is_by_chance(s) && plan_udp_is_aside(f, s->s.lport);
}

/* The command that takes the port away from the container properly. */
static void add_container_command(struct strbuf *out, const char *tool, const struct target *t)
{
	if (t->forwards.tool[0])
		tool = t->forwards.tool;
	if (t->forwards.container[0])
		strbuf_addf(out, "%s stop %.12s", tool ? tool : "podman", t->forwards.container);
	else if (tool)
		strbuf_addf(out, "%s stop $(%s ps -q --filter publish=%u)", tool, tool,
			    t->sockets[0].s.lport);
}

/* Whether another user, who is not root, opened the socket. Root opens sockets for processes that
 * drop their rights, and systemd for users. */
static bool is_handed(const struct socket *s, const struct target *t, const struct plan_facts *f)
{
	(void)f;
	return s->has_uid && s->uid && s->uid != t->process.id.uid;
}

static enum guard guard_of(const struct target *t, const struct answer *a,
			   const struct plan_facts *f, struct strbuf *instead)
{
	const struct process *p = &t->process;
	const struct socket *s = activation_socket(a, t);
	const char *tool = proxy_tool(p);

	if (!p->pid)
		return GUARD_UNREACHABLE;
	if (holds_only(t, a, f, is_by_chance))
		return GUARD_CHANCE;
	if (p->pid == f->self)
		return GUARD_SELF;
	if (s) {
		activation_command(instead, a, s, f);
		return p->pid == 1 ? GUARD_INIT : GUARD_ACTIVATED;
	}
	if (p->pid == 1 || p->id.tgid == 1)
		return GUARD_INIT;
	if (tool || t->forwards.yes) {
		add_container_command(instead, tool, t);
		return GUARD_PROXY;
	}
	if (holds_only(t, a, f, is_handed))
		return GUARD_HANDED;
	for (size_t i = 0; i < f->nr_ancestors; i++)
		if (f->ancestors[i] == p->pid)
			return GUARD_ANCESTOR;
	return GUARD_NONE;
}

/* Whether --force does not lift the guard: the process cannot be signalled, or its end is of no
 * use. */
static bool is_absolute(enum guard g)
{
	return g == GUARD_UNREACHABLE || g == GUARD_CHANCE;
}

int guard_judge(struct target *t, const struct answer *a, const struct plan_facts *f)
{
	struct strbuf instead = {};

	t->guard = guard_of(t, a, f, &instead);
	if (instead.len && !(t->instead = strbuf_steal(&instead)))
		return -ENOMEM;
	t->forced = t->guard != GUARD_NONE && f->force && !is_absolute(t->guard);
	if (t->guard != GUARD_NONE && !t->forced)
		t->fate = FATE_GUARDED;
	return 0;
}

const char *guard_text(enum guard g)
{
	static const char *const texts[GUARD_MAX] = {
		[GUARD_NONE] = "",
		[GUARD_CHANCE] = "a UDP client, which has the port by the kernel's choice",
		[GUARD_COMPANION] = "the port would stay busy without it, too",
		[GUARD_ANCESTOR] = "portwatch was started from it",
		[GUARD_HANDED] =
			"another user opened the socket, it was only handed the descriptor",
		[GUARD_PROXY] = "it is a container's published port",
		[GUARD_ACTIVATED] = "systemd holds the socket for it and would start it again",
		[GUARD_INIT] = "it is PID 1",
		[GUARD_SELF] = "it is portwatch itself, by an inherited file descriptor",
		[GUARD_UNREACHABLE] = "it is outside of this PID namespace",
	};

	return texts[g];
}

const char *names_guard(enum guard g)
{
	static const char *const names[GUARD_MAX] = {
		[GUARD_NONE] = "none",
		[GUARD_CHANCE] = "by-chance",
		[GUARD_COMPANION] = "companion",
		[GUARD_ANCESTOR] = "ancestor",
		[GUARD_HANDED] = "handed-over",
		[GUARD_PROXY] = "container-proxy",
		[GUARD_ACTIVATED] = "socket-activated",
		[GUARD_INIT] = "init",
		[GUARD_SELF] = "self",
		[GUARD_UNREACHABLE] = "unreachable",
	};

	return names[g];
}
