#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# make install puts everything in its place and make uninstall takes it away, without leaving its root.

load lib

# The name of the build is part of what it was made with.
make_it() {
	local top=$BATS_TEST_DIRNAME/../..
	env -u MAKEFLAGS make -C "$top" --no-print-directory DESTDIR="$BATS_TEST_TMPDIR" \
		B="$(realpath --relative-to="$top" "$PORTWATCH_BUILD")" "$@"
}

setup() {
	[ -e "$PORTWATCH_BUILD/share/man/portwatch.1" ] || skip "not built (make docs)"
	# Another build (other flags) would be made anew by make.
	local made=$BATS_TEST_TMPDIR/.flags
	cp -p "$PORTWATCH_BUILD/.flags" "$made"
	make_it --silent "$(realpath --relative-to="$BATS_TEST_DIRNAME/../.." "$PORTWATCH_BUILD")/.flags"
	cmp -s "$PORTWATCH_BUILD/.flags" "$made" ||
		{ cp -p "$made" "$PORTWATCH_BUILD/.flags" && skip "not what make alone builds"; }
	rm "$made"
}

files() {
	(cd "$BATS_TEST_TMPDIR" && find . -type f | sort)
}

@test "install: programs, manual, completions, units; uninstall: nothing is left" {
	make_it PREFIX=/usr install
	for file in bin/portwatch libexec/portwatch/setup-group share/man/man1/portwatch.1 \
		share/man/man1/portwatch-unload.1 share/man/man5/portwatch.json.5 \
		share/bash-completion/completions/portwatch share/zsh/site-functions/_portwatch \
		share/fish/vendor_completions.d/portwatch.fish lib/systemd/system/portwatch.service; do
		[ -s "$BATS_TEST_TMPDIR/usr/$file" ]
	done
	# The program finds its companion there.
	"$BATS_TEST_TMPDIR/usr/bin/portwatch" export --help | grep 'Usage: portwatch export'
	[ "$(files | grep -cv '^./usr/')" -eq 0 ]
	make_it PREFIX=/usr uninstall
	[ -z "$(files)" ]
}

@test "every folder can be chosen" {
	make_it PREFIX=/opt BINDIR=/b LIBEXECDIR=/l MANDIR=/m BASHDIR=/c1 ZSHDIR=/c2 FISHDIR=/c3 UNITDIR=/u install
	run ! grep -vE '^\./([blmu]|c[123])/' <(files)
	[ -x "$BATS_TEST_TMPDIR/b/portwatch" ]
	make_it PREFIX=/opt BINDIR=/b LIBEXECDIR=/l MANDIR=/m BASHDIR=/c1 ZSHDIR=/c2 FISHDIR=/c3 UNITDIR=/u uninstall
	[ -z "$(files)" ]
}
