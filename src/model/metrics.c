// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/metrics.h"

#include <errno.h>
#include <stdlib.h>

#include "base/num.h"
#include "base/text.h"
#include "base/vec.h"

#define ADD(m, what)                                                                               \
	({                                                                                         \
		void *array_ = (m)->what;                                                          \
		void *new_ =                                                                       \
			vec_grow(&array_, &(m)->nr_##what, &(m)->cap_##what, sizeof(*(m)->what));  \
		(m)->what = array_;                                                                \
		(m)->failed |= !new_;                                                              \
		(__typeof__((m)->what))new_;                                                       \
	})

void metrics_done(struct metrics *m)
{
	free(m->groups);
	free(m->samples);
	free(m->labels);
	strbuf_done(&m->text);
	*m = (struct metrics){};
}

void metrics_reset(struct metrics *m)
{
	m->nr_groups = m->nr_samples = m->nr_labels = m->first_label = 0;
	m->failed = false;
	strbuf_reset(&m->text);
}

void metrics_family(struct metrics *m, const struct metric_family *family)
{
	struct metric_group *g = ADD(m, groups);

	if (g)
		*g = (struct metric_group){ .family = family, .sample = m->nr_samples };
}

void metrics_label_span(struct metrics *m, const char *key, const char *value, size_t len)
{
	struct metric_label *l;
	size_t at = m->text.len;

	if (!len)
		return;
	text_escape(&m->text, value, len);
	l = ADD(m, labels);
	if (l)
		*l = (struct metric_label){ .key = key, .value = at, .len = m->text.len - at };
}

void metrics_label(struct metrics *m, const char *key, const char *value)
{
	if (value)
		metrics_label_span(m, key, value, strlen(value));
}

void metrics_label_u64(struct metrics *m, const char *key, uint64_t value)
{
	char buf[NUM_LEN];

	metrics_label_span(m, key, buf, num_format(value, buf));
}

static void add_sample(struct metrics *m, const struct metric_sample *from)
{
	struct metric_sample *s = ADD(m, samples);

	if (!s || !m->nr_groups)
		return;
	*s = *from;
	s->label = m->first_label;
	s->nr_labels = m->nr_labels - m->first_label;
	m->first_label = m->nr_labels;
	m->groups[m->nr_groups - 1].nr_samples++;
}

void metrics_u64(struct metrics *m, uint64_t value)
{
	add_sample(m, &(struct metric_sample){ .u = value });
}

void metrics_double(struct metrics *m, double value)
{
	add_sample(m, &(struct metric_sample){ .is_double = true, .d = value });
}

void metrics_single(struct metrics *m, const struct metric_family *family, uint64_t value)
{
	metrics_family(m, family);
	metrics_u64(m, value);
}

int metrics_error(const struct metrics *m)
{
	return m->failed ? -ENOMEM : strbuf_error(&m->text);
}
