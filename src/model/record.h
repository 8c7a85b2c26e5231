/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * record: the format of `stream --record FILE`, on buffers only; the file is the
 * caller's.
 *
 *	header		struct record_header, RECORD_HEADER_LEN bytes
 *	events		RECORD_EVENT_LEN bytes each: length, CRC-32, struct pw_event
 *
 * All in the byte order of the machine that wrote it, which the header tells: a
 * file from the other kind of machine is refused, not misread. Each event's CRC
 * also covers its number in the file, so lost, doubled or swapped parts show up.
 *
 *	write:	record_header_encode(), write; for each: record_event_encode(n++), write
 *	read:	read RECORD_HEADER_LEN, decode; read RECORD_EVENT_LEN at a time, decode; a
 *		short read at the end is a truncated file (0 bytes: the proper end)
 */
#ifndef MODEL_RECORD_H
#define MODEL_RECORD_H

#include <stddef.h>
#include <stdint.h>

#include "portwatch.h"

#define RECORD_HEADER_LEN 64
#define RECORD_EVENT_LEN (8 + sizeof(struct pw_event))

struct record_info {
	uint32_t abi;	      /* PW_ABI of the writer; checked by decode */
	uint32_t netns;	      /* of the one who recorded: what "self" was */
	int64_t boot_to_real; /* CLOCK_REALTIME - CLOCK_BOOTTIME, ns: same times on replay */
	uint64_t start_ns;    /* CLOCK_BOOTTIME of the start */
};

void record_header_encode(const struct record_info *info, uint8_t buf[RECORD_HEADER_LEN]);

/* 0; -EBADMSG: no recording, or damaged; -ESTALE: by a version with another ABI;
 * -EILSEQ: by a machine of the other byte order. */
int record_header_decode(const uint8_t *buf, size_t len, struct record_info *ret);

void record_event_encode(uint64_t number, const struct pw_event *ev, uint8_t buf[RECORD_EVENT_LEN]);

/* 0, or -EBADMSG: damaged, out of order, or cut short. Fields that later code
 * indexes with (kind, states, protocol) are checked, too. */
int record_event_decode(uint64_t number, const uint8_t *buf, size_t len, struct pw_event *ret);

#endif
