/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Error numbers, for BPF code has no C library's header: include/uapi/asm-generic/errno-base.h and
 * errno.h, the same on x86 and arm64.
 */
#ifndef ERRNO_H
#define ERRNO_H

#define EPERM 1
#define EAGAIN 11
#define EACCES 13
#define EBUSY 16
#define EEXIST 17
#define EINVAL 22
#define EADDRINUSE 98
#define EADDRNOTAVAIL 99

#endif
