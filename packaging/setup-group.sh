#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Lets the members of a group ask the tracker without sudo (docs/permissions.md):
#
#   setup-group GROUP [PROGRAM]
#
# Makes the group if there is none. The program becomes one that only root and the group can run, and that
# has the two capabilities which iterators need. Its companions stay as they are: they need no more
# than the program they are started by, and do not get it.

set -eu
PATH=$PATH:/usr/sbin:/sbin

die() {
	printf 'portwatch: %s\n' "$*" >&2
	exit 1
}

[ $# -eq 1 ] || [ $# -eq 2 ] || die "usage: setup-group GROUP [PROGRAM]"
[ "$(id -u)" -eq 0 ] || die "needs root: sudo $0 $*"
command -v setcap >/dev/null || die "setcap is missing: apt-get install libcap2-bin"
group=$1
program=${2-$(dirname "$(readlink -f "$0")")/../../bin/portwatch}
[ -f "$program" ] || die "no such program: $program"

getent group "$group" >/dev/null || groupadd --system "$group"
# The order matters: until it is closed to others it must have no rights.
setcap -r "$program" 2>/dev/null || true
# What dpkg installs again it would open again. The file tells postinst that this override is ours.
path=$(readlink -f "$program")
if command -v dpkg-statoverride >/dev/null && dpkg-query --search "$path" >/dev/null 2>&1; then
	dpkg-statoverride --quiet --remove "$path" 2>/dev/null || true
	dpkg-statoverride --add root "$group" 0750 "$path"
	mkdir -p /var/lib/portwatch
	printf '%s\n' "$group" >/var/lib/portwatch/group
fi
chown "root:$group" "$program"
chmod 0750 "$program"
setcap cap_bpf,cap_perfmon=ep "$program"
printf 'members of %s may ask once it is loaded with: portwatch load --group %s\n' "$group" "$group"
