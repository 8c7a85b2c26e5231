// SPDX-License-Identifier: GPL-2.0-or-later
/* Hostile names made safe: for a terminal, as a JSON string, as the value of a metric's label. */
#include "fuzz.h"
#include "json.h"

#include "base/cleanup.h"
#include "model/metrics.h"
#include "print/json.h"
#include "print/metrics_text.h"

static void check_terminal(const char *s, size_t len)
{
	struct strbuf safe = {};
	char comm[16] = "";
	size_t fit, width;

	text_escape(&safe, s, len);
	fuzz_check_clean(safe.s, safe.len);
	FUZZ_CHECK(!safe.len || !memchr(safe.s, '\n', safe.len));
	width = text_width(safe.s, safe.len);
	FUZZ_CHECK(text_fit(safe.s, safe.len, width) == safe.len);
	fit = text_fit(safe.s, safe.len, 10);
	FUZZ_CHECK(fit <= safe.len && text_width(safe.s, fit) <= 10);
	fuzz_check_clean(safe.s, fit); /* no character is split */
	strbuf_reset(&safe);
	memcpy(comm, s, len < sizeof(comm) ? len : sizeof(comm));
	text_escape_comm(&safe, comm);
	fuzz_check_clean(safe.s, safe.len);
	strbuf_done(&safe);
}

static void check_json(const char *s, size_t len)
{
	struct json j;
	char *text;
	size_t text_len;
	FILE *out = open_memstream(&text, &text_len);

	FUZZ_CHECK(out);
	json_init(&j, out);
	json_object(&j, NULL);
	json_strn(&j, "name", s, len);
	json_end(&j);
	json_line(&j);
	FUZZ_CHECK(!json_flush(&j));
	json_done(&j);
	fclose(out);
	FUZZ_CHECK(json_check_lines(text, text_len) == 1);
	free(text);
}

/* name{key="value"} 1, where only \\, \" and \n follow a backslash */
static void check_metrics(const char *s, size_t len)
{
	static const struct metric_family family = { .name = "x", .help = "Of a test." };
	static const char before[] = "\nx{comm=\"";
	struct metrics m = {};
	struct strbuf text = {};
	const char *p;

	metrics_family(&m, &family);
	metrics_label_span(&m, "comm", s, len);
	metrics_u64(&m, 1);
	FUZZ_CHECK(!metrics_error(&m));
	metrics_text(&m, METRICS_OPENMETRICS, &text);
	fuzz_check_clean(text.s, text.len);
	p = strstr(strbuf_str(&text), before);
	FUZZ_CHECK(!len == !p);
	if (p) {
		for (p += strlen(before); *p != '"'; p++) {
			FUZZ_CHECK(*p && *p != '\n');
			if (*p == '\\')
				FUZZ_CHECK(*++p == '\\' || *p == '"' || *p == 'n');
		}
		FUZZ_CHECK(!strcmp(p, "\"} 1\n# EOF\n"));
	}
	strbuf_done(&text);
	metrics_done(&m);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *s = fuzz_exact(data, size);

	check_terminal(s, size);
	check_json(s, size);
	check_metrics(s, size);
	free(s);
	return 0;
}
