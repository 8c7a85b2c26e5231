// SPDX-License-Identifier: GPL-2.0-or-later
#include "print/card_text.h"

#include <errno.h>

#include "base/addr.h"
#include "base/cleanup.h"
#include "base/text.h"
#include "model/crew.h"
#include "model/names.h"
#include "model/verdict.h"
#include "print/answer_entry.h"
#include "print/card_lines.h"
#include "print/card_sockets.h"
#include "print/color.h"
#include "print/text_parts.h"
#include "print/verdict_text.h"
#include "print/when.h"

#define CREWS_SHOWN 3

/* A card: a protocol of the port, and who has it. */
struct card {
	const struct answer *a;
	const struct verdict *v;
	const struct out_opts *opts;
	struct crews crews; /* who speaks for the port */
	struct card_lines lines;
};

static bool has_server(const struct card *c)
{
	for (size_t i = 0; i < c->a->nr_sockets; i++) {
		const struct socket *s = &c->a->sockets[i];

		if (card_is_of(c->v, s) && card_is_here(c->v, c->opts, s) &&
		    answer_entry_serves(s) && s->nr_holders)
			return true;
	}
	return false;
}

/* Find the crews that speak for the port: its servers or, without any, holders of connections. */
static int find_crews(struct card *c)
{
	bool servers = has_server(c);
	int err = 0;

	for (size_t i = 0; i < c->a->nr_sockets && !err; i++) {
		const struct socket *s = &c->a->sockets[i];

		if (card_is_of(c->v, s) && card_is_here(c->v, c->opts, s) &&
		    (!servers || answer_entry_serves(s)))
			err = crews_add_holders(&c->crews, c->a, s);
	}
	return err;
}

static const struct process *leader(const struct card *c, size_t crew)
{
	return &c->a->processes[c->crews.list.v[crew].leader];
}

static void add_comm(struct strbuf *out, const struct card *c, const char *comm)
{
	strbuf_adds(out, c->opts->color ? COLOR_BOLD : "");
	if (*comm)
		text_escape_comm(out, comm);
	else
		strbuf_adds(out, "a nameless process");
	strbuf_adds(out, c->opts->color ? COLOR_RESET : "");
}

/* "python3 (pid 4063, root) +2". Escaped. */
static void add_crew(struct strbuf *out, const struct card *c, size_t crew)
{
	const struct process *p = leader(c, crew);
	size_t others = c->crews.list.v[crew].others;

	add_comm(out, c, p->id.comm);
	strbuf_addf(out, " (pid %s%u%s", c->opts->color ? COLOR_BOLD : "",
		    p->pid ? p->pid : p->id.tgid, c->opts->color ? COLOR_RESET : "");
	strbuf_adds(out, ", ");
	if (p->user)
		text_escape(out, p->user, strlen(p->user));
	else
		strbuf_addf(out, "user %u", p->id.uid);
	strbuf_addc(out, ')');
	if (others)
		strbuf_addf(out, " +%zu", others);
}

/* Return since when the port's oldest server has had it; 0: not known of each server. */
static uint64_t served_since(const struct card *c)
{
	uint64_t since = UINT64_MAX;

	for (size_t i = 0; i < c->a->nr_sockets; i++) {
		const struct socket *s = &c->a->sockets[i];

		if (!card_is_of(c->v, s) || !card_is_here(c->v, c->opts, s) ||
		    !answer_entry_serves(s))
			continue;
		if (!s->s.since_ns || s->s.since_ns > c->a->time_ns)
			return 0;
		since = s->s.since_ns < since ? s->s.since_ns : since;
	}
	return since == UINT64_MAX ? 0 : since;
}

/* Whether the port's only connection is one to itself. */
static bool is_own_peer(const struct card *c)
{
	const struct socket *only = NULL;

	for (size_t i = 0; i < c->a->nr_sockets; i++) {
		const struct socket *s = &c->a->sockets[i];

		if (!card_is_of(c->v, s) || !card_is_here(c->v, c->opts, s))
			continue;
		if (only)
			return false;
		only = s;
	}
	return only && addr_is_own_peer(&only->s);
}

static void add_headline(struct strbuf *out, const struct card *c)
{
	const char *color = c->opts->color ? color_why(c->v->why) : "";
	uint64_t since = served_since(c);
	char span[WHEN_AGO_LEN];
	size_t nr = c->crews.list.nr;

	strbuf_addf(out, "%s%u/%s%s is ", color, c->v->port, names_proto(c->v->proto),
		    *color ? COLOR_RESET : "");
	strbuf_adds(out, c->v->why == WHY_BOUND	      ? "bound, but not listening, by " :
			 c->v->why == WHY_OTHER_NETNS ? "free here; elsewhere it is in use by " :
							"in use by ");
	for (size_t i = 0; i < nr && i < CREWS_SHOWN; i++) {
		strbuf_adds(out, i ? ", " : "");
		add_crew(out, c, i);
	}
	if (nr > CREWS_SHOWN)
		strbuf_addf(out, " and %zu more", nr - CREWS_SHOWN);
	if (!has_server(c))
		strbuf_addf(out, ", only by a connection%s", is_own_peer(c) ? " to itself" : "");
	if (since) {
		when_span(c->a->time_ns - since, span);
		strbuf_addf(out, " for %s", span);
	}
	strbuf_adds(out, queue_is_full(&c->v->queue) ? ", not accepting" : "");
	strbuf_addc(out, '\n');
}

