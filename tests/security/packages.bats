#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The scripts that packages run as root, with hostile files and names in their way. Each runs in a mount namespace
# of its own with a copy of /etc, /usr and /var/lib to write to: nothing of this machine changes.

load ../cli/lib

PACKAGING=$(realpath "$BATS_TEST_DIRNAME/../../packaging")
NOBODY=65534

setup() {
	[ "$(id -u)" -eq 0 ] || skip "needs root"
	for tool in unshare setcap getcap groupadd setpriv; do
		command -v $tool >/dev/null || skip "needs $tool"
	done
	DIR=$(mktemp -d)
	chmod 755 "$DIR"
	mkdir "$DIR/bin"
	cp /bin/true "$DIR/bin/portwatch"
	printf 'secret\n' >"$DIR/secret"
	chmod 600 "$DIR/secret"
	inside true || skip "no overlay file system"
}

teardown() {
	[ ! -v DIR ] || rm -rf "$DIR"
}

# inside COMMAND...: with copies of /etc, /usr and /var/lib
inside() {
	unshare --mount --propagation private sh -ec '
		mount -t tmpfs tmpfs /mnt
		for dir in etc usr var/lib; do
			mkdir -p "/mnt/$dir/upper" "/mnt/$dir/work"
			mount -t overlay overlay -o "lowerdir=/$dir,upperdir=/mnt/$dir/upper,workdir=/mnt/$dir/work" "/$dir"
		done
		exec "$@"' sh "$@"
}

# As setup-group may be called; prints what became of the program.
set_up() {
	inside sh -c 'umask 000; "$@" >/dev/null; status=$?; stat -Lc "%U:%G %a" "$0"; getcap "$0"; exit $status' \
		"${PROGRAM:-$DIR/bin/portwatch}" "$PACKAGING/setup-group.sh" "$@"
}

refused() {
	run set_up "$@"
	echo "$output"
	[ "$status" -ne 0 ]
	[[ $output != *cap_bpf* && $output = *"portwatch: "* ]]
}

@test "packages: setup-group does what it should" {
	run set_up askers "$DIR/bin/portwatch"
	echo "$output"
	[ "$status" -eq 0 ]
	[[ $output = *"root:portwatch-maps 2750"* && $output = *cap_bpf* ]]
	[ "$(stat -c %a "$DIR/bin/portwatch")" = 2750 ]
}

@test "packages: names that are no group's are refused, and make none" {
	for name in '' -x -R/tmp --help 0 1000 'a b' $'a\nb' 'a:b' a,b 'a*' '$(id)' 'a/b' 'root 0750 /bin/sh' \
		aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa; do
		refused "$name" "$DIR/bin/portwatch"
	done
	[ "$(stat -c '%U:%G %a' "$DIR/bin/portwatch")" = "root:root 755" ]
}

@test "packages: a program that others could exchange or write to gets nothing" {
	chmod 777 "$DIR/bin"
	refused askers "$DIR/bin/portwatch"
	chmod 775 "$DIR/bin"
	refused askers "$DIR/bin/portwatch"
	chmod 755 "$DIR/bin"
	chown "$NOBODY" "$DIR/bin"
	refused askers "$DIR/bin/portwatch"
	chown 0 "$DIR/bin"
	chmod 757 "$DIR/bin/portwatch"
	refused askers "$DIR/bin/portwatch"
	chmod 755 "$DIR/bin/portwatch"
	chown "$NOBODY" "$DIR/bin/portwatch"
	refused askers "$DIR/bin/portwatch"
	chown 0 "$DIR/bin/portwatch"
	chmod 777 "$DIR"
	refused askers "$DIR/bin/portwatch"
	# A sticky folder that root's file lies in is no way to it.
	chmod 1777 "$DIR"
	run set_up askers "$DIR/bin/portwatch"
	[ "$status" -eq 0 ]
}

@test "packages: what a planted symbolic link points to keeps its owner and mode" {
	mkdir "$DIR/theirs"
	chown "$NOBODY" "$DIR/theirs"
	setpriv --reuid=$NOBODY --clear-groups ln -s "$DIR/secret" "$DIR/theirs/portwatch"
	chmod 666 "$DIR/secret"
	PROGRAM=$DIR/secret refused askers "$DIR/theirs/portwatch"
	[ "$(stat -c '%U:%G %a' "$DIR/secret")" = "root:root 666" ]
	# To a folder of theirs.
	setpriv --reuid=$NOBODY --clear-groups mkdir "$DIR/theirs/bin"
	setpriv --reuid=$NOBODY --clear-groups cp /bin/true "$DIR/theirs/bin/portwatch"
	ln -s "$DIR/theirs/bin" "$DIR/linked"
	PROGRAM=$DIR/theirs/bin/portwatch refused askers "$DIR/linked/portwatch"
	# No regular file.
	mkfifo "$DIR/bin/fifo"
	PROGRAM=$DIR/bin/fifo refused askers "$DIR/bin/fifo"
}

