// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/unknown.h"

#include <inttypes.h>

const char *unknown_name(unsigned int bit)
{
	switch (bit) {
	case UNKNOWN_HOLDERS:
		return "holders";
	case UNKNOWN_OTHER_HOLDERS:
		return "other-holders";
	case UNKNOWN_CREATOR:
		return "creator";
	case UNKNOWN_BOUND:
		return "bound-sockets";
	case UNKNOWN_NETNS:
		return "netns";
	case UNKNOWN_BIND:
		return "bind-options";
	case UNKNOWN_DEVICE:
		return "device";
	case UNKNOWN_NETNS_BOUND:
		return "netns-bound-sockets";
	case UNKNOWN_CLOSING:
		return "closing-times";
	}
	return "unknown";
}

/* Whether processes are seen that hold whatever was asked for: then the rest changes nothing. */
static bool is_all_held(const struct answer *a)
{
	for (size_t i = 0; i < a->nr_verdicts; i++)
		if (a->verdicts[i].why != WHY_HELD && !a->verdicts[i].implied)
			return false;
	return a->nr_verdicts > 0;
}

static void tell_holders(struct strbuf *out, const struct answer *a, const char *as_root)
{
	const struct blind *b = &a->blind;

	if (!b->processes) {
		strbuf_adds(out,
			    "processes cannot be seen here: neither BPF nor /proc may be used");
	} else if (b->unreadable || b->concealed) {
		strbuf_addf(out, "processes of others cannot be seen (%zu of %zu): ", b->unreadable,
			    b->processes);
		strbuf_adds(out,
			    a->is_root ?
				    "root needs CAP_SYS_PTRACE for that (--cap-add SYS_PTRACE)" :
				    as_root);
	} else if (b->confined) {
		strbuf_adds(out, "processes outside of this PID namespace cannot be seen");
	} else {
		strbuf_addf(out,
			    "some descriptors of process %" PRIu32
			    " cannot be read: it may hold more than is shown",
			    b->pid);
	}
	strbuf_addc(out, '\n');
}

void unknown_tell(struct strbuf *out, const struct answer *a, const char *as_root, bool detailed)
{
	unsigned int unknown = a->unknown;

	if (!detailed && is_all_held(a))
		unknown &= UNKNOWN_HOLDERS | UNKNOWN_OTHER_HOLDERS;
	if (unknown & (UNKNOWN_HOLDERS | UNKNOWN_OTHER_HOLDERS))
		tell_holders(out, a, as_root);
	if (unknown & UNKNOWN_BOUND)
		strbuf_adds(out,
			    "TCP sockets that are only bound cannot be seen: this kernel shows "
			    "them to BPF programs alone\n");
	if (unknown & UNKNOWN_NETNS)
		strbuf_adds(out, "other network namespaces cannot be entered\n");
	else if (unknown & UNKNOWN_NETNS_BOUND && !(unknown & UNKNOWN_BOUND))
		strbuf_adds(out,
			    "TCP sockets that are only bound in other network namespaces cannot be "
			    "seen: these cannot be entered\n");
	if (unknown & UNKNOWN_BIND)
		strbuf_adds(out, "whether SO_REUSEADDR would help cannot be told: the kernel shows "
				 "that to BPF programs alone\n");
	if (unknown & UNKNOWN_DEVICE)
		strbuf_adds(out,
			    "whether a socket is bound to a device cannot be told: /proc/net does "
			    "not show it\n");
	if (unknown & UNKNOWN_CLOSING)
		strbuf_adds(
			out,
			"when a closing connection ends cannot be told: only sock_diag shows its timer\n");
}
