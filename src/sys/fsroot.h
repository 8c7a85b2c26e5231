/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fsroot: the root of a pseudo file system by a mount that nobody else sees and that goes with its
 * descriptor. It works wherever the file system is mounted, or if it is mounted nowhere.
 */
#ifndef SYS_FSROOT_H
#define SYS_FSROOT_H

/* An O_PATH descriptor of the root, CLOEXEC, or a negative errno: -EPERM without CAP_SYS_ADMIN,
 * -ENODEV: this kernel has no such file system. */
int fsroot_open(const char *fstype);

#endif
