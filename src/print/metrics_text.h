/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * metrics_text: a set of metrics as text: OpenMetrics 1.0, or the older format of Prometheus
 * (0.0.4), which its textfile collector reads. They differ in the lines of a family and in
 * the end; info metrics are gauges in both.
 */
#ifndef PRINT_METRICS_TEXT_H
#define PRINT_METRICS_TEXT_H

#include "base/strbuf.h"
#include "model/metrics.h"

enum metrics_format { METRICS_OPENMETRICS, METRICS_PROMETHEUS };

/* Families without samples are left out. */
void metrics_text(const struct metrics *m, enum metrics_format format, struct strbuf *out);

#endif
