// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/record.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

/* PNG's trick: the bytes around the name reveal a transfer as text. */
static const uint8_t magic[8] = { 0x89, 'p', 'w', 'e', 'v', '\r', '\n', 0x1a };

#define ORDER UINT32_C(0x01020304)
#define ORDER_SWAPPED UINT32_C(0x04030201)
#define FORMAT 1

struct header {
	uint8_t magic[8];
	uint32_t order;
	uint32_t format;
	uint32_t abi;
	uint32_t event_size;
	uint32_t netns;
	uint32_t pad0;
	int64_t boot_to_real;
	uint64_t start_ns;
	uint8_t spare[12];
	uint32_t crc; /* of all before it */
};

_Static_assert(sizeof(struct header) == RECORD_HEADER_LEN, "the header has no holes");

struct frame {
	uint32_t len;
	uint32_t crc; /* of the event's number and the event */
	struct pw_event event;
};

_Static_assert(sizeof(struct frame) == RECORD_EVENT_LEN, "a frame has no holes");

/* CRC-32 as in zlib and Ethernet, by half bytes: 64 bytes of table are enough. */
static uint32_t crc_add(uint32_t crc, const void *data, size_t len)
{
	static const uint32_t table[16] = {
		0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4,
		0x4db26158, 0x5005713c, 0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c,
		0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c,
	};
	const uint8_t *p = data;

	crc = ~crc;
	while (len--) {
		crc = table[(crc ^ *p) & 15] ^ crc >> 4;
		crc = table[(crc ^ *p >> 4) & 15] ^ crc >> 4;
		p++;
	}
	return ~crc;
}

void record_header_encode(const struct record_info *info, uint8_t buf[RECORD_HEADER_LEN])
{
	struct header h = {
		.order = ORDER,
		.format = FORMAT,
		.abi = info->abi,
		.event_size = sizeof(struct pw_event),
		.netns = info->netns,
		.boot_to_real = info->boot_to_real,
		.start_ns = info->start_ns,
	};

	memcpy(h.magic, magic, sizeof(magic));
	h.crc = crc_add(0, &h, offsetof(struct header, crc));
	memcpy(buf, &h, sizeof(h));
}

int record_header_decode(const uint8_t *buf, size_t len, struct record_info *ret)
{
	struct header h;

	if (len < sizeof(h))
		return -EBADMSG;
	memcpy(&h, buf, sizeof(h));
	if (memcmp(h.magic, magic, sizeof(magic)) != 0)
		return -EBADMSG;
	if (h.order == ORDER_SWAPPED)
		return -EILSEQ;
	if (h.order != ORDER || h.crc != crc_add(0, &h, offsetof(struct header, crc)))
		return -EBADMSG;
	if (h.format != FORMAT || h.abi != PW_ABI || h.event_size != sizeof(struct pw_event))
		return -ESTALE;

	*ret = (struct record_info){
		.abi = h.abi,
		.netns = h.netns,
		.boot_to_real = h.boot_to_real,
		.start_ns = h.start_ns,
	};
	return 0;
}

static uint32_t event_crc(uint64_t number, const struct pw_event *ev)
{
	return crc_add(crc_add(0, &number, sizeof(number)), ev, sizeof(*ev));
}

void record_event_encode(uint64_t number, const struct pw_event *ev, uint8_t buf[RECORD_EVENT_LEN])
{
	struct frame f = {
		.len = sizeof(*ev),
		.crc = event_crc(number, ev),
		.event = *ev,
	};

	memcpy(buf, &f, sizeof(f));
}

/* A CRC keeps out accidents, not somebody who writes a file to hurt. */
static bool is_sane(const struct pw_event *ev)
{
	return ev->kind > 0 && ev->kind < PW_EV_MAX && ev->old_state < PW_STATE_MAX &&
	       ev->new_state < PW_STATE_MAX && ev->call < PW_CALL_MAX &&
	       (ev->kind == PW_EV_LOST || ((ev->proto == PW_TCP || ev->proto == PW_UDP) &&
					   (ev->family == PW_INET || ev->family == PW_INET6)));
}

int record_event_decode(uint64_t number, const uint8_t *buf, size_t len, struct pw_event *ret)
{
	struct frame f;

	if (len < sizeof(f))
		return -EBADMSG;
	memcpy(&f, buf, sizeof(f));
	if (f.len != sizeof(f.event) || f.crc != event_crc(number, &f.event) || !is_sane(&f.event))
		return -EBADMSG;
	*ret = f.event;
	return 0;
}