/* As much of a command as two lines hold, without the directory of its program if that is too
 * much for one. */
static void add_command(struct strbuf *out, const struct card *c, const struct process *p)
{
	_cleanup_(strbuf_done) struct strbuf words = {}, safe = {};
	size_t room = c->opts->width > 40 ? c->opts->width - 13 : 27, skip = 0;

	text_parts_command(&words, p);
	text_escape(&safe, words.s, words.len);
	if (text_width(strbuf_str(&safe), strbuf_len(&safe)) > room && !c->opts->detailed) {
		for (size_t i = 0; i < words.len && words.s[i] != ' '; i++)
			skip = words.s[i] == '/' ? i + 1 : skip;
		strbuf_reset(&safe);
		text_escape(&safe, words.s + skip, words.len - skip);
	}
	if (text_width(strbuf_str(&safe), strbuf_len(&safe)) <= 2 * room || c->opts->detailed) {
		strbuf_add(out, words.s + skip, words.len - skip);
		return;
	}
	/* Cut before it is escaped, so by bytes: a byte takes a column at least, but for accents.
	 */
	strbuf_add(out, words.s + skip, text_cut(words.s + skip, words.len - skip, 2 * room - 3));
	strbuf_adds(out, c->opts->ascii ? "..." : "…");
}

/* "bash (pid 812) <- sshd": each name once where several of them follow. */
static void add_parents(struct strbuf *out, const struct card *c, const struct process *p)
{
	const char *arrow = c->opts->ascii ? " <- " : " ← ";

	for (size_t i = 0; i < p->nr_parents; i++) {
		const struct parent *parent = &p->parents[i];

		/* The first process of all has everybody as a child in the end. */
		if (i && (parent->pid == 1 ||
			  !strncmp(parent->comm, p->parents[i - 1].comm, sizeof(parent->comm))))
			continue;
		strbuf_adds(out, i ? arrow : "");
		strbuf_add(out, parent->comm, strnlen(parent->comm, sizeof(parent->comm)));
		if (!i || c->opts->detailed)
			strbuf_addf(out, " (pid %u)", parent->pid);
	}
}

static bool ends_with(const char *text, const char *end)
{
	size_t len = text ? strlen(text) : 0, n = strlen(end);

	return len > n && !strcmp(text + len - n, end);
}

/* A service that can be stopped: not the manager of a user's session. */
static bool is_service(const struct process *p)
{
	return ends_with(p->unit, ".service") && strncmp(p->unit, "user@", 5) != 0;
}

static void add_started(struct strbuf *out, const struct card *c, const struct process *p)
{
	char span[WHEN_AGO_LEN];
	bool known = p->id.start_ns && p->id.start_ns <= c->a->time_ns;

	if (known) {
		when_span(c->a->time_ns - p->id.start_ns, span);
		strbuf_addf(out, "%s ago", span);
	}
	if (!p->nr_parents)
		return;
	/* The first process adopts whose parent has gone: only of a service it is the starter. */
	if (p->parents[0].pid == 1 && !is_service(p))
		strbuf_adds(out, known ? ", now a child of " : "a child of ");
	else
		strbuf_adds(out, known ? " by " : "by ");
	add_parents(out, c, p);
}

static void describe(struct card *c, size_t crew)
{
	const struct process *p = leader(c, crew);
	struct strbuf *out;

	add_command(card_lines_add(&c->lines, "command", false), c, p);
	out = card_lines_add(&c->lines, "directory", true);
	strbuf_adds(out, p->cwd ? p->cwd : "");
	if (c->opts->detailed) {
		out = card_lines_add(&c->lines, "program", false);
		strbuf_adds(out, p->exe ? p->exe : "");
	}
	add_started(card_lines_add(&c->lines, "started", false), c, p);
	out = card_lines_add(&c->lines, "unit", true);
	strbuf_adds(out, p->unit ? p->unit : "");
	out = card_lines_add(&c->lines, "container", false);
	if (p->container)
		strbuf_addf(out, "%.12s", p->container);
	if (p->condition.is)
		condition_text(card_lines_add(&c->lines, "condition", true), &p->condition);
}

static void count_sockets(struct card *c)
{
	card_sockets_add(card_lines_add(&c->lines, "sockets", false), c->a, c->v, c->opts);
}

