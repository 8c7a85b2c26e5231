/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * caps: the capabilities of this process, for saying which ones are missing.
 */
#ifndef SYS_CAPS_H
#define SYS_CAPS_H

#include <linux/capability.h>
#include <stdbool.h>
#include <stddef.h>

/* In the headers since 5.8 (a17b53c4a4b5, 980737282232). */
#ifndef CAP_PERFMON
#define CAP_PERFMON 38
#endif
#ifndef CAP_BPF
#define CAP_BPF 39
#endif

/* Is this CAP_… (linux/capability.h) in the effective set? */
bool caps_have(int cap);

/* Names, as "CAP_BPF, CAP_PERFMON and CAP_NET_ADMIN", those that running BPF programs
 * takes and this process lacks. "" when it has them all. */
void caps_missing(char *ret, size_t size);

#endif
