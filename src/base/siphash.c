// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/siphash.h"

#define ROTATE(x, n) ((x) << (n) | (x) >> (64 - (n)))

static void rounds(uint64_t v[4], int n)
{
	while (n--) {
		v[0] += v[1];
		v[1] = ROTATE(v[1], 13) ^ v[0];
		v[0] = ROTATE(v[0], 32);
		v[2] += v[3];
		v[3] = ROTATE(v[3], 16) ^ v[2];
		v[0] += v[3];
		v[3] = ROTATE(v[3], 21) ^ v[0];
		v[2] += v[1];
		v[1] = ROTATE(v[1], 17) ^ v[2];
		v[2] = ROTATE(v[2], 32);
	}
}

static void absorb(uint64_t v[4], uint64_t word)
{
	v[3] ^= word;
	rounds(v, 2);
	v[0] ^= word;
}

uint64_t siphash_u64(const uint64_t key[2], uint64_t value)
{
	uint64_t v[4] = { key[0] ^ 0x736f6d6570736575, key[1] ^ 0x646f72616e646f6d,
			  key[0] ^ 0x6c7967656e657261, key[1] ^ 0x7465646279746573 };

	absorb(v, value);
	absorb(v, (uint64_t)sizeof(value) << 56); /* the last block tells the length */
	v[2] ^= 0xff;
	rounds(v, 4);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}