static void note_facts(struct card *c)
{
	for (size_t i = 0; i < c->v->nr_facts; i++) {
		const struct remark *fact = &c->v->facts[i];

		if (fact->kind == REMARK_COUNT ||
		    (fact->kind == REMARK_DETAIL && !c->opts->detailed))
			continue;
		strbuf_adds(card_lines_add(&c->lines, "note", false), fact->text);
	}
}

/* The port with its protocol where the number alone means more, or not this. */
static void add_port_word(struct strbuf *out, const struct card *c)
{
	strbuf_addu(out, c->v->port);
	if (c->v->proto == PW_UDP)
		strbuf_adds(out, "/udp");
	for (size_t i = 0; c->v->proto == PW_TCP && i < c->a->nr_verdicts; i++)
		if (&c->a->verdicts[i] != c->v && verdict_is_busy(&c->a->verdicts[i]))
			strbuf_adds(out, "/tcp");
}

static void tell_cure(struct card *c, const char *option)
{
	struct strbuf *out = card_lines_add(&c->lines, "free it", false);
	const struct process *p = c->crews.list.nr ? leader(c, 0) : NULL;
	const char *sudo = c->opts->by_sudo ? "sudo " : "";
	bool is_own = p && c->opts->own_user && p->id.uid == c->opts->own_user;

	/* systemd would start it again, so stop its unit. A name with other characters would need
	 * quotes. */
	if (p && is_service(p) && !p->container && !strpbrk(p->unit, "\\'\" ")) {
		bool own = p->cgroup && strstr(p->cgroup, "/user@");

		strbuf_addf(out, "%ssystemctl %sstop %s, or ", own ? "" : sudo,
			    own ? "--user " : "", p->unit);
	} else if (p && p->container) {
		strbuf_addf(out, "stop container %.12s, or ", p->container);
	}
	strbuf_addf(out, "%sportwatch --free%s ", is_own ? "" : sudo, option);
	add_port_word(out, c);
}

/* Held by somebody who is seen. */
static int add_held(struct strbuf *out, struct card *c)
{
	add_headline(out, c);
	for (size_t i = 0; i < c->crews.list.nr && i < CREWS_SHOWN; i++)
		describe(c, i);
	count_sockets(c);
	note_facts(c);
	if (c->v->why != WHY_OTHER_NETNS)
		tell_cure(c, "");
	return card_lines_print(out, &c->lines, c->opts);
}

/* Held by somebody who may not be seen: the sockets are. */
static int add_unseen(struct strbuf *out, struct card *c)
{
	verdict_text_add(out, c->a, c->v, VIEW_WAIT, c->opts);
	count_sockets(c);
	note_facts(c);
	tell_cure(c, "");
	return card_lines_print(out, &c->lines, c->opts);
}

/* Free, or nobody is seen who has it: the sentence says all there is. */
static int add_sentence(struct strbuf *out, struct card *c)
{
	verdict_text_add(out, c->a, c->v, VIEW_WHO, c->opts);
	if (c->v->why == WHY_TIMEWAIT && !c->v->with_reuseaddr)
		tell_cure(c, " --timewait");
	return card_lines_print(out, &c->lines, c->opts);
}

static int add_card(struct strbuf *out, const struct answer *a, const struct verdict *v,
		    const struct out_opts *opts)
{
	struct card c = { .a = a, .v = v, .opts = opts };
	bool held = v->why == WHY_HELD || v->why == WHY_BOUND || v->why == WHY_OTHER_NETNS;
	int err = held ? find_crews(&c) : 0;

	if (!err)
		err = c.crews.list.nr			? add_held(out, &c) :
		      held && v->why != WHY_OTHER_NETNS ? add_unseen(out, &c) :
							  add_sentence(out, &c);
	crews_done(&c.crews);
	card_lines_done(&c.lines);
	return err;
}

/* TCP and UDP alike, with no past: "8000 is free (tcp, udp)". */
static bool all_free(const struct answer *a)
{
	for (size_t i = 0; i < a->nr_verdicts; i++)
		if (a->verdicts[i].why != WHY_FREE || !a->verdicts[i].implied)
			return false;
	return a->nr_verdicts > 1 && !a->nr_pasts;
}

int card_text_add(struct strbuf *out, const struct answer *a, const struct out_opts *opts)
{
	bool first = true;
	int err = 0;

	if (all_free(a)) {
		strbuf_addf(out, "%s%u%s is free%s (tcp, udp)\n", opts->color ? COLOR_GREEN : "",
			    a->verdicts[0].port, opts->color ? COLOR_RESET : "",
			    a->verdicts[0].wildcard ? "" : " at the address asked for");
		return strbuf_error(out);
	}
	for (size_t i = 0; i < a->nr_verdicts && !err; i++) {
		if (!opts->detailed && verdict_text_is_idle(a, &a->verdicts[i]))
			continue;
		strbuf_adds(out, first ? "" : "\n");
		first = false;
		err = add_card(out, a, &a->verdicts[i], opts);
	}
	return err ?: strbuf_error(out);
}
