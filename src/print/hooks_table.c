// SPDX-License-Identifier: GPL-2.0-or-later
#include "print/hooks_table.h"

#include "base/cleanup.h"
#include "model/names.h"
#include "print/color.h"
#include "print/table.h"

int hooks_table_print(const struct hook_row *rows, size_t nr, FILE *out,
		      const struct out_opts *opts)
{
	static const struct table_column columns[] = {
		{ .title = "HOOK" },
		{ .title = "TELLS", .rank = 1 },
		{ .title = "THROUGH" },
	};
	_cleanup_(table_done) struct table t;

	table_init(&t, columns, ARRAY_SIZE(columns));
	for (size_t i = 0; i < nr; i++) {
		table_cell(&t, names_need(rows[i].need), NULL);
		table_cell(&t, names_need_text(rows[i].need), NULL);
		table_cell(&t, names_variant(rows[i].variant),
			   rows[i].lesser ? COLOR_YELLOW : NULL);
	}
	return table_print(&t, out, opts);
}
