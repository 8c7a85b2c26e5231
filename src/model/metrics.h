/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * metrics: a set of metric families with their samples, as Prometheus understands them.
 * Pure data; print/metrics_text.c writes it.
 *
 *	metrics_family(&m, &bind_failures);
 *	metrics_label(&m, "reason", "in-use");
 *	metrics_u64(&m, 12);			ends the sample
 *
 * Label values may be hostile: they are made safe here (base/text.h), and remain different if
 * they were. Errors of memory are latched; metrics_error() tells.
 */
#ifndef MODEL_METRICS_H
#define MODEL_METRICS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/strbuf.h"

struct metric_family {
	const char *name; /* without the _total of a counter */
	const char *unit; /* NULL: none; the name ends with it */
	const char *help;
	bool counter; /* never goes down while the tracker stays; else a gauge */
};

struct metric_label {
	const char *key;
	size_t value, len; /* in metrics.text */
};

struct metric_sample {
	size_t label, nr_labels; /* in metrics.labels */
	bool is_double;
	uint64_t u;
	double d;
};

struct metric_group {
	const struct metric_family *family;
	size_t sample, nr_samples; /* in metrics.samples */
};

struct metrics {
	struct metric_group *groups;
	size_t nr_groups, cap_groups;
	struct metric_sample *samples;
	size_t nr_samples, cap_samples;
	struct metric_label *labels;
	size_t nr_labels, cap_labels;
	struct strbuf text;
	size_t first_label; /* of the sample that is being made */
	bool failed;
};

void metrics_done(struct metrics *m);
/* Empties it. */
void metrics_reset(struct metrics *m);

/* The samples that follow are of this family, which must not have had any yet. */
void metrics_family(struct metrics *m, const struct metric_family *family);

/* For the next sample. An empty value is no label at all, as Prometheus has it. */
void metrics_label(struct metrics *m, const char *key, const char *value);
void metrics_label_span(struct metrics *m, const char *key, const char *value, size_t len);
void metrics_label_u64(struct metrics *m, const char *key, uint64_t value);

void metrics_u64(struct metrics *m, uint64_t value);
void metrics_double(struct metrics *m, double value);

/* A family of one sample without labels. */
void metrics_single(struct metrics *m, const struct metric_family *family, uint64_t value);

/* 0 or -ENOMEM */
int metrics_error(const struct metrics *m);

#endif
