/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kernelid: which build of the kernel runs. Two kernels of one version can differ in every
 * structure; two with one build id are the same bytes.
 */
#ifndef TRACK_KERNELID_H
#define TRACK_KERNELID_H

#include <stddef.h>

#define KERNELID_NOTES "/sys/kernel/notes"
#define KERNELID_MIN 16	 /* shortest text, without its NUL */
#define KERNELID_MAX 128 /* longest */

/* Write the GNU build id in hexadecimal, from a file of ELF notes. If there is none, write a hash
 * of what `uname -rv` says: 16 digits. */
void kernelid_read(const char *notes, char ret[KERNELID_MAX + 1]);

/* Write the GNU build id of ELF notes in memory. -ENOENT: they have none. */
int kernelid_parse(const void *notes, size_t size, char ret[KERNELID_MAX + 1]);

#endif
