#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Makes the pictures of the README and of docs/top.md: what `portwatch PORT`, `list`, `timewait` and
# `top` show of real servers under a little load, in a network namespace of its own. Needs root, tmux,
# nginx, redis-server, python3 and ab.
#
#	docs/pictures.sh [FOLDER]

set -euo pipefail
cd "$(dirname "$0")"
export PATH=$PATH:/usr/sbin:/sbin TZ=UTC
folder=$(realpath "${1:-.}")
portwatch=$(realpath "${PORTWATCH:-../build/portwatch}")
ns=pw-picture-$$
pin=/sys/fs/bpf/$ns
scratch=$(mktemp -d /tmp/site.XXXX)
started=()

tear_down() {
	local pid
	tmux -S "$scratch/tmux" kill-server 2>/dev/null || true
	for pid in "${started[@]}" $(cat "$scratch"/*.pid 2>/dev/null); do
		kill "$pid" 2>/dev/null || true
	done
	"$portwatch" --pin-dir "$pin" -q unload || true
	ip netns del "$ns"
	rm -rf "$scratch"
}

inside=(nsenter --net="/run/netns/$ns")

start() {
	(cd "$scratch" && exec "${inside[@]}" "$@") >>"$scratch/log" 2>&1 &
	started+=($!)
}

ip netns add "$ns"
trap tear_down EXIT
"${inside[@]}" ip link set lo up
"$portwatch" --pin-dir "$pin" -q load

chmod 755 "$scratch"
echo hello >"$scratch/index.html"
cat >"$scratch/nginx.conf" <<-END
	worker_processes 2;
	pid nginx.pid;
	error_log nginx.log;
	user www-data;
	events {}
	http {
		access_log off;
		server { listen 80; listen [::]:80; listen 8443; root $scratch; }
	}
END
(cd "$scratch" && "${inside[@]}" nginx -p . -c nginx.conf)
start redis-server --port 6379 --bind 127.0.0.1 --save ''
# As most start one: from a shell in tmux, which also keeps this machine's own processes out of the picture.
"${inside[@]}" tmux -S "$scratch/tmux" -u -f /dev/null new-session -d -s shell -c "$scratch" \
	bash -c '/usr/bin/python3 -m http.server 8000; exit'
cat >"$scratch/names.py" <<-END
	import socket, time
	s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
	s.bind(("127.0.0.53", 53))
	time.sleep(600)
END
cat >"$scratch/clients.py" <<-END
	import socket, time
	held = [socket.create_connection(("127.0.0.1", 6379)) for _ in range(12)]
	time.sleep(600)
END
start /usr/bin/python3 names.py
until "${inside[@]}" bash -c 'exec 3<>/dev/tcp/127.0.0.1/6379 4<>/dev/tcp/127.0.0.1/8000' 2>/dev/null; do sleep 0.1; done
start /usr/bin/python3 clients.py
start bash -c 'while :; do ab -q -n 40 -c 2 http://127.0.0.1:8000/; sleep 0.4; done'
start bash -c 'while :; do ab -q -n 150 -c 4 http://127.0.0.1:80/; sleep 0.3; done'

"${inside[@]}" tmux -S "$scratch/tmux" -u -f /dev/null new-session -d -s top -x 112 -y 14 \
	"exec env LC_ALL=C.UTF-8 TERM=tmux-256color '$portwatch' --pin-dir '$pin' top --netns self"
tmux -S "$scratch/tmux" set-option -t top status off
tmux -S "$scratch/tmux" resize-window -t top -x 112 -y 14
screen() {
	tmux -S "$scratch/tmux" capture-pane -e -p -N -t top
}
# rates of both servers, and the TIME-WAIT that they leave
until screen | sed 's/\x1b\[[0-9;]*m//g' | grep -qE '^80/tcp .* [0-9.]+ +[0-9]+ +[0-9.]+ www-data|^8000/tcp +LISTEN +[0-9.]+ +([0-9]+ +)?[0-9.]+ +[0-9]+ +[0-9.]+'; do
	sleep 0.3
done
sleep 6 # for figures that have settled; nothing depends on it
tmux -S "$scratch/tmux" send-keys -t top Down Down
until screen | grep -q $'46m'; do sleep 0.1; done
screen | python3 screen-svg.py >"$folder/top.svg"

# picture NAME COMMAND...: what portwatch prints on a terminal of 80 columns, below what was typed
picture() {
	local name=$1
	shift
	{
		printf '\e[1m$ sudo portwatch %s\e[0m\n' "$*"
		"${inside[@]}" env LC_ALL=C.UTF-8 TERM=xterm-256color SUDO_UID=1000 python3 ../tests/helpers/on-terminal.py 80 \
			"$portwatch" --pin-dir "$pin" "$@"
	} | python3 screen-svg.py >"$folder/$name.svg"
}
picture who 8000
picture list list --netns self --listening
picture timewait timewait --once --netns self
printf '%s\n' "$folder"/{who,list,timewait,top}.svg
