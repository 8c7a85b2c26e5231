/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * page: the records in one page of a trace buffer, as trace_pipe_raw gives it. The layout of the
 * page's head comes from tracefs (events/header_page), that of each record's head is the one that
 * events/header_event describes and that has not changed since 2.6.28. Pure; nothing outside of the
 * page is read, whatever it contains.
 */
#ifndef LIVE_PAGE_H
#define LIVE_PAGE_H

#include <stddef.h>
#include <stdint.h>

#include "live/format.h"

struct page_layout {
	struct format_field timestamp, commit, data;
};

typedef int (*page_fn)(void *arg, uint64_t time_ns, const void *record, size_t len);

/* From the text of events/header_page. 0 or -EINVAL. */
int page_layout_parse(const char *text, struct page_layout *ret);

/*
 * Hands each record to fn, which returns 0 or an error to stop. 0, fn's error, or -EBADMSG: the
 * page makes no sense from somewhere on. *ret_lost is set to how many records were overwritten
 * before this page; 1 if the kernel says only that there were some.
 */
int page_walk(const struct page_layout *l, const void *page, size_t len, page_fn fn, void *arg,
	      uint64_t *ret_lost);

#endif