@test "packages: neither the caller's PATH nor umask matters" {
	mkdir "$DIR/evil"
	for tool in getent groupadd setcap chown chmod readlink stat find; do
		printf '#!/bin/sh\ntouch %s/pwned\n' "$DIR" >"$DIR/evil/$tool"
		chmod 755 "$DIR/evil/$tool"
	done
	for name in askers -x; do
		run inside env PATH="$DIR/evil:$PATH" "$PACKAGING/setup-group.sh" $name "$DIR/bin/portwatch"
		[ ! -e "$DIR/pwned" ]
	done
	[ "$(stat -c %a "$DIR/bin/portwatch")" = 2750 ]
}

# stubs: inside, a dpkg that knows the program; what was asked of it goes to $DIR/asked
stubs='
	cat >/usr/bin/dpkg-statoverride <<-END
		#!/bin/sh
		echo "statoverride \$*" >>$DIR/asked
		[ "\$1" != --list ] || [ ! -e $DIR/override ] || cat $DIR/override
	END
	printf "#!/bin/sh\nexit 0\n" >/usr/bin/dpkg-query
	mkdir -p /usr/libexec/portwatch
	printf "#!/bin/sh\necho setup-group \"\$*\" >>$DIR/asked\n" >/usr/libexec/portwatch/setup-group
	printf "#!/bin/sh\necho portwatch \"\$*\" >>$DIR/asked\n" >/usr/bin/portwatch
	chmod 755 /usr/bin/dpkg-statoverride /usr/bin/dpkg-query /usr/libexec/portwatch/setup-group /usr/bin/portwatch
	state=/var/lib/portwatch
'

# scripted COMMANDS: with the stubs, as sh -e
scripted() {
	: >"$DIR/asked"
	inside env DIR="$DIR" PACKAGING="$PACKAGING" timeout 20 sh -ec "$stubs$1"
}

@test "packages: the file that says which group it was is only root's to write, and follows no link" {
	# shellcheck disable=SC2016 # for the shell within
	scripted '
		umask 000
		"$PACKAGING/setup-group.sh" askers "$DIR/bin/portwatch" >/dev/null
		[ "$(stat -c "%u %a" $state)" = "0 755" ] && [ "$(stat -c "%u %a" $state/group)" = "0 644" ]
		rm $state/group
		ln -s $DIR/secret $state/group
		"$PACKAGING/setup-group.sh" askers "$DIR/bin/portwatch" >/dev/null
		[ "$(cat $DIR/secret)" = secret ] && [ ! -L $state/group ]'
	grep -q 'statoverride --add root portwatch-maps 0700' "$DIR/asked"
}

@test "packages: an update sets up again only the group that the override names" {
	# shellcheck disable=SC2016 # for the shell within
	update='
		mkdir -p $state
		printf "%s\n" "$NAME" >$state/group
		sh "$PACKAGING/debian/postinst" configure'
	echo 'root askers 750 /usr/bin/portwatch' >"$DIR/override"
	NAME=askers scripted "$update"
	grep -q 'setup-group askers' "$DIR/asked"
	for name in others 'ask*' '*' 'askers 750' '' $'askers\nothers' '-x'; do
		NAME=$name scripted "$update"
		run ! grep setup-group "$DIR/asked"
	done
	# Neither a link, nor a pipe that would wait for ever, nor a folder.
	for plant in 'ln -s $DIR/override' mkfifo mkdir; do
		scripted "mkdir -p \$state; $plant \$state/group"'; sh "$PACKAGING/debian/postinst" configure'
		run ! grep setup-group "$DIR/asked"
	done
}

@test "packages: purging takes away only what was set up" {
	# shellcheck disable=SC2016 # for the shell within
	purge='
		mkdir -p $state
		echo askers >$state/group
		sh "$PACKAGING/debian/postrm" purge
		[ ! -e $state ]'
	echo 'root askers 750 /usr/bin/portwatch' >"$DIR/override"
	scripted "$purge"
	grep -q 'statoverride --quiet --remove /usr/bin/portwatch' "$DIR/asked"
	# An administrator's own.
	echo 'root adm 750 /usr/bin/portwatch' >"$DIR/override"
	scripted "$purge"
	run ! grep -e --remove "$DIR/asked"
	# A link is removed, and not what it points to; something else does not keep the package from going.
	# shellcheck disable=SC2016
	scripted 'mkdir -p $state; ln -s $DIR/secret $state/group; sh "$PACKAGING/debian/postrm" purge; [ ! -e $state ]'
	[ -s "$DIR/secret" ]
	# shellcheck disable=SC2016
	scripted 'mkdir -p $state/group/other; sh "$PACKAGING/debian/postrm" purge; [ -d $state/group/other ]'
}

@test "packages: removal asks the package's own program to unload, not another of its name" {
	mkdir "$DIR/evil"
	printf '#!/bin/sh\ntouch %s/pwned\n' "$DIR" >"$DIR/evil/portwatch"
	chmod 755 "$DIR/evil/portwatch"
	# shellcheck disable=SC2016
	scripted 'PATH=$DIR/evil:$PATH sh "$PACKAGING/debian/prerm" remove'
	grep -q 'portwatch unload -q' "$DIR/asked"
	[ ! -e "$DIR/pwned" ]
}
