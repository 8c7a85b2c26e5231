// SPDX-License-Identifier: GPL-2.0-or-later
/* Events out of a ring or a recording whose sums are right, so that only is_sane() of
 * model/record.c stands between their bytes and the formats. What it lets through must be shown
 * without a byte of a hostile name getting at the terminal. */
#include "event.h"

#include <errno.h>

#include "model/record.h"

#define MAX_EVENTS 8

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pw_event events[MAX_EVENTS], ev;
	uint8_t buf[RECORD_EVENT_LEN];
	size_t nr = 0;

	for (; nr < MAX_EVENTS && size >= sizeof(ev); size -= sizeof(ev), data += sizeof(ev)) {
		memcpy(&ev, data, sizeof(ev));
		record_event_encode(nr, &ev, buf);
		if (record_event_decode(nr, buf, sizeof(buf), &events[nr]))
			continue;
		FUZZ_CHECK(!memcmp(&ev, &events[nr], sizeof(ev)));
		/* Neither in another place nor with a bit turned over is it the same event. */
		FUZZ_CHECK(record_event_decode(nr + 1, buf, sizeof(buf), &ev) == -EBADMSG);
		buf[8 + nr] ^= 1;
		FUZZ_CHECK(record_event_decode(nr, buf, sizeof(buf), &ev) == -EBADMSG);
		nr++;
	}
	event_check_all(events, nr);
	return 0;
}
