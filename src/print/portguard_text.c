// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>

#include "base/cleanup.h"
#include "print/color.h"
#include "print/portguard_print.h"
#include "print/table.h"
#include "print/text_parts.h"
#include "print/when.h"

static void cell(struct table *t, struct strbuf *text, const char *color)
{
	table_cell(t, strbuf_str(text), color);
	strbuf_reset(text);
}

static void add_user(struct strbuf *out, const struct out_opts *opts, uint32_t uid)
{
	const char *name = opts->user_name ? opts->user_name(uid) : NULL;

	if (name)
		strbuf_adds(out, name);
	else
		strbuf_addf(out, "uid %u", uid);
}

static void add_maker(struct strbuf *out, const struct out_opts *opts,
		      const struct pw_guard_rule *r)
{
	add_user(out, opts, r->uid);
	if (r->login == UINT32_MAX || r->login == r->uid)
		return;
	strbuf_adds(out, " (");
	add_user(out, opts, r->login);
	strbuf_addc(out, ')');
}

static void add_span(struct strbuf *out, uint64_t from, uint64_t to)
{
	char span[WHEN_AGO_LEN];

	when_span(to > from ? to - from : 0, span);
	strbuf_adds(out, span);
}

static void add_last(struct strbuf *out, const struct pw_guard_count *c, uint64_t now_ns)
{
	text_parts_process(out, c->comm, c->pid);
	strbuf_adds(out, ", ");
	add_span(out, c->last_ns, now_ns);
	strbuf_adds(out, " ago");
}

/* Has somebody else's list of reserved ports taken the place of ours? */
static bool is_not_kept(const struct portguard_rule *r)
{
	for (size_t i = 0; i < r->nr_ports; i++)
		if (r->ports[i].kept == KEPT_NO)
			return true;
	return false;
}

static void add_row(struct table *t, const struct portguard_rule *r, uint64_t now_ns,
		    const struct out_opts *opts)
{
	_cleanup_(strbuf_done) struct strbuf text = {};
	const struct portguard_port *last;
	uint64_t refused = portguard_refused(r, &last);

	portguard_ports(r, &text);
	cell(t, &text, COLOR_BOLD);
	if (r->reserve)
		strbuf_adds(&text, "(reserved)");
	portguard_describe(r, &text);
	cell(t, &text, NULL);
	if (r->r.audit)
		strbuf_adds(&text, "audit");
	if (is_not_kept(r))
		strbuf_addf(&text, "%snot reserved", text.len ? ", " : "");
	cell(t, &text, COLOR_YELLOW);
	add_span(&text, r->r.since_ns, now_ns);
	strbuf_adds(&text, " ago");
	cell(t, &text, NULL);
	add_maker(&text, opts, &r->r);
	cell(t, &text, NULL);
	if (r->r.until_ns)
		add_span(&text, now_ns, r->r.until_ns);
	cell(t, &text, NULL);
	if (opts->netns && r->r.netns != opts->netns)
		text_parts_netns(&text, opts->netns_name, r->r.netns);
	cell(t, &text, NULL);
	if (!r->reserve)
		strbuf_addu(&text, refused);
	cell(t, &text, refused ? COLOR_RED : NULL);
	if (last)
		add_last(&text, &last->count, now_ns);
	cell(t, &text, NULL);
}

int portguard_text(const struct portguard_list *l, uint64_t now_ns, const struct out_opts *opts,
		   FILE *out)
{
	static const struct table_column columns[] = {
		{ .title = "PORTS" },
		{ .title = "FOR", .min = 12 },
		{ .title = "NOTE", .optional = true },
		{ .title = "SINCE", .rank = 2 },
		{ .title = "BY", .rank = 3 },
		{ .title = "ENDS IN", .optional = true, .rank = 1 },
		{ .title = "NETNS", .optional = true },
		{ .title = "REFUSED", .right = true },
		{ .title = "LAST", .optional = true, .below = true, .rank = 4 },
	};
	_cleanup_(table_done) struct table t;
	int err;

	table_init(&t, columns, ARRAY_SIZE(columns));
	for (size_t i = 0; i < l->nr; i++)
		add_row(&t, &l->v[i], now_ns, opts);
	err = table_print(&t, out, opts);
	return err ? err : fflush(out) ? -errno : 0;
}
