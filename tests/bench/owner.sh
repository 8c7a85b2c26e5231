#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Measure the question of a port's owner: whole processes, from start to end, among more and more
# processes with open files: portwatch, what else answers the question, and /bin/true, which is what any
# process costs.
#
# Neither npm tool can only look: both are asked for a port that nobody has, which they find out in the
# way they find an owner (kill-port: lsof of all sockets; fkill: ss of all, twice), and have nothing to end.

# shellcheck source=tests/bench/lib.sh
. "$(dirname "$0")/lib.sh"

read -ra crowds <<<"$(quick "10 1000 2000 5000" "10 200")"
files=50

bench_setup
npm=$(npm_tools)
fixture server --addr 127.0.0.1
port=$(field port)
fixture free --addr 127.0.0.1
free=$(field port)
end_started 1
pw -q load

peers=(
	"ss=ss -Hltnp sport = :$port"
	"fuser=fuser $port/tcp"
	"lsof=lsof -nP -iTCP:$port -sTCP:LISTEN"
	"fuser of a free port=fuser $free/tcp"
)
# Root as a container has it: without what BPF programs and other network namespaces take
no_bpf="setpriv --bounding-set=-bpf,-perfmon,-sys_admin,-net_admin --inh-caps=-bpf,-perfmon,-sys_admin,-net_admin"
[[ -z $npm ]] || peers+=("fkill=$npm/fkill :$free" "kill-port=$npm/kill-port $free")

for crowd in "${crowds[@]}"; do
	fixture "crowd-$crowd" --crowd "$crowd:$files"
	pairs "$crowd" "$(rounds 1000)" \
		"/bin/true=/bin/true" \
		"portwatch, loaded=$PORTWATCH --pin-dir $PIN $port" \
		"portwatch --json, loaded=$PORTWATCH --pin-dir $PIN --json $port" \
		"portwatch of a free port, loaded=$PORTWATCH --pin-dir $PIN $free" \
		"portwatch --version=$PORTWATCH --version"
	# The others take so much longer that fewer rounds tell as much.
	pairs "$crowd, peers" "$(rounds 25 2)" \
		"portwatch, loaded=$PORTWATCH --pin-dir $PIN $port" \
		"portwatch, not loaded=$PORTWATCH --pin-dir $PIN-none $port/tcp" \
		"portwatch, no BPF=$no_bpf $PORTWATCH --pin-dir $PIN-none $port/tcp" \
		"portwatch of a free port, no BPF=$no_bpf $PORTWATCH --pin-dir $PIN-none $free/tcp" \
		"${peers[@]}"
	end_started 1
done
