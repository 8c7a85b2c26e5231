#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Lets the members of a group ask the tracker without sudo (docs/permissions.md):
#
#   setup-group GROUP [PROGRAM]
#
# Makes the group if there is none. The program becomes one that only root and the group can run (by an access
# control list), that has the two capabilities which iterators need, and that is setgid to portwatch-maps. The
# tracker's maps are readable by that group: it must not have members. The companions stay as they are: they need no
# more than the program they are started by, and do not get it.

set -eu
# Neither the caller's PATH nor umask decides what is run or who may write.
PATH=/usr/sbin:/usr/bin:/sbin:/bin:/usr/local/sbin:/usr/local/bin
LC_ALL=C
export PATH LC_ALL
umask 022
maps=portwatch-maps

die() {
	printf 'portwatch: %s\n' "$*" >&2
	exit 1
}

# Print the users of a group: its members, and those whose entry in passwd names it.
members_of() {
	id=$(getent group "$1" | cut -d: -f3)
	getent group "$1" | cut -d: -f4
	getent passwd | awk -F: -v id="$id" '$4 == id { print $1 }'
}

# Is this name one that neither groupadd nor dpkg's list of overrides could take for something else?
is_group_name() {
	case $1 in
	'' | [!A-Za-z_]* | *[!A-Za-z0-9_.-]*) return 1 ;;
	esac
	[ ${#1} -le 32 ]
}

# A user who can write to the program, or put another in its place, would get the rights that it is given.
is_roots_alone() {
	[ -n "$(find "$1" -maxdepth 0 -type f -user 0 ! -perm /022)" ] || return 1
	dir=$1
	while [ "$dir" != / ]; do
		dir=$(dirname "$dir")
		[ -n "$(find "$dir" -maxdepth 0 -type d -user 0 \( ! -perm /022 -o -perm -1000 \))" ] || return 1
	done
}

[ $# -eq 1 ] || [ $# -eq 2 ] || die "usage: setup-group GROUP [PROGRAM]"
[ "$(id -u)" -eq 0 ] || die "needs root: sudo $0 $*"
command -v setcap >/dev/null || die "setcap is missing: apt-get install libcap2-bin"
command -v setfacl >/dev/null || die "setfacl is missing: apt-get install acl"
group=$1
program=${2-$(dirname "$(readlink -f "$0")")/../../bin/portwatch}
is_group_name "$group" || die "no name of a group: '$group' (letters, digits, '_', '.' and '-')"
[ -f "$program" ] || die "no such program: $program"
[ "$group" != "$maps" ] || die "the group $maps must not have members: choose another"
path=$(readlink -f "$program")
is_roots_alone "$path" || die "others than root can write to $path or to a folder that it lies in"

getent group "$group" >/dev/null || groupadd --system "$group"
getent group "$maps" >/dev/null || groupadd --system "$maps"
members=$(members_of "$maps")
[ -z "$members" ] || die "the group $maps must not have members, but has: $members"
# The order matters: until it is closed to others it must have no rights.
setcap -r "$path" 2>/dev/null || true
chmod 0700 "$path"
setfacl --remove-all "$path"
# Keep the program closed to all but root when dpkg installs it again. The file tells postinst that this override
# is ours.
if command -v dpkg-statoverride >/dev/null && dpkg-query --search "$path" >/dev/null 2>&1; then
	dpkg-statoverride --quiet --remove "$path" 2>/dev/null || true
	dpkg-statoverride --add root "$maps" 0700 "$path"
	mkdir -p /var/lib/portwatch
	rm -f /var/lib/portwatch/group
	printf '%s\n' "$group" >/var/lib/portwatch/group
fi
chown "root:$maps" "$path"
chmod 2700 "$path"
setfacl --set "u::rwx,g::---,g:$group:r-x,m::r-x,o::---" "$path"
setcap cap_bpf,cap_perfmon=ep "$path"
printf 'members of %s may ask once it is loaded with: portwatch load --group %s\n' "$group" "$group"
