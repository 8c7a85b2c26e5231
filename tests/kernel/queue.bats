#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Connections that wait at a listener that does not accept: as ss has them (Recv-Q).

load lib

# A server that takes none of five clients, of which two give up.
five_wait() {
	in_ns python3 - <<-'END' 3>"$OUTPUTS/ready" &
		import os, socket, time
		s = socket.create_server(("127.0.0.1", 8210), backlog=8)
		k = [socket.create_connection(("127.0.0.1", 8210)) for i in range(5)]
		k[0].close()
		k[1].close()
		os.write(3, b"ready\n")
		time.sleep(60)
	END
	STARTED+=($!)
	await 50 grep -q ready "$OUTPUTS/ready"
}

counts_them() {
	pw --json 8210/tcp | jq -e '.sockets[] | select(.state == "LISTEN") | [.queue, .backlog] == [5, 8]'
	pw --table 8210/tcp | grep -q '5 of 8 waiting for accept()'
}

@test "connections that wait for accept() are counted without a tracker" {
	five_wait
	counts_them
}

@test "connections that wait for accept() are counted with a tracker" {
	pw load
	five_wait
	counts_them
}

# A UDP server that does not read, with room for a few of 200 datagrams. The size of the loss is in $DROPPED.
flood() {
	in_ns python3 - <<-'END' 3>"$OUTPUTS/flooded" &
		import os, socket, time
		s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
		s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2304)
		s.bind(("127.0.0.1", 8211))
		c = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
		for i in range(200):
		    c.sendto(b"x" * 500, ("127.0.0.1", 8211))
		os.write(3, b"ready\n")
		time.sleep(60)
	END
	STARTED+=($!)
	await 50 grep -q ready "$OUTPUTS/flooded"
	DROPPED=$(in_ns ss -Hunlm 'sport = :8211' | sed -n 's/.*,d\([0-9]*\)).*/\1/p')
	((DROPPED > 0))
}

# says_dropped COMMAND...: the command, a portwatch, knows the number that ss shows
says_dropped() {
	[ "$("$@" --json 8211/udp | jq '.sockets[0].drops')" = "$DROPPED" ]
}

@test "datagrams that a socket had no room for are counted, whichever source tells" {
	local refuse
	need ss
	refuse=$(dirname "$PORTFIX")/refuse
	flood
	says_dropped pw
	says_dropped in_ns "$refuse" bpf -- "$PORTWATCH" --pin-dir "$PIN"
	says_dropped in_ns "$refuse" --unhit-ok sock_diag -- "$PORTWATCH" --pin-dir "$PIN"
	pw load
	says_dropped pw
}
