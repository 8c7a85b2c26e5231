// SPDX-License-Identifier: GPL-2.0-or-later
#include "print/metrics_text.h"

#include <math.h>

/* Labels are free of control characters by now: quote and backslash are left. */
static void add_quoted(struct strbuf *out, const char *s, size_t len)
{
	strbuf_addc(out, '"');
	for (size_t i = 0; i < len; i++) {
		if (s[i] == '"' || s[i] == '\\')
			strbuf_addc(out, '\\');
		strbuf_addc(out, s[i]);
	}
	strbuf_addc(out, '"');
}

static void add_name(struct strbuf *out, const struct metric_family *f, bool total)
{
	strbuf_adds(out, f->name);
	if (total && f->counter)
		strbuf_adds(out, "_total");
}

static void add_head(struct strbuf *out, const struct metric_family *f, enum metrics_format format)
{
	bool total = format == METRICS_PROMETHEUS;

	strbuf_adds(out, "# HELP ");
	add_name(out, f, total);
	strbuf_addf(out, " %s\n# TYPE ", f->help);
	add_name(out, f, total);
	strbuf_adds(out, f->counter ? " counter\n" : " gauge\n");
	if (f->unit && !total)
		strbuf_addf(out, "# UNIT %s %s\n", f->name, f->unit);
}

static void add_double(struct strbuf *out, double v)
{
	size_t start = out->len;
	char *point;

	if (!isfinite(v)) {
		strbuf_adds(out, isnan(v) ? "NaN" : v > 0 ? "+Inf" : "-Inf");
		return;
	}
	strbuf_addf(out, "%.15g", v);
	/* Some locales write a comma. */
	if (!out->failed && (point = memchr(out->s + start, ',', out->len - start)))
		*point = '.';
}

static void add_sample(struct strbuf *out, const struct metrics *m, const struct metric_family *f,
		       const struct metric_sample *s)
{
	add_name(out, f, true);
	for (size_t i = 0; i < s->nr_labels; i++) {
		const struct metric_label *l = &m->labels[s->label + i];

		strbuf_addf(out, "%s%s=", i ? "," : "{", l->key);
		add_quoted(out, m->text.s + l->value, l->len);
	}
	strbuf_adds(out, s->nr_labels ? "} " : " ");
	if (s->is_double)
		add_double(out, s->d);
	else
		strbuf_addu(out, s->u);
	strbuf_addc(out, '\n');
}

void metrics_text(const struct metrics *m, enum metrics_format format, struct strbuf *out)
{
	for (size_t g = 0; g < m->nr_groups; g++) {
		const struct metric_group *group = &m->groups[g];

		if (!group->nr_samples)
			continue;
		add_head(out, group->family, format);
		for (size_t i = 0; i < group->nr_samples; i++)
			add_sample(out, m, group->family, &m->samples[group->sample + i]);
	}
	if (format == METRICS_OPENMETRICS)
		strbuf_adds(out, "# EOF\n");
}
