#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Runs in a guest whose first process is systemd (systemd.sh), as a service of it.

word=$(sed 's/.*pw_word=\([0-9a-f]*\).*/\1/' /proc/cmdline)
exec 2>&1

state() { systemctl show -P ActiveState "$1"; }

# until_true SECONDS COMMAND...
until_true() {
	local end=$((SECONDS + $1))
	shift
	until "$@" >/dev/null 2>&1; do
		((SECONDS < end)) || return 1
		sleep 0.2
	done
}

tests() {
	set -e
	echo "the tracker is loaded at boot, before any service"
	[[ $(state portwatch) = active ]]
	portwatch status | head -n 3
	[[ $(systemctl show -P CapabilityBoundingSet portwatch) != *cap_dac_override* ]]
	[[ " $(systemctl show -P Before portwatch) " = *" sysinit.target "* ]]

	echo "a holder's unit, and the command that ends it"
	systemd-run -q --unit=web nc -lk 127.0.0.1 8000
	until_true 60 portwatch 8000/tcp
	portwatch --json who 8000/tcp >who.json
	jq -e '.sockets[0].owners[0] | .comm == "nc" and .unit == "web.service"' who.json >/dev/null
	portwatch --color never 8000/tcp

	echo "a socket that systemd holds for a service is not freed by ending systemd"
	jq -e '.sockets[0].owners[0].pid == 1' <<<"$(portwatch --json who 9736/tcp)" >/dev/null
	if portwatch free 9736/tcp >free.txt; then false; fi
	cat free.txt
	grep -q 'systemctl stop portwatch-export.socket' free.txt

	echo "the exporter starts when it is asked, and sees what it must with the rights it has"
	[[ $(state portwatch-export.service) = inactive ]]
	curl -sS --max-time 60 http://127.0.0.1:9736/metrics >metrics.txt
	[[ $(state portwatch-export.service) = active ]]
	grep 'portwatch_listener_info{.*web.service' metrics.txt
	grep CapEff "/proc/$(systemctl show -P MainPID portwatch-export.service)/status"
	[[ $(systemctl show -P NRestarts portwatch-export.service) = 0 ]]

	echo "events go into the journal"
	systemctl start portwatch-events
	until_true 60 sh -c 'portwatch --json status | jq -e ".events.readers >= 1"'
	systemd-run -q --unit=later nc -lk 127.0.0.1 8001
	# shellcheck disable=SC2016 # for the shell within
	until_true 60 sh -c 'journalctl -q -u portwatch-events -o cat | jq -e "select(.event == \"listen\" and .local.port == 8001)"'
	journalctl -q -u portwatch-events -o cat | tail -n 1

	echo "the exporter and the events outlive another load of the tracker"
	systemctl restart portwatch
	[[ $(state portwatch) = active ]]
	curl -sS --max-time 60 http://127.0.0.1:9736/metrics | grep 'portwatch_listener_info{.*later.service'

	echo "the tracker can be given to a group, with what its unit leaves it"
	/usr/libexec/portwatch/setup-group daemon
	mkdir -p /run/systemd/system/portwatch.service.d
	printf '[Service]\nExecStart=\nExecStart=portwatch load --group daemon\n' >/run/systemd/system/portwatch.service.d/group.conf
	systemctl daemon-reload
	systemctl restart portwatch
	[[ $(stat -c %G /sys/fs/bpf/portwatch) = daemon ]]
	portwatch status | head -n 3

	echo "a port is guarded for a service by a unit, from before it starts until it is stopped"
	mkdir -p /etc/portwatch/guard
	printf 'PORTS="8002/tcp"\n' >/etc/portwatch/guard/kept.conf
	systemctl start portwatch-guard@kept
	portwatch guard
	if nc -l 127.0.0.1 8002 2>nc.txt; then false; fi
	grep -q 'not permitted' nc.txt
	systemd-run -q --unit=kept nc -lk 127.0.0.1 8002
	until_true 60 portwatch 8002/tcp
	jq -e '.sockets[0].owners[0].unit == "kept.service"' <<<"$(portwatch --json who 8002/tcp)" >/dev/null
	[[ $(</proc/sys/net/ipv4/ip_local_reserved_ports) = 8002 ]]
	systemctl stop kept portwatch-guard@kept
	[[ -z $(</proc/sys/net/ipv4/ip_local_reserved_ports) && ! -e /sys/fs/bpf/portwatch-guard ]]

	echo "a unit that holds the port is ended by portwatch, and starts again"
	portwatch free 8000/tcp
	systemctl stop portwatch-events portwatch-export.socket portwatch-export.service
	systemctl stop portwatch
	[[ ! -e /sys/fs/bpf/portwatch ]]
	if systemctl --failed --no-legend --plain | grep portwatch; then false; fi
	echo "systemd: ok"
}

printf '@@begin %s %s\n' "$word" "$(uname -r)"
cd /root && (tests)
status=$?
((!status)) || {
	systemctl status --no-pager -l 'portwatch*'
	journalctl -q --no-pager -n 30
}
printf '@@end %s %s\n' "$word" $status
systemctl -ff reboot
