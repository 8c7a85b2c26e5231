#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Make files for others in BUILD/release, and print their names: a tarball of the committed tree, one static
# program each for x86-64 and arm64, a Debian or an RPM package. make does it (make help).
#
#	packaging/release.sh dist|static|deb|rpm BUILD VERSION

set -euo pipefail
kind=$1 build=$2 version=$3
cd "$(dirname "$0")/.."
release=$build/release
tarball=$release/portwatch-$version.tar.gz
mkdir -p "$release"
work=$(realpath "$release")/$kind

dist() {
	git archive --format=tar --prefix="portwatch-$version/" HEAD | gzip -n9 >"$tarball"
}

# static ARCH TARGET NAME: TARGET is our name of the architecture, NAME that of uname(1)
static() {
	local root=() from=$build
	if [[ $(uname -m) != "$3" ]]; then
		from+=/$2
		[[ $1 = x86_64 ]] || root=("SYSROOT=$(tests/vm/arm64.sh)")
	fi
	"${MAKE:-make}" --silent STATIC=1 ARCH="$1" "${root[@]}" core
	cp "$from/static/portwatch" "$release/portwatch-$version-$3"
}

# unpack: an empty folder for the work, with the tarball
unpack() {
	dist
	rm -rf "$work"
	mkdir -p "$work/SOURCES"
	cp "$tarball" "$work/SOURCES/"
}

case $kind in
dist)
	dist
	ls "$tarball"
	;;
static)
	static x86_64 x86 x86_64
	static arm64 arm64 aarch64
	ls "$release/portwatch-$version-"{x86_64,aarch64}
	;;
deb)
	unpack
	tar -C "$work" -xzf "$tarball"
	cp "$tarball" "$work/portwatch_$version.orig.tar.gz"
	(
		cd "$work/portwatch-$version"
		cp -a packaging/debian debian
		env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL dpkg-buildpackage -us -uc -b
	)
	mv "$work"/portwatch_*.deb "$release/"
	ls "$release"/portwatch_*.deb
	;;
rpm)
	unpack
	env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL rpmbuild --quiet --nodeps -bb \
		--define "_topdir $work" --define 'debug_package %{nil}' packaging/rpm/portwatch.spec
	mv "$work"/RPMS/*/portwatch-*.rpm "$release/"
	ls "$release"/portwatch-*.rpm
	;;
esac
