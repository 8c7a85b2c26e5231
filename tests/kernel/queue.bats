#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Connections that wait at a listener that does not accept: as ss has them (Recv-Q).

bats_require_minimum_version 1.5.0
load lib

setup() {
	kernel_setup
}

teardown() {
	kernel_teardown
}

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
