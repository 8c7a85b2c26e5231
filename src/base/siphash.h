/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * siphash: SipHash-2-4 (Aumasson, Bernstein: "SipHash: a fast short-input PRF", 2012) of one
 * number. Without the key nothing about the number can be told from it but whether two are equal.
 */
#ifndef BASE_SIPHASH_H
#define BASE_SIPHASH_H

#include <stdint.h>

uint64_t siphash_u64(const uint64_t key[2], uint64_t value);

#endif
