/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fnv: the 64-bit FNV-1a hash of any bytes. Not for keys that an attacker may choose. */
#ifndef BASE_FNV_H
#define BASE_FNV_H

#include <stddef.h>
#include <stdint.h>

#define FNV_START 0xCBF29CE484222325ull

/* Continues h, which is FNV_START before the first bytes. */
static inline uint64_t fnv_add(uint64_t h, const void *data, size_t size)
{
	const unsigned char *p = data;

	for (size_t i = 0; i < size; i++)
		h = (h ^ p[i]) * 0x100000001B3ull;
	return h;
}

#endif
